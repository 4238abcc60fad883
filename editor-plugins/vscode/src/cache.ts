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

  /** What is left, at `place`, of the newest suggestions that it goes on with. */
  find(place: Place): Suggestion<Source>[] {
    for (const entry of this.entries) {
      const typed = typedSince(entry.place, place);
      if (typed !== undefined) {
        const rest = entry.suggestions
          .filter((suggestion) => suggestion.text.length > typed.length && suggestion.text.startsWith(typed))
          .map((suggestion) => ({ ...suggestion, text: suggestion.text.slice(typed.length) }));
        if (rest.length > 0) {
          return rest;
        }
      }
    }
    return [];
  }

  forget(uri: string): void {
    this.entries = this.entries.filter((entry) => entry.place.uri !== uri);
  }
}

/** What was typed between two places; undefined when that is not all that has changed around them. */
export function typedSince(earlier: Place, later: Place): string | undefined {
  const length = later.offset - earlier.offset;
  if (earlier.uri !== later.uri || length < 0 || length > later.before.length || earlier.after !== later.after) {
    return undefined;
  }
  const kept = later.before.slice(0, later.before.length - length);
  return earlier.before.endsWith(kept) || kept.endsWith(earlier.before) ? later.before.slice(later.before.length - length) : undefined;
}
