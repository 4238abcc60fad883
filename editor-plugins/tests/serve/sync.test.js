// Whatever an editor does to its text, the server has the same text: random edits, with places by the text document of the reference library.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const {TextDocument} = require('vscode-languageserver-textdocument');
const {Client, runtimeFolder, sleep} = require('./client.js');

const SERIES = 50;
const EDITS = 40;
const PIECES = ['a', '_', ' ', '    ', '\n', '\r\n', '\r', '\t', 'é', 'ß', '漢字', '😀', '👩‍👩‍👧', '\u2028', '\0', 'def f(x):\n    return x\n', '"', '\\', ''];

// A small generator of its own: a series that fails can be run again by its number.
function randomOf(seed) {
  let state = seed * 2654435761 >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
}

function randomText(random, n) {
  let text = '';
  for (let i = random(n); i > 0; --i) text += PIECES[random(PIECES.length)];
  return text;
}

// A place between characters, in UTF-16: never within a pair, as editors have it, nor between CR and LF, which is no place of a line.
function randomOffset(random, text) {
  const offset = random(text.length + 1);
  const splitsPair = /[\udc00-\udfff]/.test(text[offset] || '') && /[\ud800-\udbff]/.test(text[offset - 1] || '');
  const splitsLineEnd = text[offset] === '\n' && text[offset - 1] === '\r';
  return splitsPair || splitsLineEnd ? offset - 1 : offset;
}

const WIDTH = {'utf-8': (text) => Buffer.byteLength(text), 'utf-16': (text) => text.length, 'utf-32': (text) => Array.from(text).length};

function position(document, offset, encoding) {
  const {line} = document.positionAt(offset);
  const begin = document.offsetAt({line, character: 0});
  return {line, character: WIDTH[encoding](document.getText().slice(begin, offset))};
}

// Made anew each time: the library's own update loses its way where a CR comes to stand before an LF.
function next(document, text) {
  return TextDocument.create(document.uri, document.languageId, document.version + 1, text);
}

function randomChange(random, document, encoding) {
  if (random(20) === 0) {
    const text = randomText(random, 60);
    return {change: {text}, after: text};
  }
  const [begin, end] = [randomOffset(random, document.getText()), randomOffset(random, document.getText())].sort((a, b) => a - b);
  const near = random(3) === 0 ? end : begin;  // often an insertion
  const text = randomText(random, 4);
  const now = document.getText();
  return {
    change: {range: {start: position(document, begin, encoding), end: position(document, near, encoding)}, text},
    after: now.slice(0, begin) + text + now.slice(near),
  };
}

for (const encoding of ['utf-16', 'utf-8', 'utf-32']) {
  test(`${SERIES} series of ${EDITS} random edits, ${encoding}`, async (t) => {
    const client = Client.start(runtimeFolder(), ['--idle-unload-minutes', '0.01']);
    t.after(() => client.kill());
    const {capabilities} = await client.initialize({enable: false}, {capabilities: {general: {positionEncodings: [encoding]}}});
    assert.equal(capabilities.positionEncoding, encoding);
    for (let series = 1; series <= SERIES; ++series) {
      const random = randomOf(series);
      const uri = `file:///project/${series}.py`;
      let document = TextDocument.create(uri, 'python', 1, randomText(random, 80));
      await client.open(uri, document.getText());
      for (let edit = 0; edit < EDITS; ++edit) {
        const changes = [];
        for (let n = 1 + random(3); n > 0; --n) {
          const {change, after} = randomChange(random, document, encoding);
          changes.push(change);
          document = next(document, after);
        }
        await client.change(uri, document.version, changes);
      }
      const has = await client.request('sidewinder/text', {textDocument: {uri}});
      assert.equal(has.text, document.getText(), `series ${series}`);
      assert.equal(has.version, document.version);
      await client.notify('textDocument/didClose', {textDocument: {uri}});
    }
  });
}

// With an index of the folder, buffers are lent to another thread in between.
test('the engine has it too, while it is asked, cancelled and given context', async (t) => {
  const client = Client.start(runtimeFolder(), ['--idle-unload-minutes', '0.01']);
  t.after(() => client.kill());
  const folder = runtimeFolder();
  fs.writeFileSync(path.join(folder, 'other.py'), 'def area(radius):\n    return 3 * radius\n');
  await client.initialize({maxTokens: 3, multiline: 'never', repositoryContext: true}, {rootUri: `file://${folder}`});
  const uri = `file://${folder}/edited.py`;
  const random = randomOf(7);
  let document = TextDocument.create(uri, 'python', 1, randomText(random, 80)), n_compared = 0;
  await client.open(uri, document.getText());
  for (let edit = 0; edit < 120; ++edit) {
    const {change, after} = randomChange(random, document, 'utf-16');
    document = next(document, after);
    await client.change(uri, document.version, [change]);
    const {line, character} = document.positionAt(randomOffset(random, document.getText()));
    const asked = client.complete(uri, line, character);
    if (random(3) === 0) await asked;
    if (edit % 40 === 0) await sleep(600);  // a pause, in which the context is chosen
    const {text, engineText} = await client.request('sidewinder/text', {textDocument: {uri}});
    assert.equal(text, document.getText());
    if (engineText !== null) {
      assert.equal(engineText, text, `after edit ${edit}`);
      ++n_compared;
    }
  }
  assert.ok(n_compared > 40, `${n_compared} comparisons`);
  const {folders} = await client.request('sidewinder/status', {});
  assert.equal(folders[0].files, 1);
});
