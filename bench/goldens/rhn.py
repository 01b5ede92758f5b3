"""Writes fixtures/rhn/*.json: a recurrent highway layer and all its gradients, computed by PyTorch in float64.

An implementation that shares no code with ours: plain tensor algebra on [batch, features], gradients by autograd. Run from
the repository's root, once, when a case is added:

    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python bench/goldens/rhn.py

Matrices are row-major. x, y, dy and dx are feature-major, columns (t, b) with t outermost; states and the mask are
[hidden, batch]. The rows of w, of every r and of every depth's bias are the gates h, t. A sparse matrix is written as its
nonzeros at ascending row-major `indices`; its gradient holds the entries there alone.
"""

import json
import pathlib

import torch

# `r` has one density per depth; `mask` is the fraction of factors that are not zero, or None.
CASES = {
    "depth1-dense": dict(inputs=5, hidden=3, steps=4, batch=2, w=1.0, r=[1.0], mask=None, seed=1),
    "depth1-sparse-masked": dict(inputs=3, hidden=6, steps=3, batch=4, w=0.5, r=[0.4], mask=0.6, seed=2),
    "depth3-sparse": dict(inputs=7, hidden=6, steps=4, batch=3, w=0.3, r=[0.25, 0.4, 0.3], mask=None, seed=3),
    "depth3-dense-masked": dict(inputs=4, hidden=5, steps=3, batch=2, w=1.0, r=[1.0, 1.0, 1.0], mask=0.7, seed=4),
    "depth4-mixed": dict(inputs=6, hidden=4, steps=3, batch=3, w=1.0, r=[0.5, 1.0, 0.4, 1.0], mask=None, seed=5),
    "depth4-mixed-masked": dict(inputs=3, hidden=5, steps=4, batch=5, w=0.5, r=[1.0, 0.3, 1.0, 0.5], mask=0.6, seed=6),
}


def layer(x, s, w, r, bias, mask):
    """x [T, B, I], s [B, H], w [2H, I], r a list of [2H, H], bias [L, 2H], mask [B, H]. Returns all states s_L [T, B, H]."""
    hidden = s.shape[1]
    states = []
    for x_t in x:
        for depth, r_l in enumerate(r):
            pre = (s * mask) @ r_l.T + bias[depth]
            if depth == 0:
                pre = pre + x_t @ w.T
            candidate = torch.tanh(pre[:, :hidden])
            transform = torch.sigmoid(pre[:, hidden:])
            s = candidate * transform + s * (1 - transform)
        states.append(s)
    return torch.stack(states)


def sparsify(weight, density, generator):
    """Zeroes all but a fraction `density` of the entries and returns the ascending flat positions kept, or None."""
    if density == 1:
        return None
    count = round(density * weight.numel())
    kept = torch.randperm(weight.numel(), generator=generator)[:count].sort().values
    mask = torch.zeros(weight.numel(), dtype=weight.dtype)
    mask[kept] = 1
    with torch.no_grad():
        weight.mul_(mask.view_as(weight))
    return kept


def matrix(weight, kept):
    values = weight.detach().flatten()
    size = {"rows": weight.shape[0], "cols": weight.shape[1]}
    if kept is None:
        return {**size, "values": values.tolist()}
    return {**size, "values": values[kept].tolist(), "indices": kept.tolist()}


def feature_major(sequence):
    """[T, B, F] -> flat [F, T*B]; [B, F] -> flat [F, B]."""
    return sequence.detach().movedim(-1, 0).flatten().tolist()


def golden(inputs, hidden, steps, batch, w, r, mask, seed):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, scale=1.0):
        return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale

    # Every gate of every depth gets a scale of its own, so that no two can be mistaken for each other.
    def gate_scale(depth):
        return torch.tensor([0.7, 1.1], dtype=torch.float64).repeat_interleave(hidden) * (1 + 0.2 * depth)

    weight = normal(2 * hidden, inputs) * gate_scale(0)[:, None]
    recurrent = [normal(2 * hidden, hidden) * gate_scale(depth)[:, None] for depth in range(len(r))]
    bias = torch.stack([normal(2 * hidden) * gate_scale(depth) for depth in range(len(r))])
    kept_w = sparsify(weight, w, generator)
    kept_r = [sparsify(each, density, generator) for each, density in zip(recurrent, r)]
    x = normal(steps, batch, inputs)
    s0 = normal(batch, hidden, scale=0.7)
    leaves = [x, s0, weight, *recurrent, bias]
    for leaf in leaves:
        leaf.requires_grad_()

    factors = torch.ones(batch, hidden, dtype=torch.float64)
    if mask is not None:
        sparsify(factors, mask, generator)
        factors /= mask
    y = layer(x, s0, weight, recurrent, bias, factors)
    dy = normal(*y.shape)
    ds_last = normal(batch, hidden)
    torch.autograd.backward([y, y[-1]], [dy, ds_last])

    def gradient(leaf, kept):
        flat = leaf.grad.flatten()
        return (flat if kept is None else flat[kept]).tolist()

    operands = {
        "x": feature_major(x),
        "s0": feature_major(s0),
        "w": matrix(weight, kept_w),
        "r": [matrix(each, kept) for each, kept in zip(recurrent, kept_r)],
        "bias": bias.flatten().tolist(),
    }
    if mask is not None:
        operands["mask"] = feature_major(factors)
    return {
        "torch": torch.__version__,
        "shape": {"inputs": inputs, "hidden": hidden, "depth": len(r), "steps": steps, "batch": batch},
        "operands": operands,
        "dy": feature_major(dy),
        "dsLast": feature_major(ds_last),
        "outputs": {"y": feature_major(y), "sLast": feature_major(y[-1])},
        "gradients": {
            "dx": feature_major(x.grad),
            "ds0": feature_major(s0.grad),
            "dw": gradient(weight, kept_w),
            "dr": [gradient(each, kept) for each, kept in zip(recurrent, kept_r)],
            "dbias": bias.grad.flatten().tolist(),
        },
    }


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "rhn"
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(golden(**case)) + "\n")
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
