// The cache by itself, without VS Code.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const bundled = await build({
  entryPoints: [path.resolve(import.meta.dirname, '../src/cache.ts')], bundle: true, format: 'esm', write: false,
});
const { Cache, typedSince } = await import(`data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].contents).toString('base64')}`);

const place = (before, after = '', uri = 'a') => ({ uri, offset: before.length, before: before.slice(-512), after });
const texts = (cache, ...at) => cache.find(place(...at)).map((suggestion) => suggestion.text);

test('what is typed of a suggestion leaves the rest', () => {
  const cache = new Cache();
  cache.store(place('x ='), [{ text: ' 1 + 2', replaced: 0, source: 0 }, { text: ' 1', replaced: 0, source: 1 }]);
  assert.deepEqual(texts(cache, 'x ='), [' 1 + 2', ' 1']);
  assert.deepEqual(texts(cache, 'x = 1'), [' + 2']);
  assert.deepEqual(texts(cache, 'x = 1 + 2'), []);
  assert.deepEqual(texts(cache, 'x = 3'), []);
  assert.deepEqual(texts(cache, 'x'), []);
  assert.deepEqual(texts(cache, 'x =', '', 'b'), []);
  assert.deepEqual(texts(cache, 'y = 1'), []);
  assert.deepEqual(texts(cache, 'x = 1', ')'), []);
});

test('the newest suggestion of a place counts, and closed documents are forgotten', () => {
  const cache = new Cache();
  cache.store(place('a'), [{ text: 'bc', replaced: 0, source: 0 }]);
  cache.store(place('a'), [{ text: 'bd', replaced: 0, source: 0 }]);
  assert.deepEqual(texts(cache, 'ab'), ['d']);
  cache.forget('a');
  assert.deepEqual(texts(cache, 'ab'), []);
});

test('typedSince() is what was typed, in every text and at every place', () => {
  const random = (n) => Math.floor(Math.random() * n);
  for (let i = 0; i < 2000; ++i) {
    const whole = Array.from({ length: 1 + random(1200) }, () => 'ab\n'[random(3)]).join('');
    const from = random(whole.length + 1);
    const to = Math.min(whole.length, from + random(40));
    assert.equal(typedSince(place(whole.slice(0, from)), place(whole.slice(0, to))), whole.slice(from, to));
  }
});
