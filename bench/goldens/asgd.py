"""Writes fixtures/optim/asgd.json: gradient descent with averaging by torch.optim.ASGD, in float64.

An implementation that shares no code with ours: t0 = 0 averages from the first step, lambd = 0 keeps the rate. Run from
the repository's root, once:

    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python bench/goldens/asgd.py

Gradients are drawn, not differentiated: every step has its own.
"""

import json
import pathlib

import torch

WEIGHTS = 7
STEPS = 40
RATE = 0.5
DECAY = 0.01


def golden():
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(WEIGHTS, generator=generator, dtype=torch.float64)
    gradients = torch.randn(STEPS, WEIGHTS, generator=generator, dtype=torch.float64)
    w = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.ASGD([w], lr=RATE, t0=0, lambd=0, weight_decay=DECAY)
    weights, averages = [], []
    for gradient in gradients:
        w.grad = gradient.clone()
        optimizer.step()
        weights.append(w.detach().tolist())
        averages.append(optimizer.state[w]["ax"].tolist())
    return {
        "torch": torch.__version__,
        "rate": RATE,
        "decay": DECAY,
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "weights": weights,
        "averages": averages,
    }


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "optim"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "asgd.json"
    path.write_text(json.dumps(golden()) + "\n")
    print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
