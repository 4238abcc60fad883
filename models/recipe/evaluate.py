#!/usr/bin/env python3
"""Stage 6b: measure one model on the pinned holes, greedily, on a GPU.

    evaluate.py MODELDIR HOLES.jsonl OUT.json [--samples OUT.jsonl]

Bits per byte of whole documents, left to right. For each kind of hole, order (R S P, R P S) and with or without the
repository context: exact match, first line right, ended by itself at the right place where the text is right, ran past
the suffix. Intervals: 95 %, bootstrap over holes.
"""
import argparse
import collections
import json
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

from format import BOS, EOS, MIDDLE, PREFIX, SUFFIX, Encoder
from mamba2 import load_hf

LIMIT = {"line": 64, "cross": 64, "block": 192}


def bits_per_byte(model, encoder, documents):
    rows = []
    for d in documents:
        ids = [BOS] + encoder.start(d["text"])
        rows.append((ids, d["language"], len(d["text"].encode())))
    rows.sort(key=lambda r: len(r[0]))
    bits, size, tokens = collections.Counter(), collections.Counter(), collections.Counter()
    at = 0
    while at < len(rows):
        n = max(1, 65536 // (len(rows[min(at + 63, len(rows) - 1)][0]) + 64))
        part = rows[at:at + min(n, 64)]
        at += len(part)
        width = -(-max(len(r[0]) for r in part) // 64) * 64
        ids = torch.zeros(len(part), width, dtype=torch.long)
        for i, (r, _, _) in enumerate(part):
            ids[i, :len(r)] = torch.tensor(r)
        ids = ids.cuda()
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16):
            hidden = model.hidden(ids)
            for i, (r, language, nbytes) in enumerate(part):
                logits = model.logits(hidden[i, :len(r) - 1]).float()
                loss = F.cross_entropy(logits, ids[i, 1:len(r)], reduction="sum").item()
                bits[language] += loss / math.log(2)
                size[language] += nbytes
                tokens[language] += len(r) - 1
    per = {k: round(bits[k] / size[k], 4) for k in bits}
    return {"all": round(sum(bits.values()) / sum(size.values()), 4), "mean_of_languages": round(sum(per.values()) / len(per), 4),
            "by_language": per, "bytes": sum(size.values()), "bytes_a_token": round(sum(size.values()) / sum(tokens.values()), 3)}


def prompt(encoder, hole, order, with_context):
    r = encoder.start(hole["context"]) if with_context else []
    p, s = encoder.start(hole["prefix"]), encoder.inside(hole["suffix"])
    if order == "rsp":
        return [BOS, *r, SUFFIX, *s, PREFIX, *p]
    return [BOS, *r, PREFIX, *p, SUFFIX, *s, MIDDLE]


@torch.no_grad()
def complete(model, prompts, limit):
    """Greedy continuations: (ids, ended) for each prompt."""
    results = [None] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    at = 0
    while at < len(order):
        n = 1
        while at + n < len(order) and n < 1024 and (n + 1) * len(prompts[order[at + n]]) < 600_000:
            n += 1
        part = order[at:at + n]
        at += n
        width = -(-max(len(prompts[i]) for i in part) // 64) * 64
        ids = torch.zeros(len(part), width, dtype=torch.long)
        for row, i in enumerate(part):
            ids[row, :len(prompts[i])] = torch.tensor(prompts[i])
        lengths = torch.tensor([len(prompts[i]) for i in part])
        with torch.autocast("cuda", torch.bfloat16):
            logits, states = model.prefill(ids.cuda(), lengths.cuda())
        produced = []
        ended = torch.zeros(len(part), dtype=torch.bool, device="cuda")
        for n_made in range(limit):
            token = logits.float().argmax(-1)
            produced.append(token)
            ended |= token == EOS
            if n_made % 8 == 7 and bool(ended.all()):
                break
            logits = model.step(token, states)
        table = torch.stack(produced, 1).tolist()
        for row, i in enumerate(part):
            out = table[row]
            results[i] = (out[:out.index(EOS)], True) if EOS in out else (out, False)
    return results


def judge(encoder, hole, out, ended):
    # decoded after a newline, so that a leading space is kept
    text = encoder.sp.decode(encoder.sp.encode("\n") + out)
    text = text[text.index("\n") + 1:]
    middle = hole["middle"]
    first_right = text.split("\n")[0].strip() == middle.strip().split("\n")[0].strip() if hole["kind"] != "block" else \
        text.lstrip("\n").split("\n")[0].strip() == middle.lstrip("\n").split("\n")[0].strip()
    following = next((line.strip() for line in hole["suffix"].split("\n") if len(line.strip()) >= 6), None)
    lines = [line.strip() for line in text.split("\n")]
    ran_past = following is not None and following in lines[1:] and following not in [x.strip() for x in middle.split("\n")]
    return {"exact": ended and text.strip() == middle.strip(), "first_line": first_right, "ended": ended,
            "ended_right": (ended and text.strip() == middle.strip()) if first_right else None, "ran_past": ran_past, "text": text}


def interval(values, rng):
    values = np.asarray(values, dtype=float)
    if not len(values):
        return None
    means = values[rng.integers(0, len(values), (1000, len(values)))].mean(1)
    return [round(float(values.mean()), 4), round(float(np.quantile(means, 0.025)), 4), round(float(np.quantile(means, 0.975)), 4), len(values)]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model")
    p.add_argument("holes")
    p.add_argument("out")
    p.add_argument("--samples")
    args = p.parse_args()
    began = time.time()
    torch.set_float32_matmul_precision("high")
    records = [json.loads(line) for line in open(args.holes)]
    encoder = Encoder(pathlib.Path(args.model) / "tokenizer.model")
    model = load_hf(args.model).cuda().eval()
    rng = np.random.default_rng(1)
    result = {"bits_per_byte": bits_per_byte(model, encoder, [r for r in records if r["kind"] == "document"])}
    print(args.model, result["bits_per_byte"], round(time.time() - began), "s", flush=True)
    samples = open(args.samples, "w") if args.samples else None
    for kind, order, with_context in [("line", "rsp", False), ("cross", "rsp", False), ("cross", "rsp", True), ("line", "rps", False),
                                      ("block", "rsp", False), ("cross", "rps", False), ("cross", "rps", True), ("line", "rsp", True),
                                      ("block", "rps", False)]:
        holes = [r for r in records if r["kind"] == kind and (r["context"] or kind == "block" or not with_context)]
        if kind == "cross":
            holes = [h for h in holes if h["context"]]
        if not holes:
            continue
        outs = complete(model, [prompt(encoder, h, order, with_context) for h in holes], LIMIT[kind])
        judged = [judge(encoder, h, *o) for h, o in zip(holes, outs)]
        name = f"{kind} {order}" + (" with R" if with_context else "")
        row = {k: interval([j[k] for j in judged if j[k] is not None], rng) for k in ("exact", "first_line", "ended", "ended_right", "ran_past")}
        row["first_line_by_language"] = {lang: round(float(np.mean([j["first_line"] for h, j in zip(holes, judged) if h["language"] == lang])), 3)
                                         for lang in sorted({h["language"] for h in holes})}
        result[name] = row
        result["seconds"] = round(time.time() - began)
        pathlib.Path(args.out).write_text(json.dumps(result, indent=1))
        print(name, {k: v for k, v in row.items() if k != "first_line_by_language"}, round(time.time() - began), "s", flush=True)
        if samples:
            for h, j in zip(holes, judged):
                samples.write(json.dumps({"setting": name, "language": h["language"], "path": h["path"], "prefix": h["prefix"][-300:],
                                          "middle": h["middle"], "suffix": h["suffix"][:150], **j}) + "\n")


if __name__ == "__main__":
    main()
