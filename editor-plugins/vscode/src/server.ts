// The server: the program `sidewinder serve`, one thin process for this window; all windows share one daemon behind it.
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type ErrorHandler,
  type LanguageClientOptions,
} from 'vscode-languageclient/node';
import { refusal } from './policy';
import { allSettings, settings } from './settings';
import type { Status } from './status';
import type { Suggestions } from './suggestions';
import { Sync } from './sync';

const RESTARTS_MAX = 3;
const RESTART_WINDOW_MS = 5 * 60 * 1000;

interface ServerStatus {
  busy: boolean;
  kind: 'Normal' | 'Error' | 'Warning' | 'Inactive';
  message?: string;
}

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly sync = new Sync();
  private crashes: number[] = [];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly status: Status,
    private readonly suggestions: Suggestions,
  ) {}

  async start(): Promise<void> {
    const command = this.program();
    this.status.set('starting');
    this.sync.reset();
    const client = new LanguageClient('sidewinder', 'Sidewinder', { command, args: ['serve'] }, this.clientOptions());
    this.client = client;
    client.onNotification('didChangeStatus', (status: ServerStatus) => this.onStatus(status));
    client.onDidChangeState((event) => {
      if (event.newState === State.Running) {
        this.status.set('ready');
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.fail(`${command} serve did not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) {
      await client.stop(2000).catch((error: unknown) => this.log.debug(`stopping: ${String(error)}`));
      await client.dispose().catch(() => undefined);
    }
  }

  /** The settings changed. */
  async configure(): Promise<void> {
    if (this.client?.isRunning()) {
      await this.sync.review(this.client);
      await this.client.sendNotification(DidChangeConfigurationNotification.type, { settings: { sidewinder: allSettings() } });
    }
  }

  async focused(document: vscode.TextDocument): Promise<void> {
    if (this.client?.isRunning() && refusal(document) === undefined) {
      await this.client.sendNotification('textDocument/didFocus', { textDocument: { uri: document.uri.toString() } });
    }
  }

  /** Models, clients, memory and latencies, of the daemon that all windows share. */
  async describe(): Promise<unknown> {
    return this.client?.isRunning() ? this.client.sendRequest('sidewinder/status') : undefined;
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  /** The one that was set, the one inside the extension, the one in PATH. */
  private program(): string {
    const set = settings().serverPath;
    const inside = this.context.asAbsolutePath('server/bin/sidewinder');
    return set !== '' ? set : fs.existsSync(inside) ? inside : 'sidewinder';
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'vscode-remote' }, { scheme: 'vscode-vfs' }],
      initializationOptions: allSettings(),
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: this.errorHandler(),
      // Progress goes to the status bar.
      middleware: {
        ...this.sync.middleware,
        provideInlineCompletionItems: (document, position, context, token, next) =>
          this.suggestions.provide(document, position, context, token, next),
        handleWorkDoneProgress: (_token, params) => {
          if (params.kind === 'end') {
            this.status.set('ready');
          } else {
            this.status.set('loading', params.message, params.percentage);
          }
        },
      },
    };
  }

  private errorHandler(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        const now = Date.now();
        this.crashes = [...this.crashes.filter((time) => now - time < RESTART_WINDOW_MS), now];
        this.sync.reset();
        if (this.crashes.length > RESTARTS_MAX) {
          this.fail(`the server ended ${this.crashes.length} times in five minutes`);
          return { action: CloseAction.DoNotRestart, handled: true };
        }
        this.log.warn('the server ended; it is started again');
        this.status.set('starting');
        return { action: CloseAction.Restart, handled: true };
      },
    };
  }

  private onStatus(status: ServerStatus): void {
    if (status.busy) {
      const percent = /(\d+)%/.exec(status.message ?? '')?.[1];
      this.status.set('loading', status.message, percent === undefined ? undefined : Number(percent));
    } else if (status.kind === 'Error') {
      this.fail(status.message ?? 'the server failed');
    } else {
      this.status.set('ready', status.message);
    }
  }

  private fail(text: string): void {
    this.log.error(text);
    this.status.set('error', text);
  }
}
