#!/usr/bin/env python3
"""What a binding adds to a token, as a share of a decode step of the embedded model: at most 2 %.

A token is one append and one sample. Appending is timed on a model that computes nothing, sampling on one that stays where it is, so the noise of a
decode step, which is larger than what is looked for, is not in the difference.

Usage: overhead_test.py MODEL_FOLDER C_PROGRAM [-- LANGUAGE COMMAND...]...
"""
import itertools
import subprocess
import sys

SHARE_MAX = 0.02
ROUNDS = 3


def times(command, model):
    words = subprocess.run([*command, model], check=True, capture_output=True, text=True, timeout=120).stdout.split()
    return dict(zip(words[::2], map(int, words[1::2])))


def best(command, model):
    """The least of each median: other programs of the machine only ever add."""
    rounds = [times(command, model) for _ in range(ROUNDS)]
    return {name: min(r[name] for r in rounds) for name in rounds[0]}


def main():
    model, c_program, *rest = sys.argv[1:]
    c = best([c_program], model)
    print(f"c: append {c['append'] / 1000:.2f} us, sample {c['sample'] / 1000:.2f} us, decode step {c['decode'] / 1000:.0f} us")
    failed = False
    for language, *command in (list(g) for end, g in itertools.groupby(rest, lambda w: w == '--') if not end):
        t = best(command, model)
        added = t['append'] + t['sample'] - c['append'] - c['sample']
        share = added / c['decode']
        failed |= share > SHARE_MAX
        print(f"{language}: append {t['append'] / 1000:.2f} us, sample {t['sample'] / 1000:.2f} us: {added / 1000:+.2f} us a token, "
              f"{share:.2%} of a decode step" + (f': more than {SHARE_MAX:.0%}' if share > SHARE_MAX else ''))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
