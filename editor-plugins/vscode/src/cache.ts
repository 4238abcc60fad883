// Suggestions of the last places, so that typing what is shown, or accepting a part of it, is answered at once with the rest.

export interface Suggestion<Source> {
  /** To insert at the place. */
  text: string;
  /** Characters of the line behind the place that go away. */
  replaced: number;
  source: Source;
}

/** A place in a text: the text before it, from some way back, and the rest of its line. */
export interface Place {
  uri: string;
  offset: number;
  before: string;
  after: string;
}

/** How much text before a place must be the same for the place to be the same. */
export const CONTEXT_CHARACTERS = 512;

const ENTRIES_MAX = 64;

interface Entry<Source> {
  place: Place;
  suggestions: Suggestion<Source>[];
}

export class Cache<Source> {
  private entries: Entry<Source>[] = [];

  store(place: Place, suggestions: Suggestion<Source>[]): void {
    if (suggestions.length > 0) {
      this.entries = [{ place, suggestions }, ...this.entries].slice(0, ENTRIES_MAX);
    }
  }

  /**
   * What is left, at `place`, of the newest suggestions that it goes on with: nothing when the editor has closed what was typed so that all of
   * it stands there; undefined when none are known.
   */
  find(place: Place): Suggestion<Source>[] | undefined {
    for (const entry of this.entries) {
      const typed = typedSince(entry.place, place);
      const rest = typed && entry.suggestions.map((suggestion) => restOf(suggestion, typed)).filter((suggestion) => suggestion !== undefined);
      if (rest !== undefined && rest.length > 0) {
        return rest.filter((suggestion) => suggestion.text !== typed?.closed);
      }
    }
    return undefined;
  }

  forget(uri: string): void {
    this.entries = this.entries.filter((entry) => entry.place.uri !== uri);
  }
}

/** What was typed between two places, and what the editor has closed it with behind the cursor by itself. */
export interface Typed {
  text: string;
  closed: string;
}

/** Undefined when typing is not all that has changed around the two places. */
export function typedSince(earlier: Place, later: Place): Typed | undefined {
  const length = later.offset - earlier.offset;
  if (earlier.uri !== later.uri || length < 0 || length > later.before.length || !later.after.endsWith(earlier.after)) {
    return undefined;
  }
  const kept = later.before.slice(0, later.before.length - length);
  const text = later.before.slice(later.before.length - length);
  const closed = later.after.slice(0, later.after.length - earlier.after.length);
  const goesOn = earlier.before.endsWith(kept) || kept.endsWith(earlier.before);
  return goesOn && isSpelledWithin(closed, closersOf(text)) ? { text, closed } : undefined;
}

/** What of a suggestion is left after `typed`; undefined when it does not go on so. What the editor closed becomes part of what is replaced. */
function restOf<Source>(suggestion: Suggestion<Source>, typed: Typed): Suggestion<Source> | undefined {
  const text = suggestion.text.slice(typed.text.length);
  if (!suggestion.text.startsWith(typed.text) || text === '' || !isSpelledWithin(typed.closed, text)) {
    return undefined;
  }
  return { ...suggestion, text, replaced: suggestion.replaced + typed.closed.length };
}

const CLOSERS = new Map([['(', ')'], ['[', ']'], ['{', '}'], ['"', '"'], ["'", "'"], ['`', '`']]);

/** What closes the brackets and quotes that are open at the end of `text`, the innermost first. */
function closersOf(text: string): string {
  let closers = '';
  for (const character of text) {
    const inQuotes = closers !== '' && CLOSERS.get(closers[0]) === closers[0];
    if (character === closers[0]) {
      closers = closers.slice(1);
    } else if (!inQuotes) {
      closers = (CLOSERS.get(character) ?? '') + closers;
    }
  }
  return closers;
}

/** Whether `text` has the characters of `part` in their order. */
function isSpelledWithin(part: string, text: string): boolean {
  let at = 0;
  for (const character of text) {
    at += character === part[at] ? 1 : 0;
  }
  return at === part.length;
}
