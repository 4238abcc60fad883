// The settings: their names and the globs of secret files come from the table that server and docs share.
import * as vscode from 'vscode';
import table from '../../settings.json';
import { type Entry, usable } from './values';

export const SECTION = 'sidewinder';
export const secretGlobs: readonly string[] = table.secrets;

const names = table.settings.map((setting) => setting.name);

/** Those that a running server cannot take: it is started again. */
const needRestart = table.settings
  .filter((setting) => ('scope' in setting && setting.scope === 'process') || setting.name === 'endpoint' || setting.name === 'serverPath')
  .map((setting) => setting.name);

export interface Settings {
  enable: boolean;
  languages: Record<string, boolean>;
  exclude: string[];
  autoTrigger: boolean;
  debounceMs: 'adaptive' | number;
  maxFileKB: number;
  serverPath: string;
}

/** All settings by name, as they stand in the files: the server says what of them is wrong. */
export function allSettings(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return Object.fromEntries(names.map((name) => [name, configuration.get(name)]));
}

export function settings(): Settings {
  const set = allSettings();
  return Object.fromEntries((table.settings as Entry[]).map((entry) => [entry.name, usable(entry, set[entry.name])])) as unknown as Settings;
}

export function changeNeedsRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return needRestart.some((name) => event.affectsConfiguration(`${SECTION}.${name}`));
}

export async function setSetting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update(name, value, vscode.ConfigurationTarget.Global);
}
