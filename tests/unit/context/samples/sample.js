import fs from "node:fs";
const path = require("path");

/** Counts words. */
export function countWords(text) {
  return text.split(/\s+/).filter(Boolean).length;
}

// A cache.
export class Cache {
  #items = new Map();
  limit = 10;

  get(key) {
    return this.#items.get(key);
  }

  static of(...pairs) {
    return new Cache(pairs);
  }
}

export const twice = (x) => {
  return 2 * x;
};

const LIMIT = 100;

module.exports.read = function (name) {
  return fs.readFileSync(path.join(name, `${LIMIT}`));
};
