"""Writes fixtures/lstm/*.json: an LSTM layer and all its gradients, computed by PyTorch in float64.

An implementation that shares no code with ours. Run from the repository's root, once, when a case is added:

    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python bench/goldens/lstm.py

Matrices are row-major. x, y, dy and dx are feature-major, columns (t, b) with t outermost. Gates are stacked i, f, g, o,
which is PyTorch's own order; its second bias b_hh is zero. A sparse matrix is written as its nonzeros at ascending
row-major `indices`; its gradient holds the entries there alone. Sequences of different lengths go through PyTorch's packed
sequences; dy has numbers in the padding too, which must not count.
"""

import json
import pathlib

import torch

CASES = {
    "dense": dict(inputs=5, hidden=3, steps=4, batch=2, wx=1.0, wh=1.0, seed=1),
    "sparse": dict(inputs=7, hidden=6, steps=5, batch=3, wx=0.3, wh=0.25, seed=2),
    "mixed": dict(inputs=4, hidden=5, steps=3, batch=5, wx=0.4, wh=1.0, seed=3),
    "lengths": dict(inputs=3, hidden=4, steps=5, batch=4, wx=0.5, wh=0.5, seed=4, lengths=[5, 3, 3, 1]),
    "shorter": dict(inputs=4, hidden=3, steps=4, batch=3, wx=1.0, wh=0.4, seed=5, lengths=[3, 2, 1]),
}


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
    if kept is None:
        return {"rows": weight.shape[0], "cols": weight.shape[1], "values": values.tolist()}
    return {
        "rows": weight.shape[0],
        "cols": weight.shape[1],
        "values": values[kept].tolist(),
        "indices": kept.tolist(),
    }


def feature_major(sequence):
    """[T, B, F] -> flat [F, T*B]."""
    return sequence.detach().permute(2, 0, 1).flatten().tolist()


def run(layer, x, state, lengths):
    """Output [T, B, H], 0 in the padding, and the last state."""
    if lengths is None:
        return layer(x, state)
    packed, last = layer(torch.nn.utils.rnn.pack_padded_sequence(x, lengths), state)
    return torch.nn.utils.rnn.pad_packed_sequence(packed, total_length=x.shape[0])[0], last


def write_all(name, cases, golden):
    """Writes the golden of every case to fixtures/<name>/<case>.json."""
    folder = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / name
    folder.mkdir(parents=True, exist_ok=True)
    for case, arguments in cases.items():
        path = folder / f"{case}.json"
        path.write_text(json.dumps(golden(**arguments)) + "\n")
        print(path.name, path.stat().st_size, "bytes")


def golden(inputs, hidden, steps, batch, wx, wh, seed, lengths=None):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, scale=1.0):
        return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale

    layer = torch.nn.LSTM(inputs, hidden, dtype=torch.float64)
    # Every gate gets a scale of its own, so that no two gates can be mistaken for each other.
    gate_scale = torch.tensor([0.6, 0.9, 1.2, 0.75], dtype=torch.float64).repeat_interleave(hidden)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(normal(4 * hidden, inputs) * gate_scale[:, None])
        layer.weight_hh_l0.copy_(normal(4 * hidden, hidden) * gate_scale[:, None])
        layer.bias_ih_l0.copy_(normal(4 * hidden) * gate_scale)
        layer.bias_hh_l0.zero_()
    kept_x = sparsify(layer.weight_ih_l0, wx, generator)
    kept_h = sparsify(layer.weight_hh_l0, wh, generator)

    x = normal(steps, batch, inputs).requires_grad_()
    h0 = normal(1, batch, hidden, scale=0.5).requires_grad_()
    c0 = normal(1, batch, hidden).requires_grad_()
    y, (h_last, c_last) = run(layer, x, (h0, c0), lengths)
    dy = normal(*y.shape)
    dc_last = normal(*c_last.shape)
    dh_last = normal(*h_last.shape)
    torch.autograd.backward([y, h_last, c_last], [dy, dh_last, dc_last])

    def gradient(weight, kept):
        flat = weight.grad.flatten()
        return (flat if kept is None else flat[kept]).tolist()

    return {
        "torch": torch.__version__,
        "shape": {"inputs": inputs, "hidden": hidden, "steps": steps, "batch": batch, **({"lengths": lengths} if lengths else {})},
        "operands": {
            "x": feature_major(x),
            "h0": feature_major(h0),
            "c0": feature_major(c0),
            "wx": matrix(layer.weight_ih_l0, kept_x),
            "wh": matrix(layer.weight_hh_l0, kept_h),
            "bias": layer.bias_ih_l0.tolist(),
        },
        "dy": feature_major(dy),
        "dhLast": feature_major(dh_last),
        "dcLast": feature_major(dc_last),
        "outputs": {"y": feature_major(y), "hLast": feature_major(h_last), "cLast": feature_major(c_last)},
        "gradients": {
            "dx": feature_major(x.grad),
            "dh0": feature_major(h0.grad),
            "dc0": feature_major(c0.grad),
            "dwx": gradient(layer.weight_ih_l0, kept_x),
            "dwh": gradient(layer.weight_hh_l0, kept_h),
            "dbias": layer.bias_ih_l0.grad.tolist(),
        },
    }


if __name__ == "__main__":
    write_all("lstm", CASES, golden)
