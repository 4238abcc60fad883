// Ghost text in a real VS Code: shown, accepted by word and whole, typed, dismissed; what the status bar says; one daemon for two windows; typing that
// nothing delays.      node screen_test.mjs SIDEWINDER.vsix SUITE.vsix ARTIFACTS
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { CodeServer, drawn, ghostText, openFile } from './code_server.mjs';

const [vsix, suite, artifacts] = process.argv.slice(2);
const TYPED = '    result =';
const CODE = `import os


def add(a, b):
    print(a + b)
    sum = a + b
    diff = a - b
`;

let server;
let page;

before(async () => {
  fs.mkdirSync(artifacts, { recursive: true });
  const files = { 'a.py': CODE, 'b.py': CODE, 'c.py': CODE, 'd.py': CODE, 'e.py': CODE, '.env': 'SECRET=1\n', 'inhost/README': '' };
  server = await CodeServer.start([vsix, suite], { 'sidewinder.timeBudgetMs': 5000, 'sidewinder.idleUnloadMinutes': 0.05 }, files);
  page = await server.window();
  await page.waitForSelector('.statusbar-item:has-text("Sidewinder")', { timeout: 60000 });
}, { timeout: 180000 });

after(() => server?.stop(), { timeout: 30000 });

const shot = (name) => page.screenshot({ path: path.join(artifacts, `vscode-${name}.png`) });
const status = () => page.locator('.statusbar-item:has-text("Sidewinder")').innerText();

/** Opens the file and types, so that ghost text comes. */
async function suggest(name) {
  await openFile(page, name);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(TYPED, { delay: 30 });
  return ghostText(page);
}

async function revert() {
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(CODE);
}

async function lastLine() {
  const text = await drawn(page);
  return text.split('\n').filter((line) => line.trim() !== '').at(-1);
}

test('ghost text is shown, and the status bar says how long it took', { timeout: 90000 }, async () => {
  const ghost = await suggest('a.py');
  assert.ok(ghost.trim().length > 0);
  assert.match(await status(), /Sidewinder: \d+ ms/);
  await shot('ghost-text');
});

test('a word of it is accepted, the rest stays shown', { timeout: 60000 }, async () => {
  const whole = await lastLine();
  await page.keyboard.press('Control+ArrowRight');
  await page.waitForTimeout(300);
  assert.ok((await ghostText(page)).length > 0);
  assert.equal(await lastLine(), whole);
  await shot('word-accepted');
});

test('typing what is shown keeps it', { timeout: 60000 }, async () => {
  const whole = await lastLine();
  const ghost = await ghostText(page);
  await page.keyboard.type(ghost[0]);
  await page.waitForTimeout(300);
  assert.equal(await lastLine(), whole);
});

test('Tab accepts the rest', { timeout: 60000 }, async () => {
  const whole = await lastLine();
  await page.keyboard.press('Tab');
  await page.waitForTimeout(300);
  const line = await lastLine();
  assert.ok(line.startsWith(whole.trimEnd()), `${line} begins with ${whole}`);
  await shot('accepted');
});

test('Escape dismisses, Alt+\\ asks again', { timeout: 60000 }, async () => {
  await revert();
  await page.keyboard.type(TYPED, { delay: 30 });
  await ghostText(page);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.ghost-text', { state: 'detached', timeout: 10000 });
  await page.keyboard.press('Alt+\\');
  await ghostText(page);
});

test('a second window shares the daemon, and passes the suite inside VS Code', { timeout: 240000 }, async () => {
  const second = await server.window(path.join(server.workspace, 'inhost'));
  for (let i = 0; i < 2200 && !fs.existsSync(server.results); ++i) {
    if (i === 300) {
      await second.screenshot({ path: path.join(artifacts, 'vscode-inhost.png') });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const results = JSON.parse(fs.readFileSync(server.results, 'utf8'));
  for (const { name, error } of results) {
    console.log(`# in host: ${error ? 'not ok' : 'ok'} - ${name}`);
  }
  assert.deepEqual(results.filter(({ error }) => error), []);
  assert.equal(results.length, 8);

  const programs = server.programs();
  assert.equal(programs.filter((line) => line.includes('--daemon')).length, 1, JSON.stringify(programs));
  assert.equal(programs.filter((line) => !line.includes('--daemon')).length, 2, JSON.stringify(programs));
  await second.close();
});

/** Milliseconds from each key to the first change of the drawn text. */
async function echoTimes(text) {
  await page.evaluate(() => {
    let pressed = 0;
    globalThis.echo = [];
    document.addEventListener('keydown', () => (pressed = performance.now()), true);
    new MutationObserver(() => {
      if (pressed !== 0) {
        globalThis.echo.push(performance.now() - pressed);
        pressed = 0;
      }
    }).observe(document.querySelector('.monaco-editor .view-lines'), { subtree: true, childList: true, characterData: true });
  });
  await page.keyboard.type(text, { delay: 60 });
  return (await page.evaluate(() => globalThis.echo)).sort((a, b) => a - b);
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

test('200 characters at 60 ms a key are drawn as soon as without suggestions', { timeout: 120000 }, async () => {
  const text = 'value other total count '.repeat(9).slice(0, 200);
  const times = {};
  for (const enable of [false, true]) {
    server.set({ 'sidewinder.enable': enable });
    await page.waitForFunction((off) => document.querySelector('.statusbar')?.innerText.includes('Sidewinder: off') === off, !enable, { timeout: 20000 });
    await openFile(page, enable ? 'b.py' : 'c.py');
    await page.keyboard.press('Control+End');
    times[enable] = await echoTimes(text);
    assert.ok(times[enable].length >= 190, `${times[enable].length} of 200 keys were seen`);
  }
  const [without, withIt] = [times.false, times.true];
  const line = (name, sorted) => `# key to echo ${name}: p50 ${at(sorted, 0.5).toFixed(1)} ms, p95 ${at(sorted, 0.95).toFixed(1)} ms`;
  console.log(line('without suggestions', without));
  console.log(line('with suggestions', withIt));
  // A machine that others use too: a key's time, 60 ms, is what must never be lost.
  assert.ok(at(withIt, 0.5) < at(without, 0.5) + 15 && at(withIt, 0.95) < at(without, 0.95) + 60, 'typing is delayed');
});

/** Has the extension start what `command` is, instead of its server. */
async function serveWith(command) {
  const folder = fs.mkdtempSync(path.join(server.folder, 'program-'));
  const program = path.join(folder, 'serve');
  const started = path.join(folder, 'started');
  fs.writeFileSync(program, `#!/bin/sh\ntouch '${started}'\n${command}\n`, { mode: 0o755 });
  server.set({ 'sidewinder.serverPath': program });
  for (let i = 0; i < 300 && !fs.existsSync(started); ++i) {
    await page.waitForTimeout(100);
  }
  assert.ok(fs.existsSync(started), command);
  await page.waitForFunction(() => !document.querySelector('.statusbar')?.innerText.includes('starting'), undefined, { timeout: 20000 });
}

test('nothing of a secret file is sent', { timeout: 120000 }, async () => {
  const record = path.join(server.folder, 'record');
  const [program] = server.programs()[0];
  await serveWith(`tee -a '${record}' | '${program}' "$@"`);
  await openFile(page, '.env');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('TOKEN=', { delay: 30 });
  await page.keyboard.press('Alt+\\');
  await page.waitForTimeout(1500);
  assert.equal(await page.locator('[class*="ghost-text"]').count(), 0);
  await suggest('d.py');
  const sent = fs.readFileSync(record, 'utf8');
  assert.match(sent, /d\.py/);
  assert.doesNotMatch(sent, /SECRET|TOKEN|\.env"/);
});

// The editor closes them at once; what is asked for between them is then not what was shown.
test('brackets and quotes of what is shown may be typed', { timeout: 120000 }, async () => {
  const shown = { 'va =': ' [1, f(2)]', 'vb =': ' {"k": [0]}', 'vc =': " ['text']", 'vd =': ' []' };
  const script = path.join(server.folder, 'script.json');
  const others = ['va = [', 'va = [1, f(', 'vb = {', 'vb = {"', "vc = [", "vc = ['", 'vd = ['].map((line) => [line, 'ANOTHER']);
  fs.writeFileSync(script, JSON.stringify({ ...shown, ...Object.fromEntries(others) }));
  await serveWith(`exec '${process.execPath}' '${path.join(import.meta.dirname, 'scripted_server.mjs')}' '${script}'`);
  await openFile(page, 'e.py');
  await page.keyboard.press('Control+End');
  for (const [line, suggestion] of Object.entries(shown)) {
    await page.keyboard.type(line, { delay: 30 });
    await ghostText(page);
    const whole = await lastLine();
    assert.equal(whole.trimStart(), line + suggestion);
    await page.keyboard.press('Control+ArrowRight');
    for (const character of suggestion.trimStart()) {
      await page.keyboard.type(character);
      await page.waitForTimeout(400);
      assert.equal((await lastLine()).trimEnd(), whole, `after ${character}`);
    }
    await page.keyboard.press('Enter');
  }
});
