#!/usr/bin/env python3
"""Stage 4: train. One process a GPU; start with `torchrun --nproc-per-node=N train.py ...` or plainly for one.

    train.py --data DIR --tokenizer FILE --out DIR (--seconds S | --steps N) [--seed 1] [--from HF_FOLDER]

Muon for the projection matrices, AdamW for the rest; warm-up, constant rate, then linear decay to zero; bf16 products
over fp32 weights. With --seconds the number of steps is fixed after a short timing and logged; --steps repeats a run.
checkpoint.pt is written while training; --resume goes on from it, also with another seed or number of processes. --until STEP ends
early: a last stage can then be repeated from one checkpoint. --from starts with a model's weights instead of random ones.
The documents depend on the seed alone, not on speed.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import time

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F

from corpus import Corpus
from format import EOS, NO_EOS, Encoder, Rows
import mamba2
from mamba2 import Config, Mamba2, load_hf, save_hf

VERSION = 2  # of the data order: change it when format.py changes what a seed gives


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--tokenizer", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--config", default=str(pathlib.Path(__file__).with_name("config.json")))
    p.add_argument("--seconds", type=float, default=0, help="time for the training steps")
    p.add_argument("--steps", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--tokens", type=int, default=131072, help="tokens a step and GPU")
    p.add_argument("--micro", type=int, default=65536, help="tokens a forward pass")
    p.add_argument("--length", type=int, default=2048)
    p.add_argument("--long-length", type=int, default=4096)
    p.add_argument("--long-share", type=float, default=0.2, help="share of the steps, the last ones, with long rows")
    p.add_argument("--decay", type=float, default=0.4, help="share of the steps in which the rate falls to zero")
    p.add_argument("--warmup", type=int, default=150)
    p.add_argument("--muon-rate", type=float, default=5e-3)
    p.add_argument("--adam-rate", type=float, default=3e-3)
    p.add_argument("--weight-decay", type=float, default=0.05)
    p.add_argument("--workers", type=int, default=12, help="processes a GPU that make documents")
    p.add_argument("--chunk", type=int, default=64)
    p.add_argument("--save-every", type=float, default=240, help="seconds between checkpoints")
    p.add_argument("--resume", nargs="?", const="", metavar="CHECKPOINT", help="go on from this file, or from the one in --out")
    p.add_argument("--from", dest="begin", metavar="HF_FOLDER", help="weights to begin with")
    p.add_argument("--until", type=int, default=1 << 60, metavar="STEP", help="save and end after this step")
    p.add_argument("--no-compile", action="store_true")
    p.add_argument("--plain", action="store_true", help="plain PyTorch only, without the Triton kernels")
    return p.parse_args()


# ---- data: worker w of a rank makes the batches w, w + workers, ...; the order does not depend on which is faster

def make_batches(corpus, args, rank, worker, first, queue, long_from):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    encoder = Encoder(args.tokenizer)
    number = first + (worker - first) % args.workers
    while True:
        length = args.long_length if number >= long_from.value else args.length
        rng = random.Random(f"{VERSION} {args.seed} {rank} {number}")
        rows = Rows(corpus, encoder, rng, length)
        made = [rows.row() for _ in range(args.tokens // length)]
        ids = np.array([r[0] for r in made], dtype=np.uint16)
        weights = np.array([r[1] for r in made], dtype=np.uint8)
        queue.put((number, ids, weights))
        number += args.workers


class Batches:
    def __init__(self, corpus, args, rank, first, long_from):
        self.queues = []
        self.processes = []
        self.number = first
        self.workers = args.workers
        context = mp.get_context("fork")
        for worker in range(args.workers):
            queue = context.Queue(maxsize=4)
            process = context.Process(target=make_batches, args=(corpus, args, rank, worker, first, queue, long_from), daemon=True)
            process.start()
            self.queues.append(queue)
            self.processes.append(process)

    def next(self):
        number, ids, weights = self.queues[self.number % self.workers].get()
        assert number == self.number
        self.number += 1
        return ids, weights

    def close(self):
        for p in self.processes:
            p.terminate()


# ---- optimizer

def orthogonal(g, steps=5):
    """Newton-Schulz: a batch of matrices with singular values near 1."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.to(torch.bfloat16)
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        s = x @ x.mT
        x = a * x + (b * s + c * s @ s) @ x
    return x.mT if tall else x


class Muon:
    """Momentum, then the nearest orthogonal matrix; in_proj is taken part by part (z, x, B, C), its dt rows go to AdamW."""

    def __init__(self, model, weight_decay):
        self.weight_decay = weight_decay
        cfg = model.cfg
        layers = model.backbone.layers
        ins = [layer.mixer.in_proj.weight for layer in layers]
        outs = [layer.mixer.out_proj.weight for layer in layers]
        cuts = [0, cfg.inner, 2 * cfg.inner, 2 * cfg.inner + cfg.state_size, 2 * cfg.inner + 2 * cfg.state_size]
        self.groups = [(ins, slice(a, b)) for a, b in zip(cuts, cuts[1:])] + [(outs, slice(0, cfg.hidden_size))]
        self.momentum = [torch.zeros(len(ws), *ws[0][rows].shape, device=ws[0].device) for ws, rows in self.groups]

    @torch.no_grad()
    def step(self, rate, beta=0.95):
        for (weights, rows), momentum in zip(self.groups, self.momentum):
            grad = torch.stack([w.grad[rows] for w in weights])
            momentum.lerp_(grad, 1 - beta)
            update = orthogonal(grad.lerp(momentum, beta)).float()
            update *= 0.2 * max(update.shape[-2:]) ** 0.5
            for w, u in zip(weights, update):
                w[rows].mul_(1 - rate * self.weight_decay).sub_(u, alpha=rate)


class Adam:
    """AdamW on the embedding, the vectors and the dt rows of in_proj."""

    def __init__(self, model):
        cfg = model.cfg
        dt_rows = slice(2 * cfg.inner + 2 * cfg.state_size, None)
        self.items = [(p, slice(None)) for n, p in model.named_parameters() if not n.endswith("_proj.weight")]
        self.items += [(layer.mixer.in_proj.weight, dt_rows) for layer in model.backbone.layers]
        self.m = [torch.zeros_like(p[rows]) for p, rows in self.items]
        self.v = [torch.zeros_like(p[rows]) for p, rows in self.items]
        self.count = 0

    @torch.no_grad()
    def step(self, rate, b1=0.9, b2=0.95, eps=1e-10):
        self.count += 1
        params = [p.data[rows] for p, rows in self.items]
        grads = [p.grad[rows] for p, rows in self.items]
        torch._foreach_lerp_(self.m, grads, 1 - b1)
        torch._foreach_mul_(self.v, b2)
        torch._foreach_addcmul_(self.v, grads, grads, 1 - b2)
        root = torch._foreach_sqrt(self.v)
        torch._foreach_div_(root, (1 - b2 ** self.count) ** 0.5)
        torch._foreach_add_(root, eps)
        torch._foreach_addcdiv_(params, self.m, root, value=-rate / (1 - b1 ** self.count))


def rate_at(step, total, args):
    if step < args.warmup:
        return (step + 1) / args.warmup
    decay = int(total * args.decay)
    return min(1.0, max(0.0, (total - step) / max(1, decay)))


def token_loss(hidden, embedding, targets, weights, no_eos):
    """no_eos is 1 where the vocabulary is without EOS: log(1 - p(EOS)) is then taken off the normalizer."""
    logits = F.linear(hidden, embedding).float()
    normalizer = torch.logsumexp(logits, -1)
    losses = normalizer - logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    losses = losses + no_eos * torch.log1p(-torch.exp(logits[:, EOS] - normalizer).clamp(max=1 - 1e-6))
    return (losses * weights).sum(), losses.detach()


def main():
    args = arguments()
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    started = time.time()
    corpus = Corpus(args.data)  # before CUDA: the workers are forked
    long_from = mp.get_context("fork").Value("l", 1 << 60)
    if args.steps:
        long_from.value = int(args.steps * (1 - args.long_share))
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    first = 0
    saved = None
    checkpoint = pathlib.Path(args.resume or out / "checkpoint.pt")
    if args.resume is not None and (args.resume or checkpoint.exists()):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=False)
        first, args.steps = saved["step"], saved["total"]
        long_from.value = int(args.steps * (1 - args.long_share))
    batches = Batches(corpus, args, rank, first, long_from)
    if rank == 0:
        print(f"corpus {sum(corpus.bytes_by_language().values()) / 1e6:.0f} M characters, {time.time() - started:.0f} s", flush=True)

    torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
    if world > 1:
        dist.init_process_group("nccl")
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    config = json.loads(pathlib.Path(args.config).read_text())
    model = (load_hf(args.begin) if args.begin else Mamba2(Config(**config))).cuda()
    muon, adam = Muon(model, args.weight_decay), Adam(model)
    if saved:
        model.load_state_dict(saved["model"])
        adam.m, adam.v, adam.count, muon.momentum = [x.cuda() for x in saved["m"]], [x.cuda() for x in saved["v"]], saved["count"], [x.cuda() for x in saved["muon"]]
    if not args.plain:
        import kernels
        mamba2.KERNELS = kernels
    loss_of = token_loss
    if not args.no_compile:
        torch._dynamo.config.cache_size_limit = 64
        for block in model.backbone.layers:
            block.compile(dynamic=False)
        loss_of = torch.compile(token_loss, dynamic=False)
    parameters = [p for p in model.parameters()]
    log = open(out / "log.jsonl", "a") if rank == 0 else None
    total = args.steps or 1 << 60
    fixed_at = first + 60
    clock = last_save = time.time()
    step = first
    timed_from = None
    while step < min(total, args.until):
        ids, weights = batches.next()
        ids = torch.from_numpy(ids.astype(np.int64)).cuda(non_blocking=True)
        no_eos = torch.from_numpy(((weights & NO_EOS) > 0).astype(np.float32)).cuda(non_blocking=True)
        weights = torch.from_numpy((weights & (NO_EOS - 1)).astype(np.float32)).cuda(non_blocking=True)
        scale = 1.0 / weights.sum().clamp(min=1)
        rows = max(1, args.micro // (ids.shape[1] - 1))
        seen = torch.zeros(4, device="cuda")
        for i in range(0, len(ids), rows):
            part, target = ids[i:i + rows, :-1], ids[i:i + rows, 1:].reshape(-1)
            w, free = weights[i:i + rows].reshape(-1), no_eos[i:i + rows].reshape(-1)
            with torch.autocast("cuda", torch.bfloat16):
                hidden = model.hidden(part, args.chunk)
                loss, each = loss_of(hidden.reshape(-1, hidden.shape[-1]).to(torch.bfloat16), model.backbone.embeddings.weight.to(torch.bfloat16), target, w, free)
            (loss * scale).backward()
            middle = w > 1
            seen += torch.stack([(each * (w > 0)).sum(), (w > 0).sum(), (each * middle).sum(), middle.sum()])
        grads = [p.grad for p in parameters]
        if world > 1:
            flat = torch.cat([g.reshape(-1) for g in grads])
            dist.all_reduce(flat, op=dist.ReduceOp.AVG)
            for g, piece in zip(grads, flat.split([g.numel() for g in grads])):
                g.copy_(piece.view_as(g))
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
        torch._foreach_mul_(grads, (1.0 / (norm + 1e-6)).clamp(max=1.0))
        rate = rate_at(step, total, args)
        muon.step(args.muon_rate * rate)
        adam.step(args.adam_rate * rate)
        for p in parameters:
            p.grad = None
        step += 1
        if not args.steps and step == fixed_at - 30:
            torch.cuda.synchronize()
            timed_from = time.time()
        if not args.steps and step == fixed_at:
            torch.cuda.synchronize()
            now = time.time()
           # long rows cost a little more and need one more compilation: leave 3 % and 25 s
            count = torch.tensor([int((args.seconds - (now - clock) - 25) / ((now - timed_from) / 30) * 0.97) + step], device="cuda")
            if world > 1:
                dist.broadcast(count, 0)
            total = args.steps = int(count)
            long_from.value = max(int(total * (1 - args.long_share)), step + 5 * args.workers)
            if rank == 0:
                print("steps:", total, "long rows from", long_from.value, flush=True)
        if rank == 0 and (step % 25 == 0 or step == total):
            s = seen.tolist()
            now = time.time()
            record = {"step": step, "of": total if total < 1 << 59 else None, "loss": round(s[0] / max(1, s[1]), 4),
                      "middle_loss": round(s[2] / max(1, s[3]), 4), "grad": round(float(norm), 3), "rate": round(rate, 4),
                      "tokens": step * args.tokens * world, "seconds": round(now - clock, 1)}
            log.write(json.dumps(record) + "\n")
            log.flush()
            if step % 100 == 0 or step <= 100:
                print(json.dumps(record), "waiting batches", sum(q.qsize() for q in batches.queues), flush=True)
        if rank == 0 and (time.time() - last_save > args.save_every or step == min(total, args.until)):
            last_save = time.time()
            torch.save({"step": step, "total": total, "model": model.state_dict(), "m": adam.m, "v": adam.v, "count": adam.count,
                        "muon": muon.momentum}, out / "checkpoint.new")
            os.replace(out / "checkpoint.new", out / "checkpoint.pt")
            save_hf(model, out / "hf", config)
    if rank == 0:
        (out / "done.json").write_text(json.dumps({"steps": step, "of": total, "seconds": round(time.time() - clock, 1), "gpus": world,
                                                   "tokens": (step - first) * args.tokens * world, "device": torch.cuda.get_device_name(),
                                                   "memory_gb": round(torch.cuda.max_memory_allocated() / 1e9, 1), "arguments": vars(args)}))
        print("done", flush=True)
    batches.close()
    if world > 1:
        dist.destroy_process_group()


main()
