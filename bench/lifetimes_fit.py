"""Fit times of the `lifetimes` package on a file of histories: `python lifetimes_fit.py ROWS TIMES`.

Runs alone, with a Python that has the package, and prints one JSON line: seconds of each fit by model, and what was
found.
"""

import json
import sys
import time
import warnings

import pandas as pd
from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter

MODELS = {"bg": BetaGeoFitter, "mbg": ModifiedBetaGeoFitter}


def fitted(path: str, times: int) -> dict:
    rows = pd.read_csv(path)
    found = {}
    for name, model in MODELS.items():
        seconds = []
        for _turn in range(times):
            begun = time.process_time()
            fitter = model(penalizer_coef=0.0)
            fitter.fit(rows["x"], rows["t_x"], rows["T"])
            seconds.append(time.process_time() - begun)
        found[name] = {"seconds": seconds, "parameters": dict(fitter.params_)}
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(fitted(sys.argv[1], int(sys.argv[2]))))
