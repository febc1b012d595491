"""Do lesions and answers hold when the same scan comes from another machine or archive? The whole pipeline, on changed pictures.

Lesions are compared with their annotation, which changes its size and side with the picture. A lesion is found where the Dice reaches 0.1, as in
`evaluate`. A probability is that of the most suspicious lesion; changes of it are those of scans on which something was found both times, while AUC
and verdicts count what was not found as called benign. "Marks removed" is measured on the scans in which the data set says that a measurement or text
is burned in; callipers are added to them, too.

    python benchmarks/picture_robustness.py DATASET [DATASET …] [--split held-out]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from measured import Measuring, shown
from tqdm import tqdm

from models.analysis import Mask
from models.datasets import Example
from models.measuring.altered import ALTERATIONS
from models.measuring.records import overlap
from models.measuring.resampling import Places, group_draws, with_interval
from models.measuring.robustness import auc_difference, auc_with_interval, change_of
from models.pipeline import Pipeline
from models.preprocessing import Pixels

LEAST_DICE = 0.1
REMOVED = "marks removed"


@dataclass(frozen=True)
class Answer:
    """What the pipeline made of one picture: NaN where there is no lesion to overlap with, or none was found."""

    dice: float
    probability: float

    @property
    def score(self) -> float:
        """The probability that counts: what was not found was not called malignant."""
        return 0.0 if np.isnan(self.probability) else self.probability


def main() -> None:
    measuring = Measuring("picture_robustness", argparse.ArgumentParser(description=__doc__))
    names = ["as it is", *ALTERATIONS]
    answers: dict[str, list[Answer]] = {name: [] for name in names}
    for example in tqdm(measuring.examples, unit="scan", disable=None):
        pixels, truth = example.read_pixels(), example.read_mask()
        for name in names:
            is_of_use = name != REMOVED or has_marks(example)
            picture, mask = ALTERATIONS[name](pixels, truth) if is_of_use and name in ALTERATIONS else (pixels, truth)
            answers[name].append(answered(measuring.pipeline, picture, mask) if is_of_use else answers["as it is"][-1])
    marked = [place for place, example in enumerate(measuring.examples) if has_marks(example)]
    rows = [row_of(name, measuring, answers, marked if name == REMOVED else range(len(measuring.examples))) for name in names]
    rows.append(row_of("as it is", measuring, answers, marked) | {"picture": "as it is, with marks"})
    summary = {
        "worst": {key: max(rows, key=lambda row, key=key: row[key]["value"] or 0)["picture"] for key in ("lost", "false_lesions_on_normals")}
        | {"p95": max(rows, key=lambda row: row["change"]["p95"]["value"])["picture"]},
        "auc_spread": round(max(row["auc_change"]["value"] for row in rows) - min(row["auc_change"]["value"] for row in rows), 4),
    }
    show(rows)
    measuring.write(rows, summary, scans_with_marks=len(marked), least_dice=LEAST_DICE)


def has_marks(example: Example) -> bool:
    return any(kind in example.annotation for kind in ("measurement", "text"))


def answered(pipeline: Pipeline, pixels: Pixels, truth: Mask) -> Answer:
    analysis = pipeline.analyse(pixels)
    found = np.zeros(truth.shape, np.bool_)
    for lesion in analysis.lesions:
        found |= lesion.mask
    p = analysis.p_malignant
    return Answer(overlap(found, truth)[0] if truth.any() else float("nan"), float("nan") if p is None else p)


def row_of(name: str, measuring: Measuring, answers: dict[str, list[Answer]], places: Sequence[int]) -> dict[str, Any]:
    """Compare one kind of picture with the scans as they are: on all lesions, and on the normal scans."""
    examples = [measuring.examples[place] for place in places]
    base, after = ([answers[key][place] for place in places] for key in ("as it is", name))
    options = measuring.options
    lesions = [n for n, example in enumerate(examples) if example.label != "normal"]
    draws = group_draws([examples[n].group for n in lesions], options.resamples, options.seed)
    dice = np.array([[base[n].dice, after[n].dice] for n in lesions])
    scores = np.array([[base[n].score, after[n].score] for n in lesions])
    probabilities = np.array([[base[n].probability, after[n].probability] for n in lesions])
    is_malignant = np.array([examples[n].label == "malignant" for n in lesions])
    is_found = dice >= LEAST_DICE

    def mean(values: Any) -> dict[str, Any]:
        return with_interval(lambda chosen: float(np.mean(values[chosen])), len(lesions), draws)

    change = change_of(probabilities[:, 1], probabilities[:, 0], measuring.thresholds, draws)
    change["flips"] = change_of(scores[:, 1], scores[:, 0], measuring.thresholds, draws)["flips"]
    return {
        "picture": name,
        "lesions": len(lesions),
        "dice": mean(dice[:, 1]),
        "dice_change": mean(dice[:, 1] - dice[:, 0]),
        "lost": mean(is_found[:, 0] & ~is_found[:, 1]),
        "newly_found": mean(~is_found[:, 0] & is_found[:, 1]),
        "false_lesions_on_normals": false_lesions(examples, after, options.resamples, options.seed),
        "auc": auc_with_interval(scores[:, 1], is_malignant, draws),
        "auc_change": auc_difference(scores[:, 1], scores[:, 0], is_malignant, draws),
        "change": change,
        "shift": {label: shift_of(probabilities, is_malignant == (label == "malignant"), draws) for label in ("benign", "malignant")},
    }


def shift_of(probabilities: Any, is_asked: Any, draws: Sequence[Places]) -> dict[str, Any]:
    """Return by how much the probability of one class's lesions rises on average: what moves all of them one way is not noise."""
    change = np.where(is_asked, probabilities[:, 1] - probabilities[:, 0], np.nan)

    def mean(places: Places) -> float:
        chosen = change[places][np.isfinite(change[places])]
        return float(chosen.mean()) if chosen.size else float("nan")

    return with_interval(mean, len(change), draws) | {"scans": int(np.count_nonzero(np.isfinite(change)))}


def false_lesions(examples: Sequence[Example], answers: Sequence[Answer], resamples: int, seed: int) -> dict[str, Any]:
    normals = [n for n, example in enumerate(examples) if example.label == "normal"]
    has_lesion = np.array([not np.isnan(answers[n].probability) for n in normals])

    def share(places: Places) -> float:
        return float(np.mean(has_lesion[places])) if normals else float("nan")

    return with_interval(share, len(normals), group_draws([examples[n].group for n in normals], resamples, seed))


def show(rows: Sequence[dict[str, Any]]) -> None:
    points = list(rows[0]["change"]["flips"])
    print(f"{rows[0]['lesions']} scans with lesions, {rows[0]['false_lesions_on_normals']['scans']} without; flips in % at {', '.join(points)};")
    print("shift: mean rise of the probability of benign and of malignant lesions")
    heads = ("Dice", "change of it", "lost", "found", "false", "AUC", "change of it", "median", "95th", "flips", "shift")
    print(f"{'picture':22}" + "".join(f"{head:>{width}}" for head, width in zip(heads, (8, 24, 7, 7, 7, 8, 24, 8, 8, 14, 16), strict=True)))
    for row in rows:
        plain = {key: "–" if row[key]["value"] is None else f"{row[key]['value']:.3f}" for key in ("lost", "newly_found", "false_lesions_on_normals")}
        shift = "–" if row["shift"]["benign"]["value"] is None else " ".join(f"{figure['value']:+.3f}" for figure in row["shift"].values())
        flips = " ".join(f"{100 * share['value']:5.1f}" for share in row["change"]["flips"].values())
        print(
            f"{row['picture']:22}{row['dice']['value']:8.3f}{shown(row['dice_change'], 24)}"
            + "".join(f"{value:>7}" for value in plain.values())
            + f"{row['auc']['value']:8.3f}{shown(row['auc_change'], 24)}"
            + f"{row['change']['median']['value']:8.3f}{row['change']['p95']['value']:8.3f}{flips:>14}{shift:>16}"
        )


if __name__ == "__main__":
    main()
