// All windows of a user share one server: how it is found and started, who may come in, when it leaves, and what is lost when it is killed.
'use strict';
const assert = require('node:assert');
const {spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {test} = require('node:test');
const {Client, EXE, environment, runtimeFolder, sleep, socketsIn, until} = require('./client.js');

const PYTHON = 'import math\n\ndef area(radius):\n    return \n';
const URI = 'file:///project/a.py';
const FLAGS = ['--idle-unload-minutes', '0.01'];

async function window(t, runtime, options = {}, flags = FLAGS) {
  const client = Client.start(runtime, flags);
  t.after(() => client.kill());
  await client.initialize(options);
  await client.open(URI, PYTHON);
  return client;
}

function status(client) {
  return client.request('sidewinder/status', {});
}

function memoryOf(pid) {
  const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name) => Number(rollup.match(new RegExp(`^${name}: *(\\d+) kB`, 'm'))[1]) * 1024;
  return {rss: field('Rss'), pss: field('Pss')};
}

function mapsWeights(pid) {
  return fs.readFileSync(`/proc/${pid}/maps`, 'utf8').includes('.safetensors');
}

test('four windows hold one model', async (t) => {
  const runtime = runtimeFolder();
  const windows = [];
  for (let i = 0; i < 4; ++i) windows.push(await window(t, runtime));
  for (const client of windows) assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
  const {pid, model, clients} = await status(windows[0]);
  assert.equal(clients.length, 4);
  assert.equal(socketsIn(runtime).length, 1);
  assert.ok(mapsWeights(pid));
  const server = memoryOf(pid);
  const forwarders = windows.map((client) => memoryOf(client.child.pid));
  t.diagnostic(`server ${server.rss >> 20} MiB resident; windows ${forwarders.map(({rss, pss}) => `${rss >> 20} (${(pss / (1 << 20)).toFixed(1)} its own share)`).join(', ')} MiB`);
  for (const client of windows) assert.ok(!mapsWeights(client.child.pid));
  for (const {rss} of forwarders) assert.ok(rss < model.weightBytes / 2, `a window of ${rss} bytes`);
  const all = server.pss + forwarders.reduce((sum, {pss}) => sum + pss, 0);
  assert.ok(all < server.pss + model.weightBytes / 2, `all of it is ${all} bytes, the server ${server.pss}`);
});

test('eight starters at once give one server', async (t) => {
  const runtime = runtimeFolder();
  const windows = await Promise.all(Array.from({length: 8}, () => window(t, runtime)));
  const pids = new Set((await Promise.all(windows.map(status))).map(({pid}) => pid));
  assert.equal(pids.size, 1);
  assert.equal((await status(windows[0])).clients.length, 8);
});

test('the server is killed while somebody types: a suggestion is there again within 3 s, and nothing is lost', async (t) => {
  const runtime = runtimeFolder();
  const client = await window(t, runtime, {typeThrough: false});
  const other = await window(t, runtime);
  await client.complete(URI, 3, 11);
  let text = PYTHON.slice(0, -1), column = 11, version = 1, pid = 0;
  for (const [i, key] of [...'math.pi * radius'].entries()) {
    if (i === 4 || i === 9) {
      ({pid} = await status(client));
      process.kill(pid, 'SIGKILL');
    }
    await client.change(URI, ++version, [{range: {start: {line: 3, character: column}, end: {line: 3, character: column}}, text: key}]);
    text += key;
    const asked = Date.now();
    const answer = await client.complete(URI, 3, ++column);  // what was asked of the dead one is asked of the next
    assert.ok(Date.now() - asked < 3000, `${Date.now() - asked} ms`);
    if (i === 4 || i === 9) t.diagnostic(`${Date.now() - asked} ms after the kill; ${answer.items.length} suggestions`);
    assert.ok(Array.isArray(answer.items));
  }
  assert.equal((await client.request('sidewinder/text', {textDocument: {uri: URI}})).text, text + '\n');
  assert.notEqual((await status(client)).pid, pid);
  assert.ok((await other.complete(URI, 3, 11)).items.length > 0);
  assert.equal((await status(other)).clients.length, 2);
});

test('a server that dies again and again is left alone, and the editor is told', async (t) => {
  const client = await window(t, runtimeFolder());
  await client.complete(URI, 3, 11);
  for (let i = 0; i < 6; ++i) process.kill((await status(client)).pid, 'SIGKILL');
  const told = await client.seen('didChangeStatus', ({kind}) => kind === 'Error');
  assert.match(told.message, /ended 6 times within a minute; its log is .*\.log/);
  assert.equal(await client.complete(URI, 3, 11), null);
  await client.notify('workspace/didChangeConfiguration', {settings: {}});  // the way to try again
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
});

test('a request that kills the server is not sent a third time', async (t) => {
  const socketPath = path.join(runtimeFolder(), 'test.sock');
  let n = 0;
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => {
      const body = JSON.stringify({jsonrpc: '2.0', id: 'sidewinder:initialize', result: {}});
      if (data.includes('"initialize"')) socket.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
      if (!data.includes('inlineCompletion')) return;
      ++n;
      setTimeout(() => socket.destroy(), 20);
    });
  });
  await new Promise((resolve) => server.listen(socketPath, resolve));
  t.after(() => server.close());
  const client = await window(t, runtimeFolder(), {}, ['--endpoint', `unix:${socketPath}`]);
  assert.equal(await client.complete(URI, 3, 11), null);
  assert.equal(n, 2);
});

test('the server leaves when its last window has gone, and a socket that a dead one left is replaced', async (t) => {
  const runtime = runtimeFolder();
  const first = await window(t, runtime);
  const {pid} = await status(first);
  const [socket] = socketsIn(runtime);
  process.kill(pid, 'SIGKILL');
  await first.stop();
  assert.ok(fs.existsSync(socket));  // stale
  const second = await window(t, runtime);
  const next = (await status(second)).pid;
  assert.notEqual(next, pid);
  assert.equal(await second.stop(), 0);
  await until(() => !fs.existsSync(socket) && !fs.existsSync(`/proc/${next}`));
});

test('the model is unloaded when nobody has asked for long, and loaded again when somebody does', async (t) => {
  const client = await window(t, runtimeFolder(), {keepAliveMinutes: 0.01});
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
  const {pid} = await until(async () => {
    const now = await status(client);
    return now.model.state === 'unloaded' && now;
  });
  assert.ok(!mapsWeights(pid));
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
  assert.equal((await status(client)).model.loads, 2);
});

test('windows with different models have different servers', async (t) => {
  const runtime = runtimeFolder();
  const one = await window(t, runtime);
  const other = await window(t, runtime, {threads: 1});
  assert.notEqual((await status(one)).pid, (await status(other)).pid);
  await other.notify('workspace/didChangeConfiguration', {settings: {threads: 0}});
  assert.equal((await status(other)).pid, (await status(one)).pid);
  assert.ok((await other.complete(URI, 3, 11)).items.length > 0);
});

test('a model that cannot be opened is an error of the status, not the end', async (t) => {
  const client = await window(t, runtimeFolder(), {model: '/nowhere/at/all'});
  const told = await client.seen('didChangeStatus', ({kind}) => kind === 'Error');
  assert.match(told.message, /\/nowhere\/at\/all/);
  assert.equal(await client.complete(URI, 3, 11), null);
  await client.notify('workspace/didChangeConfiguration', {settings: {model: ''}});
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
});

test('a window that asks and never reads is let go, and holds nobody up', async (t) => {
  const runtime = runtimeFolder();
  const client = await window(t, runtime);
  await client.complete(URI, 3, 11);
  const deaf = net.connect(socketsIn(runtime)[0]);
  t.after(() => deaf.destroy());
  const gone = new Promise((resolve) => deaf.on('error', resolve).on('close', resolve));
  deaf.pause();
  const say = (message) => {
    const body = JSON.stringify({jsonrpc: '2.0', ...message});
    deaf.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  };
  say({id: 1, method: 'sidewinder/attach', params: {protocol: 1}});
  say({id: 2, method: 'initialize', params: {capabilities: {}, initializationOptions: {enable: false}}});
  say({method: 'textDocument/didOpen', params: {textDocument: {uri: URI, languageId: 'text', version: 1, text: 'x'.repeat(1 << 20)}}});
  for (let i = 0; i < 100; ++i) say({id: 10 + i, method: 'sidewinder/text', params: {textDocument: {uri: URI}}});
  await until(async () => (await status(client)).clients.length === 1);
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
  deaf.resume();
  await gone;
});

test('who speaks another protocol is refused in words', async (t) => {
  const runtime = runtimeFolder();
  const client = await window(t, runtime);
  await client.complete(URI, 3, 11);
  for (const params of [{protocol: 99}, {}]) {
    const stranger = await Client.connect(socketsIn(runtime)[0]);
    const refused = await stranger.request('sidewinder/attach', params).catch((error) => error);
    assert.match(refused.message, /this server speaks protocol 1 .* the client (99|none)/);
    await stranger.closed;
  }
  const late = await Client.connect(socketsIn(runtime)[0]);
  assert.match((await late.request('initialize', {}).catch((error) => error)).message, /protocol/);
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
});

// Runs Python as the user nobody, which has no rights here.
function asNobody(program, ...args) {
  const drop = 'import os, socket, sys\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n';
  return spawn('python3', ['-c', drop + program, ...args], {stdio: ['pipe', 'pipe', 'inherit'], cwd: '/'});
}

function outputOf(child) {
  return new Promise((resolve) => {
    let out = '';
    child.stdout.on('data', (data) => (out += data)).on('end', () => resolve(out.trim()));
  });
}

const CONNECT = `
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
    body = b'{"jsonrpc":"2.0","id":1,"method":"sidewinder/status"}'
    s.sendall(b'Content-Length: %d\\r\\n\\r\\n' % len(body) + body)
    s.settimeout(5)
    print('got', len(s.recv(100)))
except OSError as error:
    print(type(error).__name__)
`;
const root = process.getuid() === 0;
const skip = root ? false : 'SKIPPED: only root can act as another user; run the tests as root';

test('another user cannot come in', {skip}, async (t) => {
  const runtime = runtimeFolder();
  const client = await window(t, runtime);
  await client.complete(URI, 3, 11);
  const [socket] = socketsIn(runtime);
  assert.equal(fs.statSync(path.dirname(socket)).mode & 0o777, 0o700);
  assert.equal(fs.statSync(socket).mode & 0o777, 0o600);
  assert.equal(await outputOf(asNobody(CONNECT, socket)), 'PermissionError');
  // Even where all doors are open: the server asks the kernel who is there.
  for (const door of [runtime, path.dirname(socket)]) fs.chmodSync(door, 0o755);
  fs.chmodSync(socket, 0o666);
  assert.match(await outputOf(asNobody(CONNECT, socket)), /^(got 0|ConnectionResetError|BrokenPipeError)$/);
  assert.ok((await client.complete(URI, 3, 11)).items.length > 0);
});

test('a folder that others can enter is not used, and a socket of another user is not spoken to', {skip}, async (t) => {
  const runtime = runtimeFolder();
  fs.mkdirSync(path.join(runtime, 'sidewinder'));
  fs.chmodSync(path.join(runtime, 'sidewinder'), 0o755);
  const client = Client.start(runtime, FLAGS);
  t.after(() => client.kill());
  await client.initialize();
  assert.match((await client.seen('didChangeStatus', ({kind}) => kind === 'Error')).message, /must be a folder of yours that nobody else can enter/);

  const open = runtimeFolder();
  fs.chmodSync(open, 0o777);
  const socket = path.join(open, 'trap.sock');
  const trap = asNobody('s = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\nprint("there", flush=True)\nc, _ = s.accept()\nprint("got", len(c.recv(100)))', socket);
  const heard = outputOf(trap);
  t.after(() => trap.kill());
  await until(() => fs.existsSync(socket));
  await sleep(100);
  const careful = Client.start(runtimeFolder(), ['--endpoint', `unix:${socket}`]);
  t.after(() => careful.kill());
  await careful.initialize();
  assert.match((await careful.seen('didChangeStatus', ({kind}) => kind === 'Error')).message, /another user's/);
  assert.match(await heard, /got 0$/);
});

test('status of a user without servers, and of a server that is gone', () => {
  const runtime = runtimeFolder();
  const run = () => spawnSync(EXE, ['status', '--json'], {env: environment(runtime), encoding: 'utf8'});
  assert.deepEqual(JSON.parse(run().stdout), []);
  fs.writeFileSync(path.join(runtime, 'sidewinder', 'serve-1-00000000.sock'), '');
  assert.deepEqual(JSON.parse(run().stdout), []);
});
