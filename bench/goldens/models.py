"""Writes fixtures/models/*.json: whole models, their losses and all their gradients, computed by PyTorch in float64.

As lstm.py, which says how to run it and how matrices are written. `classifier-*` are two bidirectional layers over packed
sequences of their true lengths, the last states of both directions, forwards first, and a linear layer; the ids in the
padding must not count. `tied-*` is a language model whose decoder is its embedding. Ids, labels and targets are
columns (t, b) with t outermost; scores are [classes, batch]. Parameters have the names and the order that ours have, and
are numbers of float32, so that every engine starts from the same.
"""

import torch

from lstm import matrix, sparsify, write_all

# Every gate gets a scale of its own, so that no two gates can be mistaken for each other.
GATE_SCALES = {"lstm": [0.6, 0.9, 1.2, 0.75], "gru": [0.7, 0.95, 1.2]}

CLASSIFIERS = {
    "classifier-lstm": dict(cell="lstm", lengths=[5, 3, 3, 1], seed=21),
    "classifier-gru": dict(cell="gru", lengths=[4, 4, 2, 1], seed=22),
}
TIED = {"tied-lstm": dict(cell="lstm", seed=23)}


class Parameters:
    """The trained tensors under our names, with the positions of the nonzeros of those that are sparse."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.all = {}

    def normal(self, *shape):
        drawn = torch.randn(*shape, generator=self.generator, dtype=torch.float64)
        return drawn.float().double()

    def add(self, name, parameter, scale, density=1.0):
        """Gives a parameter new values, `scale` for each row, of which a fraction `density` is not zero."""
        rows = torch.as_tensor(scale, dtype=torch.float64)
        with torch.no_grad():
            drawn = self.normal(*parameter.shape) * (rows if rows.dim() == 0 or parameter.dim() == 1 else rows[:, None])
            parameter.copy_(drawn.float().double())
        self.all[name] = (parameter, sparsify(parameter, density, self.generator))

    def add_layer(self, name, cell, layer, suffix, density):
        scale = torch.tensor(GATE_SCALES[cell], dtype=torch.float64).repeat_interleave(layer.hidden_size)
        self.add(f"{name}.wx", getattr(layer, f"weight_ih_{suffix}"), scale, density)
        self.add(f"{name}.wh", getattr(layer, f"weight_hh_{suffix}"), scale, density)
        self.add(f"{name}.bias", getattr(layer, f"bias_ih_{suffix}"), scale)
        second = getattr(layer, f"bias_hh_{suffix}")
        if cell == "gru":
            self.add(f"{name}.recurrentBias", second, scale)
        else:
            torch.nn.init.zeros_(second)

    def values(self):
        return {
            name: matrix(parameter, kept) if parameter.dim() == 2 else parameter.tolist()
            for name, (parameter, kept) in self.all.items()
        }

    def gradients(self):
        def of(parameter, kept):
            flat = parameter.grad.flatten()
            return (flat if kept is None else flat[kept]).tolist()

        return {name: of(*each) for name, each in self.all.items()}


def recurrent(cell, inputs, hidden, **options):
    return {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](inputs, hidden, dtype=torch.float64, **options)


def classifier(cell, lengths, seed, vocabulary=11, embedding=5, hidden=4, classes=3, layers=2):
    batch, steps = len(lengths), lengths[0]
    parameters = Parameters(seed)
    words = torch.nn.Embedding(vocabulary, embedding, dtype=torch.float64)
    rnn = recurrent(cell, embedding, hidden, num_layers=layers, bidirectional=True)
    linear = torch.nn.Linear(2 * hidden, classes, dtype=torch.float64)
    parameters.add("embedding", words.weight, 1.0, 0.6)
    for layer in range(layers):
        for direction, reverse in (("forwards", ""), ("backwards", "_reverse")):
            parameters.add_layer(f"{cell}{layer}.{direction}", cell, rnn, f"l{layer}{reverse}", 0.5)
    parameters.add("decoder", linear.weight, 1.0)
    parameters.add("decoder.bias", linear.bias, 1.0)

    ids = torch.randint(vocabulary, (steps, batch), generator=parameters.generator)
    labels = torch.randint(classes, (batch,), generator=parameters.generator)
    packed = torch.nn.utils.rnn.pack_padded_sequence(words(ids), lengths)
    _, last = rnn(packed)
    h_last = last[0] if cell == "lstm" else last
    # The last two of [layers * 2, batch, hidden]: the last layer's directions.
    scores = linear(torch.cat([h_last[-2], h_last[-1]], dim=1))
    loss = torch.nn.functional.cross_entropy(scores, labels)
    loss.backward()
    return {
        "torch": torch.__version__,
        "settings": {
            "cell": cell,
            "vocabulary": vocabulary,
            "embedding": embedding,
            "hidden": hidden,
            "layers": layers,
            "classes": classes,
            "bidirectional": True,
        },
        "parameters": parameters.values(),
        "ids": ids.flatten().tolist(),
        "lengths": lengths,
        "labels": labels.tolist(),
        "outputs": {"scores": scores.detach().T.flatten().tolist(), "loss": [loss.item()]},
        "gradients": parameters.gradients(),
    }


def tied(cell, seed, vocabulary=9, hidden=4, steps=5, batch=3):
    parameters = Parameters(seed)
    words = torch.nn.Embedding(vocabulary, hidden, dtype=torch.float64)
    rnn = recurrent(cell, hidden, hidden)
    decoder = torch.nn.Linear(hidden, vocabulary, dtype=torch.float64)
    decoder.weight = words.weight
    parameters.add("embedding", words.weight, 1.0, 0.6)
    parameters.add_layer(f"{cell}0", cell, rnn, "l0", 0.5)
    parameters.add("decoder.bias", decoder.bias, 1.0)

    ids, targets = (torch.randint(vocabulary, (steps, batch), generator=parameters.generator) for _ in range(2))
    y, _ = rnn(words(ids))
    loss = torch.nn.functional.cross_entropy(decoder(y).flatten(0, 1), targets.flatten())
    loss.backward()
    return {
        "torch": torch.__version__,
        "settings": {
            "cell": cell,
            "vocabulary": vocabulary,
            "embedding": hidden,
            "hidden": hidden,
            "layers": 1,
            "tied": True,
        },
        "parameters": parameters.values(),
        "batch": batch,
        "ids": ids.flatten().tolist(),
        "targets": targets.flatten().tolist(),
        "outputs": {"loss": [loss.item()]},
        "gradients": parameters.gradients(),
    }


if __name__ == "__main__":
    write_all("models", CLASSIFIERS, classifier)
    write_all("models", TIED, tied)
