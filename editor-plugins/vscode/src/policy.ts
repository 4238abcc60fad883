// Which documents may be read. Asked before anything of a document leaves the editor.
import * as vscode from 'vscode';
import { secretGlobs, settings } from './settings';

/** `*` also stands for slashes, as the server has it. */
function toRegExp(glob: string, flags: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, `${flags}s`);
}

/** A glob is of the file's name or, with a slash, of its whole path. */
function matches(glob: string, path: string, flags: string): boolean {
  const subject = glob.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1);
  return toRegExp(glob, flags).test(subject);
}

export function isExcluded(path: string, exclude: readonly string[]): boolean {
  return secretGlobs.some((glob) => matches(glob, path, 'i')) || exclude.some((glob) => matches(glob, path, ''));
}

export function isLanguageOn(languages: Record<string, boolean>, language: string): boolean {
  return languages[language] ?? languages['*'] ?? true;
}

const schemes = new Set(['file', 'untitled', 'vscode-remote', 'vscode-vfs']);

/** Why nothing is read of the document; undefined when it may be read. */
export function refusal(document: vscode.TextDocument): string | undefined {
  const now = settings();
  if (!now.enable) {
    return 'switched off';
  }
  if (!schemes.has(document.uri.scheme)) {
    return `not a file: ${document.uri.scheme}`;
  }
  if (isExcluded(document.uri.path, now.exclude)) {
    return 'the name is one of those that usually hold secrets, or excluded';
  }
  if (!isLanguageOn(now.languages, document.languageId)) {
    return `switched off for ${document.languageId}`;
  }
  if (isLarger(document, now.maxFileKB * 1024)) {
    return 'larger than sidewinder.maxFileKB';
  }
  return undefined;
}

/** Characters are counted, of which none is less than a byte: the server looks at bytes again. */
function isLarger(document: vscode.TextDocument, limit: number): boolean {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end) > limit;
}
