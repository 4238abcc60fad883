import { readFile } from "node:fs/promises";
import type { Config } from "./config";

/** A point. */
export interface Point {
  x: number;
  distance(other: Point): number;
}

export type Name = string | undefined;

export enum Color {
  Red,
  Green,
}

export abstract class Shape<T extends Point> {
  private readonly points: T[] = [];

  constructor(protected name: Name) {}

  abstract area(): number;

  async load(path: string): Promise<Config> {
    return JSON.parse(await readFile(path, "utf8")) as Config;
  }
}

namespace Util {
  export function clamp(x: number, max = 1): number {
    return Math.min(x, max);
  }
}

export const makePoint = (x: number): Point => ({ x, distance: (o) => o.x - x });

declare function external(name: string): void;
