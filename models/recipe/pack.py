#!/usr/bin/env python3
"""Stage 1d: remove duplicates and everything that repeats reserved or held-out code; write the data.

    pack.py OUTDIR --reserved DIR --train DIR [DIR ...]

Writes OUTDIR/{train,heldout,reserved}.N.jsonl.zst (records p package, f path, l language, t text) and packages.tsv.
A file is a near duplicate when more than half of a sample of its three-line shingles stand in files kept before it.
A file is too near to protected code (reserved packages, held-out packages) when 4 of its shingles or a tenth of them do.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys

import xxhash

from clean import drop_licence_header
from thin import CAPS, HELD_OUT

PART = 265_000_000


def shingles(text, language):
    lines = [line.strip() for line in drop_licence_header(text, language).split("\n")]
    hashes = [xxhash.xxh64_intdigest(line.encode()) for line in lines if len(line) > 3]
    return {hash((a, b, c)) for a, b, c in zip(hashes, hashes[1:], hashes[2:])}


def packages(folder):
    for path in sorted(pathlib.Path(folder).glob("*.pickle")):
        yield pickle.loads(path.read_bytes())


def content_key(text):
    return xxhash.xxh64_intdigest("".join(text.split()).encode())


PROTECTED = set()  # filled before the workers are forked


def mark_package(path):
    """For each file: "protected" if it repeats protected code, or (key, sample of its shingles)."""
    kind, name, version, licence, files = pickle.loads(pathlib.Path(path).read_bytes())
    marks_of = []
    for path, language, text in files:
        marks = shingles(text, language)
        near = len(marks & PROTECTED)
        if near >= 4 or near > len(marks) / 10:
            marks_of.append("protected")
        else:
            marks_of.append((content_key(text), [m for m in marks if m % 8 == 0]))
    return marks_of


class Writer:
    def __init__(self, folder, split):
        self.folder, self.split = folder, split
        self.number = 0
        self.size = PART
        self.file = self.pipe = None

    def write(self, record):
        if self.size >= PART:
            self.close()
            path = self.folder / f"{self.split}.{self.number}.jsonl.zst"
            self.number += 1
            self.size = 0
            if shutil.which("zstd"):
                self.pipe = subprocess.Popen(["zstd", "-q", "-f", "-9", "--long=27", "-T1", "-o", str(path)], stdin=subprocess.PIPE)
                self.file = self.pipe.stdin
            else:
                self.file = open(path.with_suffix(""), "wb")
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        self.size += len(line)
        self.file.write(line)

    def close(self):
        if self.file:
            self.file.close()
        if self.pipe:
            self.pipe.wait()
        self.file = self.pipe = None


def main():
    args = sys.argv[1:]
    out = pathlib.Path(args[0])
    out.mkdir(parents=True, exist_ok=True)
    reserved = args[args.index("--reserved") + 1]
    sources = args[args.index("--train") + 1:]
    writer = Writer(out, "reserved")
    for kind, name, version, licence, files in packages(reserved):
        for path, language, text in files:
            PROTECTED.update(shingles(text, language))
            writer.write({"p": name, "f": path, "l": language, "t": text})
    writer.close()
    paths = []
    for folder in sources:
        for path in pathlib.Path(folder).glob("*.pickle"):
            kind, name = path.name[:-7].split(".", 1)
            paths.append((kind == "npm", name.replace("+", "/") if kind == "npm" else name, path))
    paths.sort()
    seen_files, own, table = set(), set(), []
    writer = Writer(out, "heldout")
    for _, name, path in paths:
        if name not in HELD_OUT:
            continue
        kind, name, version, licence, files = pickle.loads(path.read_bytes())
        kept = collections.Counter()
        for file, language, text in files:
            marks = shingles(text, language)
            key = content_key(text)
            if key in seen_files or len(marks & PROTECTED) >= 4 or len(marks & own) > len(marks) / 2:
                continue
            seen_files.add(key)
            own |= marks
            kept[language] += len(text)
            writer.write({"p": name, "f": file, "l": language, "t": text})
        table.append((kind, name, version, licence, "heldout", kept))
    writer.close()
    PROTECTED.update(own)
    seen = set()
    counts, total = collections.Counter(), collections.Counter()
    writer = Writer(out, "train")
    paths = [p for p in paths if p[1] not in HELD_OUT]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        for (_, name, path), marks_of in zip(paths, pool.map(mark_package, [str(p[2]) for p in paths], chunksize=2)):
            kind, name, version, licence, files = pickle.loads(path.read_bytes())
            kept = collections.Counter()
            for (file, language, text), marks in zip(files, marks_of):
                if marks == "protected":
                    counts["repeats protected code"] += 1
                    continue
                key, sample = marks
                if key in seen_files:
                    counts["exact duplicates"] += 1
                    continue
                seen_files.add(key)
                if sum(m in seen for m in sample) > 0.5 * max(1, len(sample)):
                    counts["near duplicates"] += 1
                    continue
                if total[language] > CAPS[language]:
                    counts["over the cap"] += 1
                    continue
                seen.update(sample)
                kept[language] += len(text)
                total[language] += len(text)
                writer.write({"p": name, "f": file, "l": language, "t": text})
            if kept:
                table.append((kind, name, version, licence, "train", kept))
    writer.close()
    with open(out / "packages.tsv", "w") as f:
        for kind, name, version, licence, use, kept in table:
            f.write("\t".join([kind, name, version, licence, use, " ".join(f"{k}={v}" for k, v in sorted(kept.items()))]) + "\n")
    print("kept, MB:", {k: round(v / 1e6, 1) for k, v in total.items()}, "sum", round(sum(total.values()) / 1e6))
    print("dropped files:", dict(counts))


if __name__ == "__main__":
    main()
