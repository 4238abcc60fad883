// The status bar: off, loading 43%, 85 ms, error. Nothing else ever asks for attention.
import * as vscode from 'vscode';
import { refusal } from './policy';
import { settings } from './settings';

export type Kind = 'starting' | 'loading' | 'ready' | 'error';

const icons: Record<Kind | 'off', string> = {
  off: '$(circle-slash)',
  starting: '$(loading~spin)',
  loading: '$(loading~spin)',
  ready: '$(sparkle)',
  error: '$(warning)',
};

export class Status implements vscode.Disposable {
  private kind: Kind = 'starting';
  private message = '';
  private percent: number | undefined;
  private latencyMs: number | undefined;
  private readonly item = vscode.window.createStatusBarItem('sidewinder.status', vscode.StatusBarAlignment.Right, 100);

  constructor() {
    this.item.name = 'Sidewinder';
    this.item.command = 'sidewinder.menu';
    this.draw();
    this.item.show();
  }

  set(kind: Kind, message = '', percent?: number): void {
    this.kind = kind;
    this.message = message;
    this.percent = percent;
    this.draw();
  }

  completed(ms: number): void {
    this.latencyMs = ms;
    this.set('ready');
  }

  draw(): void {
    const shown = settings().enable ? this.kind : 'off';
    this.item.text = `${icons[shown]} Sidewinder${this.detail(shown)}`;
    this.item.tooltip = this.tooltip();
    this.item.backgroundColor = shown === 'error' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }

  private detail(shown: Kind | 'off'): string {
    if (shown === 'loading' && this.percent !== undefined) {
      return `: loading ${this.percent}%`;
    }
    if (shown === 'ready') {
      return this.latencyMs === undefined ? '' : `: ${Math.round(this.latencyMs)} ms`;
    }
    return `: ${shown}`;
  }

  private tooltip(): string {
    const document = vscode.window.activeTextEditor?.document;
    const why = document && refusal(document);
    const lines = [this.message || 'Sidewinder: code completion on this machine'];
    if (why) {
      lines.push(`Not in this file: ${why}`);
    }
    return lines.join('\n');
  }
}
