// Nothing leaves the machine: every socket that any process of ours makes, from the first byte of an editor to the last, is a Unix socket.
'use strict';
const assert = require('node:assert');
const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const {Client, EXE, environment, runtimeFolder, until} = require('./client.js');

const NOT_LOCAL = /socket(pair)?\((?!AF_UNIX|AF_LOCAL)/;
const hasStrace = spawnSync('strace', ['-V']).status === 0 && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
if (!hasStrace) {
  console.error('SKIPPED: strace is missing or not allowed to trace; apt-get install strace');
  process.exit(77);
}

// All sockets that a command and what it starts ask the kernel for.
function socketsOf(log) {
  return fs.readFileSync(log, 'utf8').split('\n').filter((line) => /socket(pair)?\(/.test(line));
}

test('a socket that is not local would be seen', () => {
  const log = path.join(runtimeFolder(), 'trace');
  spawnSync('strace', ['-f', '-e', 'trace=network', '-o', log, 'python3', '-c', 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)']);
  assert.ok(socketsOf(log).some((line) => NOT_LOCAL.test(line)));
});

test('a whole session of two windows, the server they start and its model', async (t) => {
  const runtime = runtimeFolder();
  const log = path.join(runtime, 'trace');
  const wrapper = path.join(runtime, 'traced');
  fs.writeFileSync(wrapper, `#!/bin/sh\nexec strace -f -e trace=network -o ${log}.$$ ${EXE} "$@"\n`, {mode: 0o755});
  const folder = runtimeFolder();
  fs.writeFileSync(path.join(folder, 'other.py'), 'def area(radius):\n    return 3 * radius\n');
  for (let i = 0; i < 2; ++i) {
    const client = Client.start(runtime, ['--idle-unload-minutes', '0.01'], {exe: wrapper});
    t.after(() => client.kill());
    await client.initialize({repositoryContext: true, device: 'auto'}, {rootUri: `file://${folder}`});
    const uri = `file://${folder}/a.py`;
    await client.open(uri, 'from other import area\n\nprint(\n');
    assert.ok((await client.complete(uri, 2, 6)).items);
    await until(async () => (await client.request('sidewinder/status', {})).folders[0]?.files === 1);
    spawnSync(wrapper, ['status'], {env: environment(runtime)});
    await client.stop();
  }
  const logs = fs.readdirSync(runtime).filter((name) => name.startsWith('trace.')).map((name) => path.join(runtime, name));
  const sockets = logs.flatMap(socketsOf);
  assert.ok(sockets.filter((line) => line.includes('AF_UNIX')).length >= 4, sockets.join('\n'));
  assert.deepEqual(sockets.filter((line) => NOT_LOCAL.test(line)), []);
});
