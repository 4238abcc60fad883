#!/usr/bin/env python3
"""Prints the files of the training packages as JSON lines (p package, f path, l language, t text), as `eval copies --corpus -` reads them.

    files.py DIR [DIR ...]

DIRs are outputs of clean.py or thin.py; held-out packages are left out. What pack.py would still take out, duplicates and what repeats protected
code, is there, so this is a little more than was trained on. Of pack.py's own output there is no need: unpack it (zstd -dc).
"""
import json
import pathlib
import pickle
import sys

from thin import HELD_OUT


def main():
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).glob("*.pickle")):
            _, name, _, _, files = pickle.loads(path.read_bytes())
            if name in HELD_OUT:
                continue
            for file, language, text in files:
                sys.stdout.write(json.dumps({"p": name, "f": file, "l": language, "t": text}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
