"""PyTorch as a peer in the benchmarks: one process, one JSON object per line on stdin and stdout.

The first line out describes the machine and the versions. Each line in is a request, each gets one line back:

    {"case": "lstm-step", "threads": 2, "repeats": 5, "hidden": 1500, ...}
    {"case": "lstm-step", "threads": 2, "ms": [...], "gflops": ..., "flops": ..., "check": {...}, "peakRssBytes": ...}
    {"error": "..."}   when the request is wrong or a check failed; the process lives on

Cases (what is left out takes the value in CASES):

    lstm-step         dense training step of a language model: embedding, dropout, nn.LSTM, decoder, cross-entropy,
                      backward, gradient-norm clipping, SGD with weight decay
    lstm-step-masked  the same with binary masks re-applied after every update
    rhn-step          the same for a recurrent highway network with tied embedding and state dropout, its time steps and
                      depth a Python loop, as PyTorch has no fused layer for it
    rhn-step-compiled the same, one time step (all depths of it) compiled by torch.compile
    classifier-step   dense training step of a text classifier: embedding, nn.LSTM over whole texts, last state, dropout,
                      linear layer, cross-entropy, backward, clipping, Adam
    csr-product       Y = W X,        W CSR [rows, cols] at `density`, X dense [cols, columns]
    csr-sampled       G = (dY X^T) at the nonzeros of a CSR [rows, cols], dY [rows, columns], X [cols, columns]
    dense-product     Y = W X with a dense W
    release           drop everything that earlier requests built

A case is built and checked once and then kept, so that a caller can interleave single repeats with its own work.
`gflops` is the rate of the fastest repeat; the csr cases count nonzeros only, the masked step counts every weight,
for that is what it computes. A training step counts 2 flops per weight and token forward and 4 backward.
`peakRssBytes` is the high-water mark of the whole process: start one process per case to compare memory.
"""

import json
import math
import os
import platform
import resource
import sys
import time
import warnings

# Set on some hosts for another BLAS; they must not steer this process, nor a child of it.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

# PyTorch calls its CSR tensors beta and asks whether to verify their indices; ours come from PyTorch itself.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
torch.sparse.check_sparse_tensor_invariants.disable()

LSTM = {
    "hidden": 1500,
    "embedding": 1500,
    "vocabulary": 10_000,
    "layers": 2,
    "batch": 20,
    "steps": 35,
    "dropout": 0.65,
    "learningRate": 20.0,
    "clip": 0.25,
    "weightDecay": 1.2e-6,
    # PyTorch's fused SGD is its fastest on a CPU; false gives torch.optim.SGD's default.
    "fused": True,
}
RHN = {
    "hidden": 830,
    "depth": 10,
    "vocabulary": 10_000,
    "batch": 20,
    "steps": 35,
    "dropout": 0.65,
    "wordDropout": 0.2,
    "stateDropout": 0.25,
    "learningRate": 15.0,
    "clip": 0.25,
    "weightDecay": 1.2e-6,
}
CLASSIFIER = {
    "hidden": 256,
    "embedding": 256,
    "vocabulary": 20_000,
    "classes": 2,
    "batch": 64,
    "steps": 400,
    "dropout": 0.5,
    "learningRate": 1e-3,
    "clip": 1.0,
}
PRODUCT = {"rows": 6000, "cols": 1500, "columns": 20}
CASES = {
    "lstm-step": LSTM,
    "lstm-step-masked": {**LSTM, "density": 0.33},
    "rhn-step": RHN,
    "rhn-step-compiled": RHN,
    "classifier-step": CLASSIFIER,
    "csr-product": {**PRODUCT, "density": 0.33},
    "csr-sampled": {**PRODUCT, "columns": 700, "density": 0.33},
    "dense-product": PRODUCT,
}
COMMON = {"threads": 1, "repeats": 5, "warmup": 1}


class RequestError(ValueError):
    """The request cannot be served; the text goes to the caller."""


class LanguageModel(nn.Module):
    """Embedding [V,E] -> dropout -> LSTM layers with dropout between -> dropout -> decoder [V,H] + bias."""

    def __init__(self, p):
        super().__init__()
        between = p["dropout"] if p["layers"] > 1 else 0.0
        self.dropout = nn.Dropout(p["dropout"])
        self.embedding = nn.Embedding(p["vocabulary"], p["embedding"])
        self.lstm = nn.LSTM(p["embedding"], p["hidden"], p["layers"], dropout=between)
        self.decoder = nn.Linear(p["hidden"], p["vocabulary"])
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.04, 0.04)

    def forward(self, words, state):
        out, state = self.lstm(self.dropout(self.embedding(words)), state)
        return self.decoder(self.dropout(out).flatten(0, 1)), state

    def weights_per_token(self):
        """Weights that a token is multiplied with. Embedding look-ups are not counted: they are copies."""
        return sum(w.numel() for w in self.matrices()) - self.embedding.weight.numel()

    def matrices(self):
        """Every weight matrix: what a mask covers. Biases stay dense."""
        return [parameter for parameter in self.parameters() if parameter.dim() == 2]


class HighwayModel(nn.Module):
    """Embedding -> dropout -> RHN with coupled carry and one state mask per window -> dropout -> the embedding again."""

    def __init__(self, p, compiled):
        super().__init__()
        hidden = p["hidden"]
        self.p = p
        self.dropout = nn.Dropout(p["dropout"])
        self.embedding = nn.Embedding(p["vocabulary"], hidden)
        self.input = nn.Linear(hidden, 2 * hidden, bias=False)
        self.recurrent = nn.ModuleList(nn.Linear(hidden, 2 * hidden) for _ in range(p["depth"]))
        self.decoder_bias = nn.Parameter(torch.zeros(p["vocabulary"]))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.04, 0.04)
        self.time_step = torch.compile(self.highway) if compiled else self.highway

    def highway(self, wx, state, mask):
        for depth, linear in enumerate(self.recurrent):
            z = linear(state * mask)
            h, t = (z + wx if depth == 0 else z).chunk(2, -1)
            t = torch.sigmoid(t)
            state = torch.tanh(h) * t + state * (1 - t)
        return state

    def forward(self, words, state):
        p = self.p
        rows = self.embedding.weight
        if self.training:
            keep = 1 - p["wordDropout"]
            rows = rows * (torch.rand(p["vocabulary"], 1) < keep) / keep
            keep = 1 - p["stateDropout"]
            mask = (torch.rand(p["batch"], p["hidden"]) < keep) / keep
        else:
            mask = torch.ones(p["batch"], p["hidden"])
        state = torch.zeros(p["batch"], p["hidden"]) if state is None else state[0]
        outputs = []
        for wx in self.input(self.dropout(nn.functional.embedding(words, rows))):
            state = self.time_step(wx, state, mask)
            outputs.append(state)
        out = self.dropout(torch.stack(outputs)).flatten(0, 1)
        return out @ self.embedding.weight.t() + self.decoder_bias, (state,)

    def weights_per_token(self):
        return sum(w.numel() for w in self.parameters() if w.dim() == 2)


class Classifier(nn.Module):
    """Embedding -> LSTM -> last state -> dropout -> linear."""

    def __init__(self, p):
        super().__init__()
        self.dropout = nn.Dropout(p["dropout"])
        self.embedding = nn.Embedding(p["vocabulary"], p["embedding"])
        self.lstm = nn.LSTM(p["embedding"], p["hidden"])
        self.linear = nn.Linear(p["hidden"], p["classes"])

    def forward(self, words, _state):
        _, (last, _) = self.lstm(self.embedding(words))
        return self.linear(self.dropout(last[0])), ()

    def weights_per_token(self):
        return sum(w.numel() for w in self.lstm.parameters() if w.dim() == 2)


class TrainingStep:
    """One training step on a fixed random batch; the state is carried from step to step as in truncated BPTT."""

    def __init__(self, case, p):
        torch.manual_seed(1)
        self.p = p
        language_model = case != "classifier-step"
        if case.startswith("rhn"):
            self.model = HighwayModel(p, compiled=case.endswith("compiled"))
        else:
            self.model = LanguageModel(p) if language_model else Classifier(p)
        self.parameters = list(self.model.parameters())
        if language_model:
            fused = p.get("fused", True) or None
            self.optimizer = torch.optim.SGD(
                self.parameters, lr=p["learningRate"], weight_decay=p["weightDecay"], fused=fused
            )
        else:
            self.optimizer = torch.optim.Adam(self.parameters, lr=p["learningRate"], fused=True)
        self.words = torch.randint(p["vocabulary"], (p["steps"], p["batch"]))
        self.targets = (
            torch.randint(p["vocabulary"], (p["steps"] * p["batch"],))
            if language_model
            else torch.randint(p["classes"], (p["batch"],))
        )
        self.masks = []
        if "density" in p:
            self.masks = [(w, (torch.rand_like(w) < p["density"]).float()) for w in self.model.matrices()]
            self.apply_masks()
        self.flops = 6 * p["steps"] * p["batch"] * self.model.weights_per_token()
        self.state = None
        self.losses = []

    @torch.no_grad()
    def apply_masks(self):
        for weight, mask in self.masks:
            weight.mul_(mask)

    def run(self):
        self.optimizer.zero_grad(set_to_none=True)
        logits, state = self.model(self.words, self.state)
        loss = nn.functional.cross_entropy(logits, self.targets)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.p["clip"])
        self.optimizer.step()
        self.apply_masks()
        self.state = tuple(part.detach() for part in state)
        self.losses.append(loss.item())

    @torch.no_grad()
    def loss_without_dropout(self):
        self.model.eval()
        logits, _ = self.model(self.words, None)
        self.model.train()
        return nn.functional.cross_entropy(logits, self.targets).item()

    def check(self):
        """The step learns: on one repeated batch the loss without dropout falls, and masked weights stay zero."""
        before = self.loss_without_dropout()
        for _ in range(3):
            self.run()
        after = self.loss_without_dropout()
        if not all(math.isfinite(loss) for loss in self.losses) or not after < before:
            raise RequestError(f"the loss must be finite and fall: {before} before, {after} after, steps {self.losses}")
        result = {"lossBefore": before, "lossAfter": after}
        if self.masks:
            kept = sum(int(torch.count_nonzero(weight)) for weight, _ in self.masks)
            allowed = sum(int(mask.sum()) for _, mask in self.masks)
            if kept > allowed:
                raise RequestError(f"{kept} nonzero weights where the masks allow {allowed}")
            result["density"] = kept / sum(weight.numel() for weight, _ in self.masks)
        return result


class Product:
    """A product of W [rows, cols] with X [cols, columns], or its sampled outer product; row-major, float32."""

    def __init__(self, case, p):
        torch.manual_seed(1)
        rows, cols, columns = p["rows"], p["cols"], p["columns"]
        self.case = case
        dense = torch.rand(rows, cols) - 0.5
        self.x = torch.rand(cols, columns) - 0.5
        self.dy = torch.rand(rows, columns) - 0.5
        if case == "dense-product":
            self.w = dense
            multiplications = rows * cols
        else:
            dense *= torch.rand(rows, cols) < p["density"]
            self.w = csr(dense)
            multiplications = self.w.values().numel()
        self.dense = dense
        self.flops = 2 * multiplications * columns

    def run(self):
        if self.case == "csr-sampled":
            # beta 0: the values of W only say where to sample. X^T is passed as a view of the row-major X.
            self.y = torch.sparse.sampled_addmm(self.w, self.dy, self.x.t(), beta=0)
        else:
            self.y = self.w @ self.x

    def check(self):
        """Compare with the dense product in float64, within the rounding bound of a float32 dot product."""
        self.run()
        if self.case == "csr-sampled":
            where = self.dense != 0
            got, left, right, terms = self.y.to_dense(), self.dy, self.x.t(), self.x.shape[1]
        else:
            where = torch.ones((), dtype=torch.bool)
            got, left, right, terms = self.y, self.dense, self.x, self.w.shape[1]
        left, right = left.double(), right.double()
        expected = (left @ right) * where
        bound = (terms + 2) * 2.0**-24 * (left.abs() @ right.abs()) * where
        error = (got.double() - expected).abs()
        if not bool((error <= bound).all()):
            raise RequestError(f"{self.case} differs from float64 by up to {error.max().item()}")
        self.dense = None  # needed by the check alone
        return {"maxError": error.max().item(), "nnz": self.flops // (2 * self.x.shape[1])}


def csr(dense):
    """CSR with 32-bit indices, the width that MKL takes without converting."""
    sparse = dense.to_sparse_csr()
    return torch.sparse_csr_tensor(
        sparse.crow_indices().int(), sparse.col_indices().int(), sparse.values(), size=dense.shape
    )


def peak_rss_bytes():
    # Not ru_maxrss on Linux: a process inherits it over exec from the one that spawned it.
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def describe():
    return {
        "peer": "pytorch",
        "versions": {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()},
        "blas": "MKL" if torch.backends.mkl.is_available() else "other",
        "onednn": torch.backends.mkldnn.is_available(),
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        # What the libraries alone take: the PyPI wheel maps its unused GPU libraries too.
        "importRssBytes": peak_rss_bytes(),
        "cases": {case: {**COMMON, **defaults} for case, defaults in CASES.items()},
    }


def parameters_of(request):
    """The request's settings over the case's defaults; an unknown name or a value out of range is refused."""
    case = request.get("case")
    if case not in CASES:
        raise RequestError(f"case: expected one of {', '.join([*CASES, 'release'])}, got {case!r}")
    settings = {**COMMON, **CASES[case]}
    for name, value in request.items():
        if name in ("case", "id"):
            continue
        if name not in settings:
            raise RequestError(f"{case} has no setting {name!r}; it has {', '.join(settings)}")
        default = settings[name]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if isinstance(default, bool):
            fits, wanted = isinstance(value, bool), "true or false"
        elif name == "density":
            fits, wanted = number and 0 < value <= 1, "a number above 0 and up to 1"
        elif name.lower().endswith("dropout"):
            fits, wanted = number and 0 <= value < 1, "a number from 0 to below 1"
        elif isinstance(default, int):
            least = 0 if name == "warmup" else 1
            fits, wanted = number and isinstance(value, int) and value >= least, f"a whole number from {least}"
        else:
            fits, wanted = number and math.isfinite(value) and value >= 0, "a number from 0"
        if not fits:
            raise RequestError(f"{case}: {name} must be {wanted}, got {value!r}")
        settings[name] = value
    return case, settings


def serve(request, built):
    if not isinstance(request, dict):
        raise RequestError(f"a request is a JSON object, got {type(request).__name__}")
    if request.get("case") == "release":
        built.clear()
        return {"case": "release"}
    case, settings = parameters_of(request)
    threads, repeats, warmup = (settings.pop(name) for name in ("threads", "repeats", "warmup"))
    torch.set_num_threads(threads)
    key = json.dumps([case, settings], sort_keys=True)
    if key not in built:
        subject = TrainingStep(case, settings) if "-step" in case else Product(case, settings)
        built[key] = (subject, subject.check())
    subject, check = built[key]
    for _ in range(warmup):
        subject.run()
    ms = []
    for _ in range(repeats):
        start = time.perf_counter()
        subject.run()
        ms.append((time.perf_counter() - start) * 1e3)
    reply = {"case": case, "threads": threads, **settings, "ms": ms, "flops": subject.flops}
    return {**reply, "gflops": subject.flops / min(ms) / 1e6, "check": check, "peakRssBytes": peak_rss_bytes()}


def main():
    # Libraries that print must not break the protocol: stdout is ours alone, theirs goes to stderr.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def write(reply):
        out.write(json.dumps(reply) + "\n")
        out.flush()

    write(describe())
    built = {}
    for line in sys.stdin:
        if not line.strip():
            continue
        request = None
        try:
            request = json.loads(line)
            reply = serve(request, built)
        except (RequestError, json.JSONDecodeError, MemoryError, RuntimeError) as error:
            reply = {"error": f"{error}" or type(error).__name__}
        if isinstance(request, dict) and "id" in request:
            reply = {"id": request["id"], **reply}
        write(reply)


if __name__ == "__main__":
    main()
