#!/usr/bin/env python3
"""Stage 1c: choose the held-out packages and bring each language near its cap, by whole directories.

    thin.py OUTDIR DIR [DIR ...]

DIRs are outputs of clean.py. OUTDIR gets the same pickles with fewer files.
"""
import collections
import pathlib
import pickle
import sys

from clean import unit

HELD_OUT = """jansson libyaml tmux leveldb tinyxml2 re2 golang-github-gorilla-mux golang-github-alecthomas-kong-dev
golang-github-alecthomas-kong golang-github-gorilla-mux-dev librust-semver-dev librust-csv-dev librust-quick-xml-dev python3-flask
python3-marshmallow python3-websockets koa winston d3-scale @tanstack/table-core @reduxjs/toolkit prosemirror-tables jsoup
jcommander luarocks git-extras dehydrated shunit2""".split()
# Characters kept for each language; a language with more gives up whole directories.
CAPS = {"c": 135e6, "cpp": 135e6, "go": 120e6, "rust": 90e6, "python": 165e6, "javascript": 95e6, "typescript": 120e6, "java": 100e6,
        "lua": 40e6, "shell": 30e6}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    sizes = collections.Counter()
    for folder in sys.argv[2:]:
        for line in open(pathlib.Path(folder) / "packages.tsv"):
            kind, name, _, _, used = line.rstrip("\n").split("\t")
            path = pathlib.Path(folder) / f"{kind}.{name.replace('/', '+')}.pickle"
            if path.exists():
                paths.append((name, path))
                if name not in HELD_OUT:
                    sizes.update({k: int(v) for k, v in (x.split("=") for x in used.split())})
    share = {k: min(1.0, 1.2 * CAPS[k] / v) for k, v in sizes.items()}  # a sixth is expected to be duplicates
    print("before, MB:", {k: round(v / 1e6, 1) for k, v in sizes.items()})
    after = collections.Counter()
    for name, path in paths:
        kind, name, version, licence, files = pickle.loads(path.read_bytes())
        if name not in HELD_OUT:
            files = [f for f in files if unit("part " + name + f[0].rsplit("/", 1)[0]) <= share[f[1]]]
        for _, language, text in files:
            after[language] += len(text)
        if files:
            (out / path.name).write_bytes(pickle.dumps((kind, name, version, licence, files)))
    print("after, MB:", {k: round(v / 1e6, 1) for k, v in after.items()}, "sum", round(sum(after.values()) / 1e6))


if __name__ == "__main__":
    main()
