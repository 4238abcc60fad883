"""Two Triton kernels with gradients that make training about twice as fast; mamba2.py has the same in plain PyTorch.

conv_silu   causal depthwise convolution of 4 taps, then SiLU; a tap that reaches into another document counts as zero.
chunk_scan  the state at the start of each chunk: S_{i+1} = last_i S_i + added_i.
"""
import torch
import triton
import triton.language as tl


@triton.jit
def _conv_forward(x, w, b, pos, y, rows_total, channels, stride, ROWS: tl.constexpr, COLS: tl.constexpr):
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    cols = tl.program_id(1) * COLS + tl.arange(0, COLS)
    ok = (rows < rows_total)[:, None] & (cols < channels)[None, :]
    place = tl.load(pos + rows, mask=rows < rows_total, other=0)
    at = x + rows.to(tl.int64)[:, None] * stride + cols[None, :]
    acc = tl.load(b + cols)[None, :] + tl.load(w + cols * 4 + 3)[None, :] * tl.load(at, mask=ok, other=0.0).to(tl.float32)
    for k in tl.static_range(1, 4):
        v = tl.load(at - k * stride, mask=ok & (place >= k)[:, None], other=0.0).to(tl.float32)
        acc += tl.load(w + cols * 4 + 3 - k)[None, :] * v
    tl.store(y + rows.to(tl.int64)[:, None] * channels + cols[None, :], (acc * tl.sigmoid(acc)).to(y.dtype.element_ty), mask=ok)


@triton.jit
def _conv_backward_a(x, w, b, pos, dy, dpre, partial, rows_total, channels, stride, ROWS: tl.constexpr, COLS: tl.constexpr,
                     TURNS: tl.constexpr):
    cols = tl.program_id(1) * COLS + tl.arange(0, COLS)
    w0, w1 = tl.load(w + cols * 4)[None, :], tl.load(w + cols * 4 + 1)[None, :]
    w2, w3 = tl.load(w + cols * 4 + 2)[None, :], tl.load(w + cols * 4 + 3)[None, :]
    bias = tl.load(b + cols)[None, :]
    s0 = tl.zeros([ROWS, COLS], tl.float32)
    s1 = tl.zeros([ROWS, COLS], tl.float32)
    s2 = tl.zeros([ROWS, COLS], tl.float32)
    s3 = tl.zeros([ROWS, COLS], tl.float32)
    sb = tl.zeros([ROWS, COLS], tl.float32)
    for turn in range(TURNS):
        rows = (tl.program_id(0) * TURNS + turn) * ROWS + tl.arange(0, ROWS)
        ok = (rows < rows_total)[:, None]
        place = tl.load(pos + rows, mask=rows < rows_total, other=0)
        at = x + rows.to(tl.int64)[:, None] * stride + cols[None, :]
        x0 = tl.load(at, mask=ok, other=0.0).to(tl.float32)
        x1 = tl.load(at - stride, mask=ok & (place >= 1)[:, None], other=0.0).to(tl.float32)
        x2 = tl.load(at - 2 * stride, mask=ok & (place >= 2)[:, None], other=0.0).to(tl.float32)
        x3 = tl.load(at - 3 * stride, mask=ok & (place >= 3)[:, None], other=0.0).to(tl.float32)
        acc = bias + w3 * x0 + w2 * x1 + w1 * x2 + w0 * x3
        s = tl.sigmoid(acc)
        out = rows.to(tl.int64)[:, None] * channels + cols[None, :]
        g = tl.load(dy + out, mask=ok, other=0.0).to(tl.float32) * s * (1.0 + acc * (1.0 - s))
        tl.store(dpre + out, g.to(dpre.dtype.element_ty), mask=ok)
        s0 += g * x3
        s1 += g * x2
        s2 += g * x1
        s3 += g * x0
        sb += g
    p = partial + tl.program_id(0).to(tl.int64) * 5 * channels + cols
    tl.store(p, tl.sum(s0, 0))
    tl.store(p + channels, tl.sum(s1, 0))
    tl.store(p + 2 * channels, tl.sum(s2, 0))
    tl.store(p + 3 * channels, tl.sum(s3, 0))
    tl.store(p + 4 * channels, tl.sum(sb, 0))


@triton.jit
def _conv_backward_b(dpre, w, pos, dx, rows_total, channels, ROWS: tl.constexpr, COLS: tl.constexpr):
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    cols = tl.program_id(1) * COLS + tl.arange(0, COLS)
    ok = (rows < rows_total)[:, None] & (cols < channels)[None, :]
    at = dpre + rows.to(tl.int64)[:, None] * channels + cols[None, :]
    acc = tl.load(w + cols * 4 + 3)[None, :] * tl.load(at, mask=ok, other=0.0).to(tl.float32)
    for k in tl.static_range(1, 4):
        place = tl.load(pos + rows + k, mask=rows + k < rows_total, other=0)
        v = tl.load(at + k * channels, mask=ok & (place >= k)[:, None], other=0.0).to(tl.float32)
        acc += tl.load(w + cols * 4 + 3 - k)[None, :] * v
    tl.store(dx + rows.to(tl.int64)[:, None] * channels + cols[None, :], acc.to(dx.dtype.element_ty), mask=ok)


ROWS, COLS = 32, 128  # the channels are a multiple of 128


@torch.library.custom_op("nano::conv_silu", mutates_args=())
def conv_silu(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, pos: torch.Tensor) -> torch.Tensor:
    """x [n, t, channels] (rows may be strided), w [channels, 4], pos [n, t] int32: tokens before this one in its document, at most 3."""
    n, t, c = x.shape
    assert x.stride(2) == 1 and x.stride(0) == t * x.stride(1) and c % COLS == 0
    y = torch.empty(n, t, c, dtype=x.dtype, device=x.device)
    _conv_forward[(triton.cdiv(n * t, ROWS), c // COLS)](x, w, b, pos, y, n * t, c, x.stride(1), ROWS, COLS)
    return y


@conv_silu.register_fake
def _(x, w, b, pos):
    return torch.empty(x.shape, dtype=x.dtype, device=x.device)


@torch.library.custom_op("nano::conv_silu_backward", mutates_args=())
def conv_silu_backward(dy: torch.Tensor, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor,
                       pos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    n, t, c = x.shape
    assert x.stride(2) == 1 and x.stride(0) == t * x.stride(1)
    dy = dy.contiguous()
    blocks = triton.cdiv(n * t, ROWS)
    dpre, dx = torch.empty_like(dy), torch.empty_like(dy)
    groups = triton.cdiv(n * t, 8 * 32)
    partial = torch.empty(groups, 5, c, device=x.device)
    _conv_backward_a[(groups, c // COLS)](x, w, b, pos, dy, dpre, partial, n * t, c, x.stride(1), 8, COLS, 32)
    _conv_backward_b[(blocks, c // COLS)](dpre, w, pos, dx, n * t, c, ROWS, COLS)
    return dx, partial.sum(0)


@conv_silu_backward.register_fake
def _(dy, x, w, b, pos):
    return torch.empty(x.shape, dtype=dy.dtype, device=x.device), torch.empty(5, x.shape[2], device=x.device)


def _conv_grad(ctx, dy):
    x, w, b, pos = ctx.saved_tensors
    dx, sums = conv_silu_backward(dy, x, w, b, pos)
    return dx, sums[:4].t().contiguous(), sums[4], None


conv_silu.register_autograd(_conv_grad, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))


@triton.jit
def _scan_forward(added, last, start, final, chunks, states, WIDTH: tl.constexpr, DIM: tl.constexpr):
    row, n = tl.program_id(0), tl.program_id(1).to(tl.int64)
    e = tl.arange(0, WIDTH)
    head = e // DIM
    s = tl.zeros([WIDTH], tl.float32)
    for i in range(chunks):
        at = ((n * chunks + i) * states + row) * WIDTH + e
        a = tl.load(last + (n * chunks + i) * (WIDTH // DIM) + head)
        tl.store(start + at, s.to(start.dtype.element_ty))
        s = a * s + tl.load(added + at).to(tl.float32)
    tl.store(final + (n * states + row) * WIDTH + e, s)


@triton.jit
def _scan_backward(dstart, start, last, dadded, dlast, chunks, states, WIDTH: tl.constexpr, DIM: tl.constexpr):
    row, n = tl.program_id(0), tl.program_id(1).to(tl.int64)
    e = tl.arange(0, WIDTH)
    head = e // DIM
    heads: tl.constexpr = WIDTH // DIM
    d = tl.zeros([WIDTH], tl.float32)
    for j in range(chunks):
        i = chunks - 1 - j
        at = ((n * chunks + i) * states + row) * WIDTH + e
        tl.store(dadded + at, d.to(dadded.dtype.element_ty))
        product = tl.reshape(d * tl.load(start + at).to(tl.float32), [heads, DIM])
        tl.store(dlast + ((n * chunks + i) * states + row) * heads + tl.arange(0, heads), tl.sum(product, 1))
        a = tl.load(last + (n * chunks + i) * heads + head)
        d = tl.load(dstart + at).to(tl.float32) + a * d


@torch.library.custom_op("nano::chunk_scan", mutates_args=())
def chunk_scan(added: torch.Tensor, last: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """added [n, chunks, states, width], last [n, chunks, heads] fp32. Gives the starts and the final state (fp32, no gradient)."""
    n, k, s, width = added.shape
    added, last = added.contiguous(), last.contiguous()
    start = torch.empty_like(added)
    final = torch.empty(n, s, width, device=added.device)
    _scan_forward[(s, n)](added, last, start, final, k, s, width, width // last.shape[2])
    return start, final


@chunk_scan.register_fake
def _(added, last):
    return torch.empty(added.shape, dtype=added.dtype, device=added.device), torch.empty(added.shape[0], *added.shape[2:], device=added.device)


@torch.library.custom_op("nano::chunk_scan_backward", mutates_args=())
def chunk_scan_backward(dstart: torch.Tensor, start: torch.Tensor, last: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    n, k, s, width = start.shape
    heads = last.shape[2]
    dstart, start, last = dstart.contiguous(), start.contiguous(), last.contiguous()
    dadded = torch.empty_like(start)
    dlast = torch.empty(n, k, s, heads, device=start.device)
    _scan_backward[(s, n)](dstart, start, last, dadded, dlast, k, s, width, width // heads)
    return dadded, dlast.sum(2)


@chunk_scan_backward.register_fake
def _(dstart, start, last):
    return torch.empty(start.shape, dtype=start.dtype, device=start.device), torch.empty(last.shape, device=start.device)


def _scan_save(ctx, inputs, output):
    ctx.save_for_backward(output[0], inputs[1])


def _scan_grad(ctx, dstart, dfinal):
    start, last = ctx.saved_tensors
    return chunk_scan_backward(dstart, start, last)


chunk_scan.register_autograd(_scan_grad, setup_context=_scan_save)
