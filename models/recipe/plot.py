#!/usr/bin/env python3
"""Draws the loss of runs that went on from one another: plot.py LOG.jsonl... OUT.svg"""
import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main():
    *logs, out = sys.argv[1:]
    rows, before = [], 0
    for log in logs:
        run = [json.loads(line) for line in open(log)]
        rows += [{**r, "tokens": r["tokens"] + before} for r in run]
        before = rows[-1]["tokens"]
    x = [r["tokens"] / 1e6 for r in rows]
    fig, ax = plt.subplots(figsize=(8, 4.5))
    ax.plot(x, [r["loss"] for r in rows], label="all tokens", linewidth=1)
    ax.plot(x, [r["middle_loss"] for r in rows], label="middles and their EOS", linewidth=1)
    ax.set_xlabel("million tokens")
    ax.set_ylabel("loss (nats a token)")
    ax.set_ylim(0.8, 4.5)
    rate = ax.twinx()
    rate.plot(x, [r["rate"] for r in rows], color="0.7", linewidth=1, linestyle="--")
    rate.set_ylabel("learning rate, share of its peak")
    rate.set_ylim(0, 3)
    ax.legend()
    ax.grid(alpha=0.3)
    fig.tight_layout()
    fig.savefig(out, metadata={"Creator": None, "Date": None} if out.endswith(".svg") else None)


main()
