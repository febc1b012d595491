"""Whether a fit by LiteRT is that of TensorFlow: one clinic's cases, both ways, compared along the way and at the end.

The shipped segmenter learns from a reader who draws wider than the annotators, at five times the rate of a retraining, so that much moves.

    python benchmarks/same_fit.py BUSI [--steps 150] [--out FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from figures import add_out, write_figures

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from busi_gui import paths
from models.datasets import read_datasets
from models.retraining.clinic import UNKNOWN, ClinicExample, ClinicLesion, clinic_example
from models.retraining.events import Event, Measured
from models.retraining.fitting import RATE, Material, fit_segmenter
from models.retraining.keras_learner import KerasLearner
from models.retraining.learner import Learner
from models.retraining.lite_learner import LiteLearner
from models.retraining.outlining import probabilities
from models.retraining.steps import Clock, Plan
from models.weights import read_manifest

LEARNED, HELD_OUT = 24, 8
WIDER_PX = 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of BUSI")
    parser.add_argument("--steps", type=int, default=150)
    add_out(parser)
    options = parser.parse_args()
    cases = wider(options.data)
    shipped, ways = answers_of(opened(LiteLearner), cases), {}
    for kind in (LiteLearner, KerasLearner):
        learner = opened(kind)
        curve = fitted(learner, cases, options.steps)
        ways[kind] = curve, answers_of(learner, cases)
        print(f"{kind.__name__}: Dice on held-out cases {', '.join(f'{dice:.4f} after {step}' for step, dice in curve)}", flush=True)
    (own, ours), (other, theirs) = ways.values()
    figures = {
        "steps": options.steps,
        "curves": [list(curve) for curve in (own, other)],
        "apart": float(np.mean([np.abs(a - b).mean() for a, b in zip(ours, theirs, strict=True)])),
        "most_apart": float(max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))),
        "moved": float(np.mean([np.abs(a - b).mean() for a, b in zip(shipped, theirs, strict=True)])),
    }
    print("probabilities of held-out cases: apart {apart:.2g} in the mean, {most_apart:.2g} at most; moved by the fit {moved:.2g}".format(**figures))
    write_figures(options.out, figures)


def wider(data: Path) -> list[ClinicExample]:
    """Return cases whose lesions are drawn wider than they are annotated, those to learn from first."""
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * WIDER_PX + 1, 2 * WIDER_PX + 1))
    cases = []
    for number, example in enumerate([e for e in read_datasets([data]) if e.label != "normal"][: LEARNED + HELD_OUT]):
        mask = cv2.dilate(example.read_mask().astype(np.uint8), element).astype(np.bool_)
        lesions = (ClinicLesion(mask, UNKNOWN),)
        cases.append(clinic_example(example.key, str(number), example.read_pixels(), lesions, "corrected", is_held_out=number >= LEARNED))
    return cases


def opened(kind: Any) -> Learner:
    file = read_manifest(paths.weights_dir()).segmenter
    learner: Learner = kind.of(file, paths.weights_dir() / file.file)
    return learner


def fitted(learner: Learner, cases: list[ClinicExample], steps: int) -> list[tuple[int, float]]:
    """Fit it and return its curve."""
    learned, held_out, curve = cases[:LEARNED], cases[LEARNED:], list[tuple[int, float]]()

    def tell(event: Event) -> None:
        if isinstance(event, Measured):
            curve.append((event.step, event.clinic))

    maps = [np.round(p * 255).astype(np.uint8) for p in probabilities(learner, learned, "", lambda _: None)]
    material = Material(learned, held_out, maps, None, read_manifest(paths.weights_dir()).lesion_rule)
    plan = Plan("segmenter", steps, max(1, steps // 3), 5 * RATE)
    with tempfile.TemporaryDirectory() as folder:
        fit_segmenter(learner, material, plan, Path(folder), Clock(tell, {"segmenter": steps}))
    return curve


def answers_of(learner: Learner, cases: list[ClinicExample]) -> list[np.ndarray]:
    return list(probabilities(learner, cases[LEARNED:], "", lambda _: None))


if __name__ == "__main__":
    main()
