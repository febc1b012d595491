"""How fast and in how much memory a network learns by LiteRT and NumPy, and by Keras on TensorFlow.

Both ways take the steps of a retraining on the same synthetic scans, by turns, each time in a process of its own: so what each takes in memory is its
alone, and the time to the first step counts loading and, where there is any, compiling. After the same steps both must have the same loss.

    python benchmarks/bench_learning.py [--rounds 3] [--steps 10] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from figures import add_out, write_figures

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

WAYS = ("litert", "tensorflow")
MOST_APART = 1e-3
"""Of the losses after all steps, relative."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--network", type=int, default=0, help=argparse.SUPPRESS)
    add_out(parser)
    options = parser.parse_args()
    if options.way is not None:
        options.out.write_text(json.dumps(learn(options.way, options.network, options.steps)))
        return
    figures = {
        name: compared(number, options.rounds, options.steps) for number, name in enumerate(("segmenter", "classifier-scan", "classifier-lesion"))
    }
    write_figures(options.out, figures)


def compared(network: int, rounds: int, steps: int) -> dict[str, dict[str, list[float]]]:
    """Return the figures of each way, a list with one of each round, for one network of the shipped version."""
    told: dict[str, dict[str, list[float]]] = {way: {} for way in WAYS}
    for _ in range(rounds):
        losses = []
        for way in WAYS:
            answer = run(way, network, steps)
            losses.append(answer.pop("loss"))
            for name, value in answer.items():
                told[way].setdefault(name, []).append(value)
        if abs(losses[0] - losses[1]) > MOST_APART * abs(losses[1]):
            raise SystemExit(f"the losses are {losses}: both ways should take the same steps")
    for way in WAYS:
        print(f"{network}  {way:12}", "  ".join(f"{name} {median(values):.3g}" for name, values in told[way].items()))
    return told


def run(way: str, network: int, steps: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, __file__, "--way", way, "--network", str(network), "--steps", str(steps), "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{way}: {done.stderr[-2000:]}")
        answer: dict[str, float] = json.loads(out.read_text())
        return answer


def learn(way: str, network: int, steps: int) -> dict[str, float]:
    began = time.perf_counter()
    from busi_gui import paths
    from models.weights import read_manifest

    file = read_manifest(paths.weights_dir()).networks[network]
    weights = paths.weights_dir() / file.file
    learner: Any
    if way == "litert":
        from models.retraining.lite_learner import LiteLearner

        learner = LiteLearner.of(file, weights)
    else:
        from models.retraining.keras_learner import KerasLearner

        learner = KerasLearner.of(file, weights)
    learner.begin(steps + 1, 2e-5)
    lesson = lessons(learner.size, is_classifier=bool(file.view))
    learner.learn(*lesson)
    first_s = time.perf_counter() - began
    seconds, loss = [], 0.0
    for _ in range(steps):
        start = time.perf_counter()
        loss = learner.learn(*lesson)
        seconds.append(time.perf_counter() - start)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"first_s": first_s, "step_s": median(seconds), "peak_mb": peak_mb, "loss": loss}


def lessons(size: int, *, is_classifier: bool) -> tuple[Any, Any]:
    """Return a batch of synthetic scans and its truth."""
    import numpy as np

    from busi_gui.domain.synthetic import synthetic_scan
    from models.retraining.learner import BATCH

    made = [synthetic_scan(seed, "malignant" if seed % 2 else "benign", (size, size)) for seed in range(BATCH)]
    scans = np.array([pixels for pixels, _ in made], np.float32)[..., np.newaxis]
    if is_classifier:
        return np.repeat(scans, 3, -1), np.array([[seed % 2, -1] for seed in range(BATCH)], np.float32)
    return scans, np.array([mask for _, mask in made], np.float32)[..., np.newaxis]


if __name__ == "__main__":
    main()
