"""Counts words in files."""

import argparse
import collections
import pathlib
import sys


def count_words(path):
    counts = collections.Counter()
    for line in path.read_text().splitlines():
        counts.update(line.split())
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    args = 
    for path in args.files:
        for word, n in count_words(path).most_common(10):
            print(f"{n:6} {word}")


if __name__ == "__main__":
    sys.exit(main())
