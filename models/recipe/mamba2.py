"""Mamba-2 in plain PyTorch: chunked form for training and prefill, step form for decoding.

One group, tied embeddings, no biases but the convolution's, as in the published model. Decays, cumulative sums, the
residual and the norms are fp32; matrix products run in the autocast type.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

KERNELS = None  # train.py sets it to the module kernels (Triton)
RESET = -30.0  # added to the log decay at a document's first token: the state before it is gone


class Config:
    def __init__(self, hidden_size=512, num_hidden_layers=16, state_size=128, head_dim=64, num_heads=16, conv_kernel=4,
                 vocab_size=16384, layer_norm_epsilon=1e-5, **_):
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.state_size = state_size
        self.head_dim = head_dim
        self.num_heads = num_heads
        self.inner = num_heads * head_dim
        self.conv_kernel = conv_kernel
        self.conv_dim = self.inner + 2 * state_size
        self.vocab_size = vocab_size
        self.eps = layer_norm_epsilon


def rms_norm(x, weight, eps):
    x = x.float()
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def causal_conv(x, weight, bias, same):
    """Depthwise convolution of 4 taps. same[k-1] is 1 where the k-th token back is of the same document."""
    y = bias + weight[:, 3] * x
    for back in (1, 2, 3):
        y = y + weight[:, 3 - back] * (F.pad(x, (0, 0, back, 0))[:, :-back] * same[back - 1])
    return F.silu(y)


def plain_scan(added, log_last):
    """The state at the start of each chunk, and the final one: a small triangular product over chunks."""
    n, k, s, width = added.shape
    h = log_last.shape[2]
    sums = F.pad(log_last.permute(0, 2, 1), (1, 0)).cumsum(-1)  # n h k+1
    between = sums.unsqueeze(-1) - sums[..., 1:].unsqueeze(-2)  # n h k+1 k
    later = torch.ones(k + 1, k, dtype=torch.bool, device=added.device).tril(-1)
    between = between.masked_fill(~later, -torch.inf).exp().to(added.dtype)
    per_head = added.view(n, k, s, h, width // h).permute(0, 3, 1, 2, 4).reshape(n, h, k, -1)
    states = torch.matmul(between, per_head).view(n, h, k + 1, s, width // h).permute(0, 2, 3, 1, 4).reshape(n, k + 1, s, width)
    return states[:, :-1], states[:, -1].float()


def kernel_scan(added, log_last):
    return KERNELS.chunk_scan(added, log_last.exp())


def ssd(x, dt, log_decay, b, c, chunk, scan):
    """y_t = C_t . S_t with S_t = exp(log_decay_t) S_{t-1} + dt_t x_t B_t^T, and the last state [batch, state, heads * dim].

    x [batch, time, heads, dim], dt and log_decay [batch, time, heads] in fp32, b and c [batch, time, state].
    """
    n, t, h, p = x.shape
    k, s = t // chunk, b.shape[-1]
    x = x.reshape(n, k, chunk, h, p)
    b, c = b.reshape(n, k, chunk, s), c.reshape(n, k, chunk, s)
    dt = dt.view(n, k, chunk, h)
    total = log_decay.view(n, k, chunk, h).cumsum(2)
    # inside a chunk
    mask = torch.ones(chunk, chunk, dtype=torch.bool, device=x.device).tril()
    by_head = total.transpose(2, 3)  # n k h q
    decay = (by_head.unsqueeze(-1) - by_head.unsqueeze(-2)).masked_fill(~mask, -torch.inf).exp()
    scores = torch.matmul(c, b.transpose(-1, -2)).unsqueeze(2)  # n k 1 q q
    weights = (scores.float() * decay * dt.transpose(2, 3).unsqueeze(-2)).to(x.dtype)  # n k h q q
    y = torch.matmul(weights, x.permute(0, 1, 3, 2, 4))  # n k h q p
    # the state each chunk adds, the state it starts from, and what that gives to each token
    to_end = (total[:, :, -1:] - total).exp() * dt
    weighted = (x * to_end.unsqueeze(-1)).to(x.dtype).reshape(n, k, chunk, h * p)
    added = torch.matmul(b.transpose(-1, -2), weighted)  # n k s hp
    start, final = scan(added, total[:, :, -1])
    off = torch.matmul(c, start).view(n, k, chunk, h, p)
    y = y.permute(0, 1, 3, 2, 4).float() + off.float() * total.exp().unsqueeze(-1)
    return y.reshape(n, t, h, p), final


class Mixer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.in_proj = nn.Linear(cfg.hidden_size, 2 * cfg.inner + 2 * cfg.state_size + cfg.num_heads, bias=False)
        self.conv1d = nn.Conv1d(cfg.conv_dim, cfg.conv_dim, cfg.conv_kernel, groups=cfg.conv_dim)
        dt = torch.exp(torch.rand(cfg.num_heads) * (math.log(0.1) - math.log(0.001)) + math.log(0.001)).clamp(min=1e-4)
        self.dt_bias = nn.Parameter(dt + torch.log(-torch.expm1(-dt)))
        self.A_log = nn.Parameter(torch.log(torch.empty(cfg.num_heads).uniform_(1, 16)))
        self.D = nn.Parameter(torch.ones(cfg.num_heads))
        self.norm = nn.Module()
        self.norm.weight = nn.Parameter(torch.ones(cfg.inner))
        self.out_proj = nn.Linear(cfg.inner, cfg.hidden_size, bias=False)

    def split(self, q):
        c = self.cfg
        return torch.split(q, [c.inner, c.conv_dim, c.num_heads], dim=-1)

    def finish(self, y, x, z):
        c = self.cfg
        y = y + x.float() * self.D.view(-1, 1)
        y = y.reshape(*y.shape[:-2], c.inner) * F.silu(z.float())
        return self.out_proj(rms_norm(y, self.norm.weight, c.eps).to(z.dtype))

    def forward(self, u, same, reset, chunk, valid=None, want_state=False):
        c = self.cfg
        n, t, _ = u.shape
        # three products instead of one and a split: the backward pass then has no big concatenation
        wz, wx, wdt = torch.split(self.in_proj.weight, [c.inner, c.conv_dim, c.num_heads])
        z, xbc, dt = F.linear(u, wz), F.linear(u, wx), F.linear(u, wdt)
        weight = self.conv1d.weight.squeeze(1)
        if KERNELS is not None and u.is_cuda and valid is None:
            conv = KERNELS.conv_silu(xbc, weight, self.conv1d.bias, same[3])
            scan = kernel_scan
        else:
            conv = causal_conv(xbc, weight, self.conv1d.bias, same).to(xbc.dtype)
            scan = plain_scan
        x, b, cc = torch.split(conv, [c.inner, c.state_size, c.state_size], dim=-1)
        x = x.reshape(n, t, c.num_heads, c.head_dim)
        dt = F.softplus(dt.float() + self.dt_bias)
        if valid is not None:
            dt = dt * valid.unsqueeze(-1)
        log_decay = -torch.exp(self.A_log) * dt + reset.unsqueeze(-1)
        y, state = ssd(x, dt, log_decay, b, cc, chunk, scan)
        out = self.finish(y, x, z)
        return (out, state, xbc) if want_state else out

    def step(self, u, conv_state, state):
        """One token. conv_state [n, 3, conv_dim] and state [n, heads, dim, state] are changed in place."""
        c = self.cfg
        z, xbc, dt = self.split(self.in_proj(u))
        window = torch.cat([conv_state, xbc.float().unsqueeze(1)], 1)
        conv_state.copy_(window[:, 1:])
        v = F.silu((window * self.conv1d.weight.squeeze(1).t()).sum(1) + self.conv1d.bias)
        x, b, cc = torch.split(v, [c.inner, c.state_size, c.state_size], dim=-1)
        x = x.view(-1, c.num_heads, c.head_dim)
        dt = F.softplus(dt.float() + self.dt_bias)
        a = torch.exp(-torch.exp(self.A_log) * dt)
        state.mul_(a[..., None, None]).add_((dt.unsqueeze(-1) * x).unsqueeze(-1) * b[:, None, None, :])
        y = torch.matmul(state, cc[:, None, :, None]).squeeze(-1)
        return self.finish(y, x, z)


class Block(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.eps = cfg.eps
        self.norm = nn.Module()
        self.norm.weight = nn.Parameter(torch.ones(cfg.hidden_size))
        self.mixer = Mixer(cfg)

    def forward(self, r, same, reset, chunk):
        return r + self.mixer(rms_norm(r, self.norm.weight, self.eps), same, reset, chunk).float()


class Mamba2(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.backbone = nn.Module()
        self.backbone.embeddings = nn.Embedding(cfg.vocab_size, cfg.hidden_size)
        self.backbone.layers = nn.ModuleList(Block(cfg) for _ in range(cfg.num_hidden_layers))
        self.backbone.norm_f = nn.Module()
        self.backbone.norm_f.weight = nn.Parameter(torch.ones(cfg.hidden_size))
        nn.init.normal_(self.backbone.embeddings.weight, std=0.02)
        for block in self.backbone.layers:
            nn.init.normal_(block.mixer.in_proj.weight, std=0.02)
            nn.init.normal_(block.mixer.out_proj.weight, std=0.02 / math.sqrt(2 * cfg.num_hidden_layers))

    def hidden(self, ids, chunk=64, bos=1):
        """Final normed hidden states of packed documents, each of which starts with BOS."""
        r, _ = self._run(ids, chunk, bos)
        return rms_norm(r, self.backbone.norm_f.weight, self.cfg.eps)

    def document_masks(self, ids, bos):
        first = (ids == bos)
        reset = first.float() * RESET
        doc = first.int().cumsum(-1)
        same = [(doc == F.pad(doc, (back, 0), value=-1)[:, :-back]).unsqueeze(-1) for back in (1, 2, 3)]
        place = sum(m.squeeze(-1).int() for m in same)  # tokens before this one in its document, at most 3
        return same, place, reset

    def _run(self, ids, chunk, bos, valid=None, lengths=None):
        same, place, reset = self.document_masks(ids, bos)
        same = [m.to(torch.bfloat16 if torch.is_autocast_enabled() else torch.float32) for m in same] + [place]
        r = self.backbone.embeddings(ids).float()
        states = []
        for block in self.backbone.layers:
            if lengths is None:
                r = block(r, same, reset, chunk)
            else:
                u = rms_norm(r, block.norm.weight, block.eps)
                out, state, xbc = block.mixer(u, same, reset, chunk, valid, True)
                r = r + out.float()
                xbc = F.pad(xbc.float(), (0, 0, 3, 0))
                at = lengths[:, None] + torch.arange(3, device=ids.device)
                conv = torch.gather(xbc, 1, at.unsqueeze(-1).expand(-1, -1, xbc.shape[-1]))
                state = state.view(len(ids), -1, self.cfg.num_heads, self.cfg.head_dim).permute(0, 2, 3, 1)
                states.append((conv.contiguous(), state.contiguous()))
        return r, states

    def logits(self, hidden):
        return F.linear(hidden.to(self.backbone.embeddings.weight.dtype), self.backbone.embeddings.weight)

    @torch.no_grad()
    def prefill(self, ids, lengths, chunk=64, bos=1):
        """ids [n, t] right-padded, t a multiple of chunk. Gives the logits after each row's last token, and the states."""
        valid = (torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]).float()
        r, states = self._run(ids, chunk, bos, valid, lengths)
        last = r[torch.arange(len(ids), device=ids.device), lengths - 1]
        return self.logits(rms_norm(last, self.backbone.norm_f.weight, self.cfg.eps)), states

    @torch.no_grad()
    def step(self, ids, states):
        r = self.backbone.embeddings(ids).float()
        for block, (conv, state) in zip(self.backbone.layers, states):
            r = r + block.mixer.step(rms_norm(r, block.norm.weight, block.eps), conv, state).float()
        return self.logits(rms_norm(r, self.backbone.norm_f.weight, self.cfg.eps))


def load_hf(folder):
    from safetensors.torch import load_file
    folder = pathlib.Path(folder)
    model = Mamba2(Config(**json.loads((folder / "config.json").read_text())))
    model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items() if k != "lm_head.weight"})
    return model


def save_hf(model, folder, config):
    """bf16 weights in the Hugging Face layout; the tied head is not stored twice."""
    from safetensors.torch import save_file
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    big = (".embeddings.weight", "_proj.weight")  # the small vectors stay fp32, as in the first model
    tensors = {k: v.detach().to("cpu", torch.bfloat16 if k.endswith(big) else torch.float32).contiguous()
               for k, v in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
