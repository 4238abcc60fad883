// How long a suggestion takes: from a key (didChange and request) to the answer, in a file of 2,000 lines, through the forwarder and its server.
// Beside it, key by key, what the machine takes to pass as many bytes through `cat` twice: the same number of processes to be woken.
// Usage: node latency.js [KEYS]      prints one line of JSON for each way of asking
'use strict';
const {spawn} = require('node:child_process');
const os = require('node:os');
const {Client, runtimeFolder, sleep} = require('./client.js');

const LINES = 2000;
const EMPTY_LINE = 1006;
const PAUSE_MS = 30;  // between an answer and the next key

// A module of many small functions, no two alike.
function longText() {
  const lines = ['import math', ''];
  for (let i = 0; lines.length < LINES; ++i) {
    lines.push(`def area_of_ring_${i}(outer, inner, n_parts=${i % 7 + 1}):`, `    """The area of ring ${i}, cut into ${i % 7 + 1} parts."""`);
    lines.push(`    whole = math.pi * (outer ** 2 - inner ** 2)`, `    return whole / n_parts + ${i}`, '');
  }
  return lines.slice(0, LINES).join('\n') + '\n';
}

const TYPED = '    difference = outer - inner\n    scale = math.sqrt(whole) / n_parts\n    result = whole * scale + difference\n';

function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => Number((sorted[Math.round(share * (sorted.length - 1))] ?? NaN).toFixed(2));
  return {n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99)};
}

// The time of a message of some bytes through two processes and back.
function startEcho() {
  const echo = spawn('sh', ['-c', 'cat | cat'], {stdio: ['pipe', 'pipe', 'inherit']});
  const pass = (bytes) => new Promise((resolve) => {
    const began = performance.now();
    let left = bytes;
    const onData = (data) => {
      left -= data.length;
      if (left > 0) return;
      echo.stdout.off('data', onData);
      resolve(performance.now() - began);
    };
    echo.stdout.on('data', onData);
    echo.stdin.write(Buffer.alloc(bytes, 'x'));
  });
  return {pass, stop: () => echo.stdin.end()};
}

async function measure(name, options, nKeys) {
  const client = Client.start(runtimeFolder(), ['--idle-unload-minutes', '0.01']);
  const echo = startEcho();
  await client.initialize({timeBudgetMs: 1000, ...options});
  const uri = 'file:///project/rings.py';
  await client.open(uri, longText());
  while (await client.complete(uri, EMPTY_LINE, 0) === null);  // warm
  const times = [], beside = [], echoed = [];
  let line = EMPTY_LINE, character = 0, version = 1, empty = 0, spared = 0;
  for (let i = 0; i < nKeys; ++i) {
    const key = TYPED[i % TYPED.length];
    const began = performance.now();
    client.change(uri, ++version, [{range: {start: {line, character}, end: {line, character}}, text: key}]);
    [line, character] = key === '\n' ? [line + 1, 0] : [line, character + 1];
    const {items, stats} = (await client.complete(uri, line, character)) || {items: [], stats: {totalMs: 1000}};  // late
    const ms = performance.now() - began;
    times.push(ms);
    beside.push(ms - stats.totalMs);
    empty += items.length === 0 ? 1 : 0;
    spared += stats.source === 'shown' || stats.source === 'ahead' ? 1 : 0;
    echoed.push(await echo.pass(500));
    await sleep(PAUSE_MS);
  }
  const {requests} = await client.request('sidewinder/status', {});
  await client.stop();
  echo.stop();
  console.log(JSON.stringify({name, keyToAnswerMs: percentiles(times), besideTheEngineMs: percentiles(beside), ofThatInTheServerMs: requests.overheadMs, echoMs: percentiles(echoed), empty, withoutAModelRun: spared,
    load: os.loadavg()[0]}));
}

async function main() {
  const nKeys = Number(process.argv[2] || 300);
  await measure('as editors ask', {}, nKeys);
  await measure('every key runs the model', {typeThrough: false, idleWork: false}, nKeys);
  await measure('one token, so that what is beside the engine is most of it', {typeThrough: false, idleWork: false, multiline: 'never', maxTokens: 1}, nKeys);
}

main();
