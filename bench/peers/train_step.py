"""PyTorch's training step: a post-norm encoder of 4 layers x 256 on random ids, served step by step (see serve.py)."""

import argparse
import os
import statistics

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads sleep; see README.md

import torch  # noqa: E402
import torch.nn.functional as F
from torch import nn

from serve import milliseconds, serve
from versions import versions

VOCAB, HIDDEN, LAYERS, HEADS, INNER, CLASSES = 8000, 256, 4, 4, 1024, 150
BATCH, LENGTH = 32, 64


class Layer(nn.Module):
    """BERT's layer: attention and feed-forward (exact GELU), each followed by its residual and LayerNorm."""

    def __init__(self, fused_qkv):
        super().__init__()
        self.qkv = nn.ModuleList([nn.Linear(HIDDEN, 3 * HIDDEN)] if fused_qkv else [nn.Linear(HIDDEN, HIDDEN) for _ in "qkv"])
        self.out = nn.Linear(HIDDEN, HIDDEN)
        self.up, self.down = nn.Linear(HIDDEN, INNER), nn.Linear(INNER, HIDDEN)
        self.norm1, self.norm2 = nn.LayerNorm(HIDDEN, eps=1e-12), nn.LayerNorm(HIDDEN, eps=1e-12)

    def forward(self, x, mask):
        parts = self.qkv[0](x).chunk(3, dim=-1) if len(self.qkv) == 1 else [linear(x) for linear in self.qkv]
        q, k, v = (part.view(*x.shape[:2], HEADS, -1).transpose(1, 2) for part in parts)
        heads = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.out(heads.transpose(1, 2).reshape(x.shape)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Classifier(nn.Module):
    """Token and position embeddings, LayerNorm, the layers, and a linear head on the first token."""

    def __init__(self, fused_qkv):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, HIDDEN), nn.Embedding(LENGTH, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer(fused_qkv) for _ in range(LAYERS))
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, ids, attention_mask):
        mask = (1.0 - attention_mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        x = self.norm(self.tokens(ids) + self.positions.weight)
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(x[:, 0])


def stepper(model, optimizer, batches):
    """A function that takes one step: forward, backward and, with an optimizer, clipping and update."""
    parameters, turn = list(model.parameters()), iter(range(1 << 62))

    def step():
        ids, mask, labels = batches[next(turn) % len(batches)]
        model.zero_grad(set_to_none=True)
        F.cross_entropy(model(ids, mask), labels).backward()
        if optimizer:
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()

    return step


def fastest(candidates, rounds=3, steps=4):
    """Name and step of the candidate with the lowest median, and the medians; the candidates take turns."""
    taken = {name: [] for name in candidates}
    for step in candidates.values():
        milliseconds(step, 2)
    for _ in range(rounds):
        for name, step in candidates.items():
            taken[name] += milliseconds(step, steps)
    medians = {name: round(statistics.median(ms), 2) for name, ms in taken.items()}
    best = min(medians, key=medians.get)
    return best, candidates[best], medians


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-optimizer", action="store_true", help="forward and backward only")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    batches = [(torch.randint(VOCAB, (BATCH, LENGTH)), torch.ones(BATCH, LENGTH, dtype=torch.long),
                torch.randint(CLASSES, (BATCH,))) for _ in range(8)]
    candidates = {}
    for projection in ("separate", "fused"):
        for kind in [None] if args.no_optimizer else ["foreach", "fused"]:
            model = Classifier(fused_qkv=projection == "fused").train()
            optimizer = kind and torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, **{kind: True})
            candidates[f"{projection} qkv, " + (f"{kind} adamw" if kind else "no optimizer")] = stepper(model, optimizer, batches)
    name, step, medians = fastest(candidates)
    parameters = sum(p.numel() for p in model.parameters())
    serve(lambda count: {"ms": milliseconds(step, count)},
          {"peer": "torch", "form": name, "tried": medians, "parameters": parameters, "batch": [BATCH, LENGTH],
           "threads": args.threads, "versions": versions("torch")})


if __name__ == "__main__":
    main()
