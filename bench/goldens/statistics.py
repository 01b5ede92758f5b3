"""Golden values of the report's statistics, by SciPy: writes packages/report/src/tables/statistics.golden.json.

    python3 -m venv .venv && .venv/bin/pip install scipy && .venv/bin/python bench/goldens/statistics.py
"""
import json
import pathlib

import numpy as np
from scipy import stats

OUT = pathlib.Path(__file__).parents[2] / "packages/report/src/tables/statistics.golden.json"

rng = np.random.default_rng(1)
cases = []
for n in (2, 3, 4, 5, 8, 10):
    for shift in (0.0, 0.5, 3.0):
        differences = np.round(rng.normal(shift, 1.0, n), 6)
        mean = float(differences.mean())
        deviation = float(differences.std(ddof=1))
        low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=deviation / np.sqrt(n))
        # One sample whose signs are flipped: the paired test of differences. All 2^n patterns.
        test = stats.permutation_test(
            (differences,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
        )
        cases.append(
            {
                "differences": differences.tolist(),
                "mean": mean,
                "deviation": deviation,
                "interval": float(high - low) / 2,
                "signFlipP": float(test.pvalue),
            }
        )
OUT.write_text(json.dumps(cases, indent=2) + "\n")
