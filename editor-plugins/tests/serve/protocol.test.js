// What any LSP client may do to `sidewinder serve`, and what it gets back. Through the forwarder and its shared server, as editors run it.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {test} = require('node:test');
const rpc = require('vscode-languageserver-protocol/node');
const {Client, EXE, environment, runtimeFolder, sleep, socketsIn, until} = require('./client.js');

const PYTHON = 'import math\n\ndef area(radius):\n    return \n';
const URI = 'file:///project/a.py';
// A list that the embedded model goes on with for hundreds of lines, and the place where it does.
const ENDLESS = 'from enum import Enum\n\nclass Status(Enum):\n    CONTINUE = 100\n    SWITCHING_PROTOCOLS = 101\n    PROCESSING = 102\n    OK = 200\n    ';
const END = [7, 4];
const LONG = {maxTokens: 4096, multiline: 'always', timeBudgetMs: 0, cutAtSyntax: false};
const FLAGS = ['--idle-unload-minutes', '0.01'];

// A window with the file open.
async function window(t, options = {}, text = PYTHON, uri = URI) {
  const client = Client.start(runtimeFolder(), FLAGS);
  t.after(() => client.kill());
  client.result = await client.initialize(options);
  await client.open(uri, text);
  return client;
}

function textOf(client, uri = URI) {
  return client.request('sidewinder/text', {textDocument: {uri}});
}

async function code(promise) {
  try {
    await promise;
    return 0;
  } catch (error) {
    return error.code;
  }
}

test('from initialize to a suggestion, with and without the capability', async (t) => {
  for (const capabilities of [{}, {textDocument: {inlineCompletion: {dynamicRegistration: false}}}]) {
    const client = Client.start(runtimeFolder(), FLAGS);
    t.after(() => client.kill());
    const {capabilities: offered, serverInfo} = await client.initialize({}, {capabilities});
    assert.equal(serverInfo.name, 'sidewinder');
    assert.ok(offered.inlineCompletionProvider);
    assert.equal(offered.textDocumentSync.change, rpc.TextDocumentSyncKind.Incremental);
    assert.equal(offered.positionEncoding, 'utf-16');
    await client.open(URI, PYTHON);
    const {items} = await client.complete(URI, 3, 11);
    assert.equal(items.length, 1);
    assert.ok(items[0].insertText.length > 0);
    assert.deepEqual(items[0].range, {start: {line: 3, character: 11}, end: {line: 3, character: 11}});
    assert.equal(await client.stop(), 0, client.stderr);
  }
});

test('asked for by hand there are several candidates, each once', async (t) => {
  const client = await window(t, {candidates: 4});
  const {items} = await client.complete(URI, 3, 11, {triggerKind: 1});
  assert.ok(items.length >= 1 && items.length <= 4);
  assert.equal(new Set(items.map((item) => item.insertText)).size, items.length);
});

test('what is cancelled ends as cancelled, and the next request is answered', async (t) => {
  const client = await window(t, LONG, ENDLESS);
  const source = new rpc.CancellationTokenSource();
  const asked = code(client.complete(URI, ...END, {triggerKind: 2}, source.token));
  await sleep(100);
  source.cancel();
  assert.equal(await asked, rpc.LSPErrorCodes.RequestCancelled);
  await client.notify('workspace/didChangeConfiguration', {settings: {sidewinder: {maxTokens: 8, multiline: 'never'}}});
  assert.ok((await client.complete(URI, ...END)).items.length > 0);
});

test('a newer request of the same document supersedes the older one, of another document it does not', async (t) => {
  const client = await window(t, {...LONG, maxTokens: 60});
  await client.open('file:///project/b.py', PYTHON);
  const older = client.complete(URI, 3, 11);
  const other = client.complete('file:///project/b.py', 3, 11);
  const newer = client.complete(URI, 2, 9);
  assert.equal(await older, null);
  assert.ok(Array.isArray((await newer).items));
  assert.ok(Array.isArray((await other).items));
});

test('the queue is bounded, and everybody is answered', async (t) => {
  const client = await window(t, {maxTokens: 1, idleWork: true});
  const asked = [];
  for (let i = 0; i < 200; ++i) {
    const uri = `file:///project/${i}.py`;
    client.open(uri, 'x = 1\n');
    asked.push(client.complete(uri, 1, 0));
  }
  const answers = await Promise.all(asked);
  assert.ok(answers.filter((answer) => answer === null).length >= 100, 'the oldest give way');
  assert.ok(Array.isArray(answers[199].items), 'the newest is answered');
});

test('what goes on with what is shown is answered without a run of the model', async (t) => {
  const client = await window(t);
  const {items} = await client.complete(URI, 3, 11);
  const shown = items[0].insertText;
  await client.change(URI, 2, [{range: {start: {line: 3, character: 11}, end: {line: 3, character: 11}}, text: shown[0]}]);
  const typed = await client.complete(URI, 3, 12);
  assert.equal(typed.stats.source, 'shown');
  assert.equal(typed.items[0].insertText, shown.slice(1));
});

test('the selected item of a menu is gone on from', async (t) => {
  const client = await window(t, {}, 'import math\n\ndef area(radius):\n    return ma\n');
  const range = {start: {line: 3, character: 11}, end: {line: 3, character: 13}};
  const {items} = await client.complete(URI, 3, 13, {triggerKind: 2, selectedCompletionInfo: {range, text: 'math.pi'}});
  assert.ok(items[0].insertText.startsWith('math.pi'));
  assert.deepEqual(items[0].range, range);
  assert.equal((await textOf(client)).text.split('\n')[3], '    return ma');
});

test('columns count in the encoding that was agreed on', async (t) => {
  const offers = [[['utf-16', 'utf-8'], 'utf-8', 4], [['utf-16'], 'utf-16', 2], [undefined, 'utf-16', 2], [['utf-32'], 'utf-32', 1]];
  for (const [offered, chosen, width] of offers) {
    const client = Client.start(runtimeFolder(), FLAGS);
    t.after(() => client.kill());
    const capabilities = {general: offered ? {positionEncodings: offered} : {}};
    const result = await client.initialize({}, {capabilities});
    assert.equal(result.capabilities.positionEncoding, chosen);
    await client.open(URI, 'a = "😀"\n');
    await client.change(URI, 2, [{range: {start: {line: 0, character: 5}, end: {line: 0, character: 5 + width}}, text: '_'}]);
    assert.equal((await textOf(client)).text, 'a = "_"\n', chosen);
    await client.stop();
  }
});

test('positions off the text are taken as LSP says', async (t) => {
  const client = await window(t, {}, 'one\r\ntwo\rthree');
  const at = (line, character) => ({start: {line, character}, end: {line, character}});
  await client.change(URI, 2, [{range: at(0, 99), text: '1'}]);
  await client.change(URI, 3, [{range: at(1, 99), text: '2'}]);
  await client.change(URI, 4, [{range: at(99, 0), text: '3'}]);
  await client.change(URI, 5, [{range: {start: {line: 0, character: 2}, end: {line: 0, character: 0}}, text: '0'}]);
  assert.equal((await textOf(client)).text, '0e1\r\ntwo2\rthree3');
});

test('unknown methods, and known ones at the wrong time', async (t) => {
  const client = Client.start(runtimeFolder(), FLAGS);
  t.after(() => client.kill());
  assert.equal(await code(client.complete(URI, 0, 0)), rpc.ErrorCodes.ServerNotInitialized);
  await client.initialize();
  assert.equal(await code(client.request('textDocument/hover', {})), rpc.ErrorCodes.MethodNotFound);
  assert.equal(await code(client.request('$/unheardOf', {})), rpc.ErrorCodes.MethodNotFound);
  assert.equal(await code(client.request('sidewinder/unheardOf', {})), rpc.ErrorCodes.MethodNotFound);
  assert.equal(await code(client.request('initialize', {})), rpc.ErrorCodes.InvalidRequest);
  await client.notify('$/unheardOf', {});
  await client.notify('textDocument/didChange', {});
  await client.notify('textDocument/didOpen', {textDocument: {uri: 5}});
  assert.equal(await client.complete('file:///nowhere.py', 0, 0), null);
  assert.equal(await client.request('textDocument/inlineCompletion', {textDocument: {uri: URI}, position: {line: -1, character: 'x'}}), null);
  assert.equal(await client.request('shutdown'), null);
  assert.equal(await code(client.complete(URI, 0, 0)), rpc.ErrorCodes.InvalidRequest);
  await client.notify('exit');
  assert.equal(await client.exited, 0);
});

test('bytes that are no message, and messages that are none, are survived', async (t) => {
  const client = await window(t);
  const framed = (body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const bad = ['no header at all\r\n\r\n', 'Content-Length: many\r\n\r\n', '\0\xff\xfe\r\n', 'x'.repeat(5000) + '\n', framed('{"jsonrpc": "2.0", "id": 1,'), framed('[]'),
    framed('"text"'), framed('{"id": {}, "method": 5}'), framed('['.repeat(200000)), framed('{"a":'.repeat(200000)), framed('\xff'), framed('')];
  for (const bytes of bad) client.child.stdin.write(bytes);
  const lone = JSON.stringify({jsonrpc: '2.0', method: 'textDocument/didChange',
    params: {textDocument: {uri: URI, version: 2}, contentChanges: [{text: 'a = "\ud83d"\n'}]}});
  assert.ok(lone.includes('\\ud83d'));
  client.child.stdin.write(framed(lone));
  assert.equal((await textOf(client)).text, 'a = "\ufffd"\n');  // half a character is one unit wide, before and after
  assert.ok((await client.complete(URI, 0, 4)) !== undefined);
});

test('a message over the limit is passed over and said to be', async (t) => {
  const client = await window(t);
  const body = Buffer.alloc(40 << 20, 'x');
  client.child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
  client.child.stdin.write(body);
  assert.equal((await textOf(client)).text, PYTHON);
  const rss = Number(fs.readFileSync(`/proc/${client.child.pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  assert.ok(rss < 64 << 20, `${rss} bytes are resident after a message of 40 MiB that nobody wanted`);
});

test('a text over the limit is said to be, once, and the next smaller one is taken', async (t) => {
  for (const flags of [FLAGS, ['--endpoint', 'alone']]) {
    const client = Client.start(runtimeFolder(), flags);
    t.after(() => client.kill());
    await client.initialize();
    const large = '# text\n'.repeat(5 << 20);
    const other = 'file:///project/b.py', unopened = 'file:///project/c.py';
    await client.open(URI, PYTHON);
    await client.open(other, PYTHON);
    await client.open(unopened, large);
    const lines = () => client.notifications.filter(({method, params}) => method === 'window/logMessage' && params.message.includes('32 MiB'));
    for (let version = 2; version < 5; ++version) {
      await client.change(URI, version, [{text: large}]);
      await client.change(URI, version, [{range: {start: {line: 0, character: 0}, end: {line: 0, character: 0}}, text: 'x'}]);
    }
    assert.equal(await textOf(client), null);
    assert.equal(await client.complete(URI, 3, 11), null);
    assert.deepEqual(lines().map(({params}) => params.message.split(': ')[0]), [unopened, URI]);
    assert.equal((await textOf(client, other)).text, PYTHON);
    assert.ok((await client.complete(other, 3, 11)).items.length > 0);
    for (const uri of [URI, unopened]) {
      await client.change(uri, 7, [{text: PYTHON}]);
      assert.equal((await textOf(client, uri)).text, PYTHON);
      assert.ok((await client.complete(uri, 3, 11)).items.length > 0);
      await client.change(uri, 8, [{range: {start: {line: 0, character: 0}, end: {line: 0, character: 0}}, text: 'x'}]);
      assert.equal((await textOf(client, uri)).text, 'x' + PYTHON);
    }
    await client.change(URI, 9, [{text: large}]);
    await until(() => lines().length === 3);
    assert.equal(await client.stop(), 0, client.stderr);
  }
});

test('a change that makes no sense costs suggestions until the whole text is sent', async (t) => {
  const client = await window(t);
  await client.change(URI, 2, [{range: {start: {line: 'x'}}, text: 'y'}]);
  assert.equal(await client.complete(URI, 3, 11), null);
  await client.change(URI, 3, [{text: PYTHON}]);
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
});

test('a request for another version of the text is answered null', async (t) => {
  const client = await window(t);
  const ask = (version) => client.request('textDocument/inlineCompletion', {textDocument: {uri: URI, version}, position: {line: 3, character: 11}, context: {triggerKind: 2}});
  assert.equal(await ask(7), null);
  assert.ok((await ask(1)).items.length > 0);
});

test('loading is shown as progress and as status', async (t) => {
  const client = Client.start(runtimeFolder(), FLAGS);
  t.after(() => client.kill());
  const progress = [];
  client.connection.onUnhandledProgress((params) => progress.push(params));
  await client.initialize();
  await client.open(URI, PYTHON);
  await client.seen('didChangeStatus', (status) => status.busy && status.message.includes('loading'));
  await client.seen('didChangeStatus', (status) => !status.busy && status.kind === 'Normal');
  await until(() => progress.some(({value}) => value.kind === 'end'));
  assert.equal(progress[0].value.kind, 'begin');
  assert.ok(progress.every(({token}) => token === progress[0].token));
});

test('settings: flags, initializationOptions, didChangeConfiguration, and values that cannot be', async (t) => {
  const client = await window(t, {enable: false, maxTokens: 'seven', candidates: 99});
  const problems = await until(() => {
    const found = client.notifications.filter(({method}) => method === 'window/logMessage').map(({params}) => params.message);
    return found.length >= 2 && found;
  });
  assert.ok(problems.some((text) => text.includes('maxTokens') && text.includes('integer, 1 to 4096')), problems.join());
  assert.ok(problems.some((text) => text.includes('candidates')), problems.join());
  assert.equal(await client.complete(URI, 3, 11), null);
  await client.seen('didChangeStatus', ({kind}) => kind === 'Inactive');
  const set = (sidewinder) => client.notify('workspace/didChangeConfiguration', {settings: {sidewinder}});
  await set({enable: true, languages: {'*': true, python: false}});
  assert.equal(await client.complete(URI, 3, 11), null);
  await set({languages: {'*': false, python: true}});
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
  await set({maxFileKB: 1});
  await client.change(URI, 2, [{text: PYTHON + '#'.repeat(2000)}]);
  assert.equal(await client.complete(URI, 3, 11), null);
});

test('settings that are none, whatever they are, are told once and cost nothing', async (t) => {
  const garbage = ['text', 5, [1, {}], true, {sidewinder: 'x'}, {sidewinder: [{}]}, {maxTokens: {}, languages: [1], exclude: 'x', model: 7, endpoint: {}, statesMB: -1}];
  for (const flags of [FLAGS, ['--endpoint', 'alone']]) {
    for (const given of flags === FLAGS ? garbage : garbage.slice(0, 1).concat(garbage.slice(-1))) {
      const client = Client.start(runtimeFolder(), flags);
      t.after(() => client.kill());
      await client.initialize({}, {initializationOptions: given});
      await client.open(URI, PYTHON);
      assert.ok((await client.complete(URI, 3, 11)).items.length > 0, JSON.stringify(given));
      for (let i = 0; i < 3; ++i) await client.notify('workspace/didChangeConfiguration', {settings: given});
      for (const params of [null, {settings: null}, {}]) await client.notify('workspace/didChangeConfiguration', params);
      assert.ok((await client.complete(URI, 3, 11)).items.length > 0, JSON.stringify(given));
      const told = client.notifications.filter(({method}) => method === 'window/logMessage').map(({params}) => params.message);
      const n = typeof given === 'object' && !Array.isArray(given) && !given.sidewinder ? Object.keys(given).length : 1;
      assert.equal(told.filter((text) => text.startsWith('initializationOptions: ')).length, n, told.join('\n'));
      assert.equal(told.filter((text) => text.startsWith('workspace/didChangeConfiguration: ')).length, n, told.join('\n'));
      assert.equal(told.length, 2 * n);
      assert.equal(await client.stop(), 0, client.stderr);
    }
  }
});

test('a value that looks like a flag is one of its setting', async (t) => {
  const client = await window(t, {model: '-nowhere'});
  await client.seen('didChangeStatus', ({kind, message}) => kind === 'Error' && message.includes('-nowhere'));
});

// A server of the test's own sees all that the forwarder sends on.
async function listener(t) {
  const socketPath = path.join(runtimeFolder(), 'test.sock');
  let received = '';
  const server = net.createServer((socket) => socket.on('data', (data) => (received += data)).on('error', () => {}));
  await new Promise((resolve) => server.listen(socketPath, resolve));
  t.after(() => server.close());
  return {socketPath, received: () => received};
}

test('of files with secrets nothing is sent on, also not when they change, and the request is answered null', async (t) => {
  const {socketPath, received} = await listener(t);
  const client = Client.start(runtimeFolder(), ['--endpoint', `unix:${socketPath}`]);
  t.after(() => client.kill());
  await client.initialize({exclude: ['*.sql', '*/private/*']});
  const hidden = ['.env', '.env.local', '.ENV', 'id_rsa', 'server.pem', 'tls.KEY', 'dump.sql', 'private/a.py', 'my%2Eenv', '.ssh/config', 'x/%2eenv?a#b'];
  for (const name of hidden) {
    const uri = `file:///project/${name}`;
    await client.open(uri, 'TOKEN=hunter2');
    await client.change(uri, 2, [{text: 'TOKEN=hunter2!'}]);
    await client.notify('textDocument/didSave', {textDocument: {uri}, text: 'TOKEN=hunter2'});
    assert.equal(await client.complete(uri, 0, 6), null, name);
  }
  await client.open('file:///project/environment.py', 'visible = 1\n');
  await until(() => received().includes('visible = 1'));
  assert.ok(!received().includes('hunter2'));
  // What a setting gave free is sent; what it takes away is not any more.
  await client.notify('workspace/didChangeConfiguration', {settings: {sidewinder: {exclude: []}}});
  await until(() => received().includes('dump.sql'));
  assert.equal(received().split('hunter2!').length, 3);  // dump.sql and private/a.py, no other
});

test('a client that vanishes leaves no process and no document behind', async (t) => {
  const runtime = runtimeFolder();
  const stays = Client.start(runtime, FLAGS);
  t.after(() => stays.kill());
  await stays.initialize();
  await stays.open(URI, PYTHON);
  await stays.complete(URI, 3, 11);
  const leaves = Client.start(runtime, FLAGS);
  await leaves.initialize(LONG);
  await leaves.open(URI, ENDLESS);
  leaves.complete(URI, ...END).catch(() => {});
  await until(async () => (await stays.request('sidewinder/status', {})).clients.length === 2);
  leaves.child.kill('SIGKILL');
  await until(async () => (await stays.request('sidewinder/status', {})).clients.length === 1);
  assert.ok((await stays.complete(URI, 2, 3)) !== undefined);
});

test('the end of standard input ends it, and so does the end of the editor', async () => {
  const byInput = Client.start(runtimeFolder(), FLAGS);
  await byInput.initialize();
  byInput.child.stdin.end();
  assert.equal(await byInput.exited, 1);
  const editor = spawn('sleep', ['600']);
  const byProcess = Client.start(runtimeFolder(), FLAGS);
  await byProcess.initialize({}, {processId: editor.pid});
  editor.kill('SIGKILL');
  assert.equal(await byProcess.exited, 1);
});

test('alone, without a shared server', async (t) => {
  const runtime = runtimeFolder();
  const client = Client.start(runtime, ['--endpoint', 'alone']);
  t.after(() => client.kill());
  await client.initialize();
  await client.open(URI, PYTHON);
  await client.open('file:///project/.env', 'TOKEN=hunter2');
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
  assert.equal(await client.complete('file:///project/.env', 0, 3), null);
  assert.equal(await textOf(client, 'file:///project/.env'), null);
  assert.deepEqual(socketsIn(runtime), []);
  assert.equal(await client.stop(), 0);
});

test('an acceptance is counted, and sidewinder status tells', async (t) => {
  const runtime = runtimeFolder();
  const client = Client.start(runtime, FLAGS);
  t.after(() => client.kill());
  await client.initialize({}, {clientInfo: {name: 'a test'}});
  await client.open(URI, PYTHON);
  const {items} = await client.complete(URI, 3, 11);
  await client.notify('textDocument/didShowCompletion', {item: items[0]});
  await client.notify('textDocument/didPartiallyAcceptCompletion', {item: items[0], acceptedLength: 2});
  await client.request('workspace/executeCommand', {command: items[0].command.command, arguments: items[0].command.arguments});
  const run = (...flags) => new Promise((resolve) => {
    const child = spawn(EXE, ['status', ...flags], {env: environment(runtime)});
    let out = '';
    child.stdout.on('data', (data) => (out += data)).on('end', () => resolve(out));
  });
  const [{status}] = JSON.parse(await run('--json'));
  assert.equal(status.model.name, 'sidewinder-nano');
  assert.equal(status.clients.length, 1);
  assert.equal(status.clients[0].name, 'a test');
  assert.equal(status.requests.shown, 1);
  assert.equal(status.requests.partlyAccepted, 1);
  assert.equal(status.requests.accepted, 1);
  assert.ok(status.memory.rss > status.model.weightBytes / 2);
  assert.match(await run(), /sidewinder-nano on CPU/);
});
