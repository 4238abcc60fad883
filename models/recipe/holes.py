#!/usr/bin/env python3
"""Stage 6a: choose the holes of the evaluation, once, from packages that are not in the training data.

    holes.py DATADIR SPLIT OUT.jsonl [--lines 100] [--cross 60] [--blocks 40] [--documents 40]

Each record is a hole (prefix, middle, suffix, context) or a whole document for bits per byte. The context of a hole is
chosen by BM25 over 40-line pieces of the package's other files, asked with the text around the cursor: the hole's own
text is not looked at.
"""
import argparse
import collections
import json
import math
import random
import re

from corpus import Corpus
from format import C_DEFINES, DEFINES, JAVA_DEFINES, NAME, document, hole_block, hole_rest_of_line, line_starts

PREFIX_WINDOW, SUFFIX_WINDOW, CONTEXT = 6000, 2000, 11500  # characters; about 2K, 0.7K and 4K tokens


def words(text):
    return [w.lower() for name in re.findall(r"[A-Za-z_]\w{2,}", text) for w in {name, *re.findall(r"[A-Z]?[a-z]{2,}", name)}]


class Bm25:
    def __init__(self, package):
        self.pieces = []
        for i, (path, text) in enumerate(package.files):
            lines = text.split("\n")
            for at in range(0, len(lines), 40):
                piece = "\n".join(lines[at:at + 40])
                if piece.strip():
                    self.pieces.append((i, piece[:4000], collections.Counter(words(piece))))
        self.seen = collections.Counter(w for _, _, c in self.pieces for w in c)
        self.mean = sum(sum(c.values()) for _, _, c in self.pieces) / max(1, len(self.pieces))

    def best(self, query, file_number, package):
        asked = set(words(query))
        scored = []
        for n, (i, piece, count) in enumerate(self.pieces):
            if i == file_number:
                continue
            size = 0.25 + 0.75 * sum(count.values()) / self.mean
            score = sum(math.log(1 + len(self.pieces) / (self.seen[w] + 0.5)) * count[w] * 2.2 / (count[w] + 1.2 * size)
                        for w in asked if w in count)
            scored.append((-score, n))
        scored.sort()
        chosen, total = [], 0
        for _, n in scored[:12]:
            i, piece, _ = self.pieces[n]
            doc = document(package.files[i][0], piece)
            if total + len(doc) <= CONTEXT:
                chosen.append(doc)
                total += len(doc)
        return "".join(reversed(chosen))  # the best last


def windows(text, start, end):
    at = max(0, start - PREFIX_WINDOW)
    if at:
        at = text.find("\n", at) + 1
    stop = min(len(text), end + SUFFIX_WINDOW)
    if stop < len(text):
        stop = text.rfind("\n", 0, stop) if text.rfind("\n", 0, stop) > end else stop
    return text[at:start], text[end:stop]


def cross_hole(rng, package, number, defined):
    """A line with a name that this file holds nowhere else and another file defines; the cursor stands before the name."""
    path, text = package.files[number]
    counts = collections.Counter(NAME.findall(text))
    found = []
    for match in NAME.finditer(text):
        name = match.group()
        if counts[name] == 1 and len(name) >= 5 and any(i != number for i in defined.get(name, ())):
            begin = text.rfind("\n", 0, match.start()) + 1
            line = text[begin:match.start()]
            if re.search(r"import|include|require|\buse\b|from|^\s*(//|#|\*|--)|\"|'|`|def |class |func |fn |struct ", line):
                continue
            end = text.find("\n", match.end())
            if end > 0 and end - match.start() < 100:
                found.append((match.start(), end))
    return rng.choice(found) if found else None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("data")
    p.add_argument("split")
    p.add_argument("out")
    p.add_argument("--lines", type=int, default=100)
    p.add_argument("--cross", type=int, default=60)
    p.add_argument("--blocks", type=int, default=40)
    p.add_argument("--documents", type=int, default=40)
    args = p.parse_args()
    corpus = Corpus(args.data, args.split)
    engines = {}
    with open(args.out, "w") as f:
        for language, (rows, _) in corpus.languages.items():
            rng = random.Random(f"holes {language}")
            rows = [r for r in rows if 600 <= len(r[0].files[r[1]][1]) <= 60_000]
            if not rows:
                continue
            order = rows[:]
            rng.shuffle(order)
            for package, number in order[:args.documents]:
                path, text = package.files[number]
                f.write(json.dumps({"kind": "document", "language": language, "package": package.name, "path": path, "text": text}) + "\n")
            for kind, wanted in (("line", args.lines), ("block", args.blocks), ("cross", args.cross)):
                made = tries = 0
                used = set()
                while made < wanted and tries < 12 * wanted:
                    tries += 1
                    package, number = rows[rng.randrange(len(rows))]
                    path, text = package.files[number]
                    starts = line_starts(text)
                    if kind == "line":
                        hole = hole_rest_of_line(rng, text, starts)
                    elif kind == "block":
                        hole = hole_block(rng, text, starts)
                        if hole and (text.count("\n", *hole) > 12 or "\n" not in text[hole[0]:hole[1]].strip()):
                            continue
                    else:
                        if package not in engines:
                            defined = collections.defaultdict(set)
                            for i, (_, t) in enumerate(package.files):
                                for pattern in (DEFINES, C_DEFINES, JAVA_DEFINES):
                                    for m in pattern.finditer(t):
                                        defined[m.group(1)].add(i)
                            engines[package] = defined
                        hole = cross_hole(rng, package, number, engines[package])
                    if not hole or (package, number, hole) in used or len(text[hole[0]:hole[1]].strip()) < 2:
                        continue
                    used.add((package, number, hole))
                    prefix, suffix = windows(text, *hole)
                    record = {"kind": kind, "language": language, "package": package.name, "path": path, "prefix": prefix,
                              "middle": text[hole[0]:hole[1]], "suffix": suffix, "context": ""}
                    if kind != "block":
                        if ("bm25", package) not in engines:
                            engines["bm25", package] = Bm25(package)
                        record["context"] = engines["bm25", package].best(prefix[-900:] + suffix[:400], number, package)
                    f.write(json.dumps(record) + "\n")
                    made += 1
                print(language, kind, made)


if __name__ == "__main__":
    main()
