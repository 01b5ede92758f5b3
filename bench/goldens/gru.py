"""Writes fixtures/gru/*.json: a GRU layer and all its gradients, computed by PyTorch in float64.

As lstm.py, which says how to run it and what the files hold. Gates are stacked r, z, n, which is PyTorch's own order; its
bias b_ih is our bias, its b_hh our recurrentBias.
"""

import torch

from lstm import feature_major, matrix, run, sparsify, write_all

CASES = {
    "dense": dict(inputs=5, hidden=3, steps=4, batch=2, wx=1.0, wh=1.0, seed=11),
    "sparse": dict(inputs=7, hidden=6, steps=5, batch=3, wx=0.3, wh=0.25, seed=12),
    "mixed": dict(inputs=4, hidden=5, steps=3, batch=5, wx=0.4, wh=1.0, seed=13),
    "lengths": dict(inputs=3, hidden=4, steps=5, batch=4, wx=0.5, wh=0.5, seed=14, lengths=[5, 3, 3, 1]),
    "shorter": dict(inputs=4, hidden=3, steps=4, batch=3, wx=1.0, wh=0.4, seed=15, lengths=[3, 2, 1]),
}


def golden(inputs, hidden, steps, batch, wx, wh, seed, lengths=None):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, scale=1.0):
        return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale

    layer = torch.nn.GRU(inputs, hidden, dtype=torch.float64)
    # Every gate gets a scale of its own, so that no two gates can be mistaken for each other.
    gate_scale = torch.tensor([0.7, 0.95, 1.2], dtype=torch.float64).repeat_interleave(hidden)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(normal(3 * hidden, inputs) * gate_scale[:, None])
        layer.weight_hh_l0.copy_(normal(3 * hidden, hidden) * gate_scale[:, None])
        layer.bias_ih_l0.copy_(normal(3 * hidden) * gate_scale)
        layer.bias_hh_l0.copy_(normal(3 * hidden) * gate_scale)
    kept_x = sparsify(layer.weight_ih_l0, wx, generator)
    kept_h = sparsify(layer.weight_hh_l0, wh, generator)

    x = normal(steps, batch, inputs).requires_grad_()
    h0 = normal(1, batch, hidden, scale=0.5).requires_grad_()
    y, h_last = run(layer, x, h0, lengths)
    dy = normal(*y.shape)
    dh_last = normal(*h_last.shape)
    torch.autograd.backward([y, h_last], [dy, dh_last])

    def gradient(weight, kept):
        flat = weight.grad.flatten()
        return (flat if kept is None else flat[kept]).tolist()

    return {
        "torch": torch.__version__,
        "shape": {"inputs": inputs, "hidden": hidden, "steps": steps, "batch": batch, **({"lengths": lengths} if lengths else {})},
        "operands": {
            "x": feature_major(x),
            "h0": feature_major(h0),
            "wx": matrix(layer.weight_ih_l0, kept_x),
            "wh": matrix(layer.weight_hh_l0, kept_h),
            "bias": layer.bias_ih_l0.tolist(),
            "recurrentBias": layer.bias_hh_l0.tolist(),
        },
        "dy": feature_major(dy),
        "dhLast": feature_major(dh_last),
        "outputs": {"y": feature_major(y), "hLast": feature_major(h_last)},
        "gradients": {
            "dx": feature_major(x.grad),
            "dh0": feature_major(h0.grad),
            "dwx": gradient(layer.weight_ih_l0, kept_x),
            "dwh": gradient(layer.weight_hh_l0, kept_h),
            "dbias": layer.bias_ih_l0.grad.tolist(),
            "drecurrentBias": layer.bias_hh_l0.grad.tolist(),
        },
    }


if __name__ == "__main__":
    write_all("gru", CASES, golden)
