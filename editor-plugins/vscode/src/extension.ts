// Sidewinder for VS Code: wires the parts together. No telemetry, no network: the only thing started is the local server.
import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { Server } from './server';
import { changeNeedsRestart, SECTION } from './settings';
import { Status } from './status';
import { Suggestions } from './suggestions';

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Sidewinder', { log: true });
  const status = new Status();
  const suggestions = new Suggestions(status);
  const running = new Server(context, log, status, suggestions);
  server = running;
  context.subscriptions.push(
    log,
    status,
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration(SECTION)) {
        status.draw();
        await (changeNeedsRestart(event) ? running.restart() : running.configure());
      }
    }),
    vscode.window.onDidChangeActiveTextEditor(async (editor) => {
      status.draw();
      if (editor) {
        await running.focused(editor.document);
      }
    }),
    vscode.workspace.onDidCloseTextDocument((document) => suggestions.forget(document)),
  );
  registerCommands(context, running, log);
  await running.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
