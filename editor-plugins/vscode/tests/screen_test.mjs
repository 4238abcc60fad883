// Ghost text in a real VS Code: shown, accepted by word and whole, dismissed; what the status bar says; one daemon for two windows; typing that
// nothing delays.      node screen_test.mjs SIDEWINDER.vsix ARTIFACTS
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { CodeServer, drawn, ghostText, openFile } from './code_server.mjs';

const [vsix, artifacts] = process.argv.slice(2);
const TYPED = '    result =';
const CODE = `import os


def add(a, b):
    return a + b


def sub(a, b):
`;

let server;
let page;

before(async () => {
  fs.mkdirSync(artifacts, { recursive: true });
  const program = process.env.SIDEWINDER_PROGRAM;
  const files = { 'a.py': CODE, 'b.py': CODE, '.env': 'SECRET=1\n', 'long.py': CODE.repeat(100) };
  server = await CodeServer.start([vsix], { ...(program && { 'sidewinder.serverPath': program }), 'sidewinder.timeBudgetMs': 5000, 'sidewinder.idleUnloadMinutes': 0.05 }, files);
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

test('a second window shares the daemon', { timeout: 120000 }, async () => {
  const first = page;
  page = await server.window(path.dirname(server.workspace));
  try {
    await page.waitForSelector('.statusbar-item:has-text("Sidewinder")', { timeout: 60000 });
    await page.keyboard.press('Control+n');
    await page.waitForTimeout(500);
  } finally {
    await page.close();
    page = first;
  }
});
