#!/usr/bin/env python3
"""Checks on a GPU: the chunked form against the step form, packed documents against single ones, and the speed."""
import sys
import time

import torch
import torch.nn.functional as F

import kernels
import mamba2
from mamba2 import Config, Mamba2


def check(model, ids):
    with torch.no_grad():
        whole = model.logits(model.hidden(ids)).float()
        states = [(torch.zeros(len(ids), 3, model.cfg.conv_dim, device=ids.device),
                   torch.zeros(len(ids), model.cfg.num_heads, model.cfg.head_dim, model.cfg.state_size, device=ids.device))
                  for _ in model.backbone.layers]
        steps = torch.stack([model.step(ids[:, t], states).float() for t in range(ids.shape[1])], 1)
        print("chunked against steps, largest difference:", float((whole - steps).abs().max()), "of", float(steps.abs().max()))
        a, b = ids[:1, :128], ids[1:2, :128]
        packed = model.logits(model.hidden(torch.cat([a, b], 1))).float()
        print("packed against single:", float((packed[:, 128:] - whole[1:2, :128]).abs().max()))
        lengths = torch.tensor([100, 170], device=ids.device)
        logits, states2 = model.prefill(ids[:2], lengths)
        print("prefill with padding:", float((logits[0] - whole[0, 99]).abs().max()), float((logits[1] - whole[1, 169]).abs().max()))
        nxt = model.step(torch.stack([ids[0, 100], ids[1, 170]]), states2)
        print("a step after it:", float((nxt[0] - whole[0, 100]).abs().max()), float((nxt[1] - whole[1, 170]).abs().max()))


def main():
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = False
    model = Mamba2(Config()).cuda()
    ids = torch.randint(10, 16384, (3, 192), device="cuda")
    ids[:, 0] = 1
    check(model, ids)


main()


def check_gradients():
    """The Triton kernels against plain PyTorch."""
    model = Mamba2(Config(num_hidden_layers=2)).cuda()
    ids = torch.randint(10, 16384, (2, 512), device="cuda")
    ids[:, 0] = 1
    ids[0, [100, 101, 103, 300]] = 1
    results = []
    for fast in (False, True):
        mamba2.KERNELS = kernels if fast else None
        model.zero_grad()
        logits = model.logits(model.hidden(ids, 128))
        loss = F.cross_entropy(logits.reshape(-1, 16384), ids.roll(-1, 1).reshape(-1))
        loss.backward()
        results.append((logits.detach(), {k: p.grad.clone() for k, p in model.named_parameters()}))
    (l0, g0), (l1, g1) = results
    print("kernels, logits:", float((l0 - l1).abs().max()), "of", float(l0.abs().max()))
    print("kernels, gradients, largest relative difference:", max((float((g0[k] - g1[k]).norm() / g0[k].norm()), k) for k in g0))


def profile(chunk, tokens=65536, length=2048):
    model = Mamba2(Config()).cuda()
    for block in model.backbone.layers:
        block.compile(dynamic=False)

    def head(h, e, t):
        return F.cross_entropy(F.linear(h, e).float(), t)

    head = torch.compile(head, dynamic=False)
    ids = torch.randint(10, 16384, (tokens // length, length), device="cuda")
    ids[:, 0] = 1
    ids[:, 777] = 1

    def once():
        with torch.autocast("cuda", torch.bfloat16):
            h = model.hidden(ids, chunk)
            loss = head(h.reshape(-1, 512).to(torch.bfloat16), model.backbone.embeddings.weight.to(torch.bfloat16), ids.reshape(-1))
        loss.backward()

    began = time.time()
    once()
    torch.cuda.synchronize()
    print("compiled in", round(time.time() - began), "s")
    once()
    torch.cuda.synchronize()
    began = time.time()
    for _ in range(5):
        once()
    torch.cuda.synchronize()
    print("chunk", chunk, "tokens/s", round(5 * tokens / (time.time() - began)), "memory", round(torch.cuda.max_memory_allocated() / 1e9, 1))
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as prof:
        once()
        torch.cuda.synchronize()
    print(prof.key_averages().table(sort_by="cuda_time_total", row_limit=22, max_name_column_width=110))


check_gradients()
if "--profile" in sys.argv:
    mamba2.KERNELS = None if "--plain" in sys.argv else kernels
    profile(int(sys.argv[-1]))
