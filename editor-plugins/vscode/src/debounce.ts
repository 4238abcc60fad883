// How long to wait after the last key: a number, or "adaptive", which follows what completions take.
import type { CancellationToken } from 'vscode';

const START_MS = 150;
const LEAST_MS = 75;
const MOST_MS = 1000;

export class Debounce {
  private average = START_MS;

  measured(ms: number): void {
    this.average = 0.7 * this.average + 0.3 * ms;
  }

  waitMs(setting: 'adaptive' | number): number {
    return typeof setting === 'number' ? setting : Math.min(Math.max(this.average, LEAST_MS), MOST_MS);
  }
}

/** Waits; false as soon as the token is cancelled. */
export function pause(ms: number, token: CancellationToken): Promise<boolean> {
  return new Promise((resolve) => {
    if (token.isCancellationRequested) {
      resolve(false);
      return;
    }
    const timer = setTimeout(() => {
      cancelled.dispose();
      resolve(true);
    }, ms);
    const cancelled = token.onCancellationRequested(() => {
      clearTimeout(timer);
      cancelled.dispose();
      resolve(false);
    });
  });
}
