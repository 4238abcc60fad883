// The cache and the values of settings by themselves, without VS Code.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

async function load(name) {
  const bundled = await build({ entryPoints: [path.resolve(import.meta.dirname, '../src', name)], bundle: true, format: 'esm', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].contents).toString('base64')}`);
}
const { Cache, typedSince } = await load('cache.ts');
const { usable } = await load('values.ts');
const { settings } = JSON.parse(fs.readFileSync(path.resolve(import.meta.dirname, '../../settings.json'), 'utf8'));

const place = (before, after = '', uri = 'a') => ({ uri, offset: before.length, before: before.slice(-512), after });
const texts = (cache, ...at) => cache.find(place(...at))?.map((suggestion) => suggestion.text);

test('what is typed of a suggestion leaves the rest', () => {
  const cache = new Cache();
  cache.store(place('x ='), [{ text: ' 1 + 2', replaced: 0, source: 0 }, { text: ' 1', replaced: 0, source: 1 }]);
  assert.deepEqual(texts(cache, 'x ='), [' 1 + 2', ' 1']);
  assert.deepEqual(texts(cache, 'x = 1'), [' + 2']);
  assert.equal(texts(cache, 'x = 1 + 2'), undefined);
  assert.equal(texts(cache, 'x = 3'), undefined);
  assert.equal(texts(cache, 'x'), undefined);
  assert.equal(texts(cache, 'x =', '', 'b'), undefined);
  assert.equal(texts(cache, 'y = 1'), undefined);
  assert.equal(texts(cache, 'x = 1', ')'), undefined);
});

test('the newest suggestion of a place counts, and closed documents are forgotten', () => {
  const cache = new Cache();
  cache.store(place('a'), [{ text: 'bc', replaced: 0, source: 0 }]);
  cache.store(place('a'), [{ text: 'bd', replaced: 0, source: 0 }]);
  assert.deepEqual(texts(cache, 'ab'), ['d']);
  cache.forget('a');
  assert.equal(texts(cache, 'ab'), undefined);
});

test('typedSince() is what was typed, in every text and at every place', () => {
  const random = (n) => Math.floor(Math.random() * n);
  for (let i = 0; i < 2000; ++i) {
    const whole = Array.from({ length: 1 + random(1200) }, () => 'ab\n'[random(3)]).join('');
    const from = random(whole.length + 1);
    const to = Math.min(whole.length, from + random(40));
    const typed = typedSince(place(whole.slice(0, from)), place(whole.slice(0, to)));
    assert.deepEqual(typed, { text: whole.slice(from, to), closed: '' });
  }
});

// An editor that closes brackets and quotes by itself, and is typed over where it did; parts of a suggestion may be accepted as they are.
test('what is typed of a suggestion leaves the rest, whatever the editor closes by itself', () => {
  const closers = { '(': ')', '[': ']', '{': '}', '"': '"', "'": "'", '`': '`' };
  const random = (n) => Math.floor(Math.random() * n);
  const words = ['a', ', ', '(', ')', '[', ']', '{', '}', '"b"', "''", '`c`', '\n', '['];
  for (let i = 0; i < 5000; ++i) {
    const text = ' ' + Array.from({ length: 1 + random(12) }, () => words[random(words.length)]).join('');
    const after = [')', '', ' # end', ']]'][random(4)];
    const cache = new Cache();
    cache.store(place('x =', after), [{ text, replaced: 0, source: 0 }]);
    let closed = '';
    for (let n = 0; n < text.length; ++n) {
      const character = text[n];
      if (character === closed[0]) {
        closed = closed.slice(1);
      } else if (character in closers && random(3) > 0) {
        closed = closers[character] + closed;
      }
      const typed = text.slice(0, n + 1);
      const found = cache.find(place(`x =${typed}`, closed + after));
      for (const { text: rest, replaced } of found ?? []) {
        assert.equal(typed + rest + (closed + after).slice(replaced), text + after, JSON.stringify({ typed, closed }));
      }
      if (closed === '') {
        assert.equal(found?.length, n + 1 < text.length ? 1 : undefined);
      }
    }
  }
});

test('a bracket that the editor closed leaves the rest; nothing, when it is all', () => {
  const cache = new Cache();
  cache.store(place('x ='), [{ text: ' [1, f(2)]', replaced: 0, source: 0 }]);
  cache.store(place('y ='), [{ text: ' []', replaced: 0, source: 0 }]);
  assert.deepEqual(cache.find(place('x = [', ']')), [{ text: '1, f(2)]', replaced: 1, source: 0 }]);
  assert.deepEqual(cache.find(place('x = [1, f(', ')]')), [{ text: '2)]', replaced: 2, source: 0 }]);
  assert.deepEqual(cache.find(place('x = [1, f(', ')')), [{ text: '2)]', replaced: 1, source: 0 }]);
  assert.equal(texts(cache, 'x = [', ')'), undefined);
  assert.equal(texts(cache, 'x = [', '+]'), undefined);
  assert.deepEqual(texts(cache, 'y = [', ']'), []);
  assert.equal(texts(cache, 'y = []'), undefined);
});

test('whatever stands in a settings file, what is used is of its type', () => {
  const values = [undefined, null, true, 'x', 7, 0.5, -1, 1e300, NaN, [], ['*.sql', 5, null], {}, { python: false, c: 'no' }, [[]], { x: {} }];
  for (const entry of settings) {
    assert.deepEqual(usable(entry, entry.default), entry.default);
    for (const value of values) {
      const used = usable(entry, value);
      assert.deepEqual(usable(entry, used), used, `${entry.name}: ${JSON.stringify(value)}`);
      const kinds = [entry.type].flat().map((type) => ({ integer: 'number', array: 'object' })[type] ?? type);
      assert.ok(kinds.includes(typeof used), `${entry.name}: ${JSON.stringify(value)}`);
    }
  }
  const named = (name) => settings.find((entry) => entry.name === name);
  assert.deepEqual(usable(named('exclude'), ['*.sql', 5, null]), ['*.sql']);
  assert.deepEqual(usable(named('languages'), { python: false, c: 'no' }), { python: false });
  assert.equal(usable(named('debounceMs'), 'soon'), 'adaptive');
  assert.equal(usable(named('maxFileKB'), 0), 1024);
});
