// An LSP client for the tests of `sidewinder serve`: a process of the program, or a socket, and a connection of the reference library on it.
'use strict';
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const rpc = require('vscode-languageserver-protocol/node');

process.setMaxListeners(0);

const EXE = process.env.SW_EXE || path.join(__dirname, '../../../build/tools/sidewinder');

// A runtime folder of the test's own, so that tests never meet the user's server, nor each other's.
function runtimeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sw-serve-'));
  process.on('exit', () => fs.rmSync(folder, {recursive: true, force: true}));
  return folder;
}

function environment(runtime) {
  return {...process.env, XDG_RUNTIME_DIR: runtime, HOME: runtime, XDG_CACHE_HOME: path.join(runtime, 'cache')};
}

class Client {
  constructor(reader, writer, child) {
    this.child = child;
    this.notifications = [];
    this.errors = [];
    this.connection = rpc.createProtocolConnection(reader, writer, null);
    this.connection.onUnhandledNotification((message) => this.notifications.push(message));
    this.connection.onRequest('window/workDoneProgress/create', () => null);
    this.connection.onError(([error]) => this.errors.push(error));
    this.closed = new Promise((resolve) => this.connection.onClose(resolve));
    this.connection.listen();
  }

  // One window of an editor.
  static start(runtime, flags = [], options = {}) {
    const child = spawn(options.exe || EXE, ['serve', ...flags], {env: environment(runtime), stdio: ['pipe', 'pipe', 'pipe']});
    const client = new Client(new rpc.StreamMessageReader(child.stdout), new rpc.StreamMessageWriter(child.stdin), child);
    client.stderr = '';
    child.stderr.on('data', (data) => (client.stderr += data));
    child.stdin.on('error', () => {});
    client.exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal || code)));
    return client;
  }

  static async connect(socketPath) {
    const socket = net.connect(socketPath);
    await new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject));
    socket.on('error', () => {});
    const client = new Client(new rpc.SocketMessageReader(socket), new rpc.SocketMessageWriter(socket), null);
    client.socket = socket;
    return client;
  }

  request(method, params, token) {
    return token ? this.connection.sendRequest(method, params, token) : this.connection.sendRequest(method, params);
  }

  notify(method, params) {
    return this.connection.sendNotification(method, params);
  }

  async initialize(options = {}, more = {}) {
    const result = await this.request('initialize', {
      processId: process.pid, rootUri: null, capabilities: {general: {positionEncodings: ['utf-16']}, window: {workDoneProgress: true}},
      initializationOptions: {repositoryContext: false, device: 'cpu', timeBudgetMs: 0, ...options}, ...more});
    await this.notify('initialized', {});
    return result;
  }

  open(uri, text, languageId = 'python') {
    return this.notify('textDocument/didOpen', {textDocument: {uri, languageId, version: 1, text}});
  }

  change(uri, version, contentChanges) {
    return this.notify('textDocument/didChange', {textDocument: {uri, version}, contentChanges});
  }

  complete(uri, line, character, context = {triggerKind: 2}, token = undefined) {
    return this.request('textDocument/inlineCompletion', {textDocument: {uri}, position: {line, character}, context}, token);
  }

  // Waits for a notification that passes; those that came before count too.
  async seen(method, passes = () => true, timeoutMs = 30000) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = this.notifications.find((message) => message.method === method && passes(message.params));
      if (found) return found.params;
      if (Date.now() > end) throw new Error(`no ${method} within ${timeoutMs} ms; there were ${JSON.stringify(this.notifications)}`);
      await sleep(5);
    }
  }

  async stop() {
    try {
      await this.request('shutdown');
      await this.notify('exit');
    } catch {
      // gone already
    }
    if (this.socket) this.socket.destroy();
    return this.child ? this.exited : undefined;
  }

  kill() {
    if (this.child) this.child.kill('SIGKILL');
    if (this.socket) this.socket.destroy();
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Asks again until the condition holds.
async function until(condition, timeoutMs = 30000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await sleep(10);
  }
}

function socketsIn(runtime) {
  const folder = path.join(runtime, 'sidewinder');
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.sock')).map((name) => path.join(folder, name)) : [];
}

module.exports = {Client, EXE, environment, runtimeFolder, sleep, socketsIn, until};
