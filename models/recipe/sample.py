#!/usr/bin/env python3
"""Stage 2: text to train the tokenizer on. sample.py DATADIR OUT.txt [MB]: pieces of training files, by the languages' shares."""
import random
import sys

from corpus import Corpus


def main():
    corpus = Corpus(sys.argv[1])
    rng = random.Random("tokenizer")
    wanted = float(sys.argv[3]) * 1e6 if len(sys.argv) > 3 else 14e6
    size = 0
    with open(sys.argv[2], "w") as f:
        while size < wanted:
            package, number = corpus.pick(rng)
            text = package.files[number][1]
            at = rng.randrange(max(1, len(text) - 4000))
            piece = text[at:at + 4000]
            f.write(piece + "\n")
            size += len(piece)


main()
