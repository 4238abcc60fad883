#!/usr/bin/env python3
"""Says which files of unpacked packages repeat code of the training packages, as `eval fim` wants none of those.

    unseen.py PACKAGES SEEN.txt TRAIN [TRAIN ...]

PACKAGES holds language/package/..., as scripts/eval-packages leaves it; the TRAIN folders are outputs of clean.py. A file repeats them
when 4 of its three-line shingles or a tenth stand there: the rule of pack.py, without regard to what thin.py and pack.py left out
later. Prints one line a package: its files, how many repeat trained code, and whose. SEEN.txt gets those files as package/path, which
`eval fim --skip` takes.
"""
import collections
import multiprocessing
import pathlib
import pickle
import sys

from clean import LANGUAGES, drop_licence_header

WHERE = {}  # shingle -> files of ours that hold it; filled before the workers are forked


def shingles(text, language):
    lines = [line.strip() for line in drop_licence_header(text, language).split("\n")]
    lines = [line for line in lines if len(line) > 3]
    return {hash(three) for three in zip(lines, lines[1:], lines[2:])}


def trained_names():
    rows = [line.rstrip("\n").split("\t") for line in open(pathlib.Path(__file__).with_name("packages.tsv")) if not line.startswith("#")]
    return {(row[0], row[1]) for row in rows if row[4] == "train"}


def shared_with(path):
    """(package, {our file: its shingles that the package holds})"""
    kind, name, _, _, files = pickle.loads(path.read_bytes())
    shared = collections.defaultdict(set)
    for _, language, text in files:
        for mark in shingles(text, language):
            for ours in WHERE.get(mark, ()):
                shared[ours].add(mark)
    return kind, name, dict(shared)


def main():
    packages, folders = pathlib.Path(sys.argv[1]), map(pathlib.Path, sys.argv[3:])
    count = {}
    for path in sorted(packages.rglob("*")):
        if path.suffix in LANGUAGES and path.is_file() and not path.is_symlink():
            marks = shingles(path.read_text(errors="replace"), LANGUAGES[path.suffix])
            count[path] = len(marks)
            for mark in marks:
                WHERE.setdefault(mark, []).append(path)
    names = trained_names()
    pickles = [path for folder in folders for path in sorted(folder.glob("*.pickle"))
               if tuple(path.name[:-7].replace("+", "/").split(".", 1)) in names or tuple(path.name[:-7].split(".", 1)) in names]
    print(f"{len(count)} files, {len(pickles)} of {len(names)} training packages", flush=True)
    hits, sources = collections.defaultdict(set), collections.defaultdict(collections.Counter)
    with multiprocessing.Pool(2) as pool:
        for _, name, shared in pool.imap_unordered(shared_with, pickles, chunksize=4):
            for path, marks in shared.items():
                hits[path] |= marks
                sources[path][name] += len(marks)
    seen = sorted(path for path, marks in hits.items() if len(marks) >= 4 or len(marks) > count[path] / 10)
    pathlib.Path(sys.argv[2]).write_text("".join("/".join(path.relative_to(packages).parts[1:]) + "\n" for path in seen))
    for package in sorted({path.relative_to(packages).parts[:2] for path in count}):
        files = [path for path in count if path.relative_to(packages).parts[:2] == package]
        repeated = [path for path in files if path in set(seen)]
        most = collections.Counter()
        for path in repeated:
            most.update(sources[path])
        shown = ", ".join(f"{name} {n}" for name, n in most.most_common(3))
        print(f"{'/'.join(package)}\t{len(files)} files\t{len(repeated)} repeat trained code\t{shown}")


if __name__ == "__main__":
    main()
