// What happens between a key and ghost text: the cache, the wait, the server.
import * as vscode from 'vscode';
import { Cache, CONTEXT_CHARACTERS, type Place, type Suggestion } from './cache';
import { Debounce, pause } from './debounce';
import { refusal } from './policy';
import { settings } from './settings';
import type { Status } from './status';

/** Asks the server. */
export type Ask = (
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.InlineCompletionContext,
  token: vscode.CancellationToken,
) => vscode.ProviderResult<vscode.InlineCompletionItem[] | vscode.InlineCompletionList>;

export class Suggestions {
  private readonly cache = new Cache<vscode.InlineCompletionItem>();
  private readonly debounce = new Debounce();

  constructor(private readonly status: Status) {}

  async provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    ask: Ask,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const isAutomatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
    const now = settings();
    if (refusal(document) !== undefined || (isAutomatic && !now.autoTrigger)) {
      return undefined;
    }
    const place = placeOf(document, position);
    if (isAutomatic && context.selectedCompletionInfo === undefined) {
      const known = this.cache.find(place);
      if (known !== undefined) {
        return known.map((suggestion) => toItem(suggestion, position));
      }
    }
    if (isAutomatic && !(await pause(this.debounce.waitMs(now.debounceMs), token))) {
      return undefined;
    }
    return this.ask(document, position, context, token, place, ask);
  }

  forget(document: vscode.TextDocument): void {
    this.cache.forget(document.uri.toString());
  }

  private async ask(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    place: Place,
    ask: Ask,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const started = performance.now();
    const result = await ask(document, position, context, token);
    if (token.isCancellationRequested || !result) {
      return undefined;
    }
    const items = Array.isArray(result) ? result : result.items;
    const ms = performance.now() - started;
    this.debounce.measured(ms);
    this.status.completed(ms);
    if (context.selectedCompletionInfo !== undefined) {
      return items;
    }
    const suggestions = items.map((item) => toSuggestion(item, document, position)).filter((suggestion) => suggestion !== undefined);
    this.cache.store(place, suggestions);
    return suggestions.map((suggestion) => toItem(suggestion, position));
  }
}

function placeOf(document: vscode.TextDocument, position: vscode.Position): Place {
  const offset = document.offsetAt(position);
  const begin = document.positionAt(Math.max(0, offset - CONTEXT_CHARACTERS));
  const end = document.lineAt(position.line).range.end;
  return {
    uri: document.uri.toString(),
    offset,
    before: document.getText(new vscode.Range(begin, position)),
    after: document.getText(new vscode.Range(position, end)),
  };
}

/** The server's item as text at the cursor; undefined for one that does not fit the line. */
function toSuggestion(
  item: vscode.InlineCompletionItem,
  document: vscode.TextDocument,
  position: vscode.Position,
): Suggestion<vscode.InlineCompletionItem> | undefined {
  if (typeof item.insertText !== 'string') {
    return undefined;
  }
  const range = item.range ?? new vscode.Range(position, position);
  if (!range.contains(position)) {
    return undefined;
  }
  const repeated = document.getText(new vscode.Range(range.start, position));
  if (!item.insertText.startsWith(repeated) || item.insertText.length === repeated.length) {
    return undefined;
  }
  return {
    text: item.insertText.slice(repeated.length),
    replaced: document.offsetAt(range.end) - document.offsetAt(position),
    source: item,
  };
}

function toItem(suggestion: Suggestion<vscode.InlineCompletionItem>, position: vscode.Position): vscode.InlineCompletionItem {
  const range = new vscode.Range(position, position.translate(0, suggestion.replaced));
  return new vscode.InlineCompletionItem(suggestion.text, range, suggestion.source.command);
}
