// Commands, and the menu behind the status bar.
import * as vscode from 'vscode';
import { isLanguageOn } from './policy';
import type { Server } from './server';
import { setSetting, settings } from './settings';

function activeLanguage(): string | undefined {
  return vscode.window.activeTextEditor?.document.languageId;
}

async function toggle(): Promise<void> {
  await setSetting('enable', !settings().enable);
}

async function toggleLanguage(): Promise<void> {
  const language = activeLanguage();
  if (language !== undefined) {
    const languages = settings().languages;
    await setSetting('languages', { ...languages, [language]: !isLanguageOn(languages, language) });
  }
}

async function showMemory(server: Server): Promise<void> {
  const status = await server.describe();
  const content = JSON.stringify(status ?? { server: 'not running' }, null, 2);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'json', content }), { preview: true });
}

interface Choice extends vscode.QuickPickItem {
  command: string;
}

async function menu(): Promise<void> {
  const language = activeLanguage();
  const now = settings();
  const choices: Choice[] = [{ label: now.enable ? '$(circle-slash) Switch off' : '$(check) Switch on', command: 'sidewinder.toggle' }];
  if (language !== undefined) {
    const on = isLanguageOn(now.languages, language);
    choices.push({ label: on ? `$(circle-slash) Switch off for ${language}` : `$(check) Switch on for ${language}`, command: 'sidewinder.toggleLanguage' });
  }
  choices.push(
    { label: '$(sparkle) Suggest now', command: 'sidewinder.trigger' },
    { label: '$(dashboard) Models, windows and memory', command: 'sidewinder.showMemory' },
    { label: '$(output) Log', command: 'sidewinder.showLog' },
    { label: '$(debug-restart) Restart the server', command: 'sidewinder.restart' },
  );
  const chosen = await vscode.window.showQuickPick(choices, { title: 'Sidewinder' });
  if (chosen) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

export function registerCommands(context: vscode.ExtensionContext, server: Server, log: vscode.LogOutputChannel): void {
  const commands: Record<string, () => unknown> = {
    'sidewinder.menu': menu,
    'sidewinder.toggle': toggle,
    'sidewinder.toggleLanguage': toggleLanguage,
    'sidewinder.trigger': () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'),
    'sidewinder.restart': () => server.restart(),
    'sidewinder.showLog': () => log.show(),
    'sidewinder.showMemory': () => showMemory(server),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
}
