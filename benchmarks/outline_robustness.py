"""Does the diagnosis depend on who drew the outline? The same lesions, diagnosed from differently drawn masks.

An AUC that is clearly higher on annotated masks than on the network's own would mean that the annotators' style leaks into the diagnosis. Taken are
lesions that the network found with a Dice of at least 0.5. Pixels are those of the network grid, so that they mean the same for scans of any size.

    python benchmarks/outline_robustness.py DATASET [DATASET …] [--split held-out]
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from measured import LEAST_DICE, Measuring, best_lesion, shown
from tqdm import tqdm

from models.datasets import Example
from models.measuring.resampling import group_draws
from models.measuring.robustness import MOST_AUC, auc_difference, auc_with_interval, change_of, pooled, redrawn, wishes
from models.pipeline import Pipeline
from models.preprocessing import Letterbox

Answers = dict[str, float]


def main() -> None:
    measuring = Measuring("outline_robustness", argparse.ArgumentParser(description=__doc__))
    found: list[tuple[Example, Answers]] = []
    for example in tqdm([e for e in measuring.examples if e.label != "normal"], unit="scan", disable=None):
        answers = answers_of(measuring.pipeline, example)
        if answers is not None:
            found.append((example, answers))
    draws = group_draws([example.group for example, _ in found], measuring.options.resamples, measuring.options.seed)
    is_malignant = np.array([example.label == "malignant" for example, _ in found])
    columns = {name: np.array([answers[name] for _, answers in found]) for name in found[0][1]}
    rows = [row_of(name, columns, is_malignant, draws, measuring.thresholds) for name in columns]
    summary = summary_of(rows, columns, measuring.thresholds)
    show(rows, summary, len(found))
    measuring.write(rows, summary, lesions=len(found), least_dice=LEAST_DICE, pixels="of the network grid")


def answers_of(pipeline: Pipeline, example: Example) -> Answers | None:
    """Return the probability from each way to draw the lesion, NaN where nothing is left of it; None where the network did not find it."""
    pixels, truth = example.read_pixels(), example.read_mask()
    found, dice = best_lesion(pipeline.analyse(pixels), truth)
    if found is None or dice < LEAST_DICE:
        return None
    px = 1 / Letterbox.around(pixels).scale
    masks = {"network": found.mask, "annotated": truth}
    drawn = masks | {f"{source}, {way}": mask for source, of in masks.items() for way, mask in redrawn(of, px).items()}
    return {name: pipeline.diagnose(pixels, mask).p_malignant if mask.any() else float("nan") for name, mask in drawn.items()}


def row_of(name: str, columns: dict[str, Any], is_malignant: Any, draws: Any, thresholds: dict[str, float]) -> dict[str, Any]:
    answers, network, annotated = columns[name], columns["network"], columns["annotated"]
    return {
        "outline": name,
        "left_out": int(np.count_nonzero(np.isnan(answers))),
        "auc": auc_with_interval(answers, is_malignant, draws),
        "auc_less_network": auc_difference(answers, network, is_malignant, draws),
        "from_network": change_of(answers, network, thresholds, draws),
        "from_annotated": change_of(answers, annotated, thresholds, draws),
    }


def summary_of(rows: list[dict[str, Any]], columns: dict[str, Any], thresholds: dict[str, float]) -> dict[str, Any]:
    """Judge each way to draw by how far it lies from the network's mask, and from the mask that it was made from, and all of them together."""
    together = {}
    for source in ("network", "annotated"):
        others = [name for name in columns if name.startswith(f"{source}, ")]
        together[f"drawn from the {source} mask, against it"] = pooled([(columns[name], columns[source]) for name in others], thresholds)
    everything = [name for name in columns if name != "network"]
    together["all, against the network mask"] = pooled([(columns[name], columns["network"]) for name in everything], thresholds)
    aucs = [row["auc"]["value"] for row in rows]
    leak = next(row["auc_less_network"]["value"] for row in rows if row["outline"] == "annotated")
    return {
        "together": {name: change | {"holds": wishes(change)} for name, change in together.items()},
        "each": {
            row["outline"]: {
                "against the network mask": wishes(row["from_network"]),
                "against the mask it was made from": wishes(row["from_annotated" if row["outline"].startswith("annotated") else "from_network"]),
                "auc": abs(row["auc_less_network"]["value"]) <= MOST_AUC,
            }
            for row in rows
        },
        "auc_spread": round(max(aucs) - min(aucs), 4),
        "holds": {"auc_spread": max(aucs) - min(aucs) <= MOST_AUC, "no leak": leak <= MOST_AUC},
        "annotated_less_network": leak,
    }


def show(rows: list[dict[str, Any]], summary: dict[str, Any], lesions: int) -> None:
    points = list(rows[0]["from_network"]["flips"])
    print(f"{lesions} lesions that the network found with a Dice of at least {LEAST_DICE}; flips in % at {', '.join(points)}")
    print(f"{'':26}{'':22}{'AUC less':>24}   {'against the network mask':^34} {'against the annotated mask':^34}")
    print(f"{'outline':26}{'AUC':>22}{'network':>24}   {'median':>8}{'95th':>8}{'flips':>18} {'median':>8}{'95th':>8}{'flips':>18}")
    for row in rows:
        parts = [moves(row[key]) for key in ("from_network", "from_annotated")]
        print(f"{row['outline']:26}{shown(row['auc'])}{shown(row['auc_less_network'], 24)}   {parts[0]} {parts[1]}")
    for name, change in summary["together"].items():
        missed = [wish for wish, holds in change["holds"].items() if not holds]
        flips = ", ".join(f"{100 * share:.1f} %" for share in change["flips"].values())
        said = f"missed: {', '.join(missed)}" if missed else "holds"
        print(f"{name}: median {change['median']:.3f}, 95th {change['p95']:.3f}, flips {flips}; {said}")
    for name, each in summary["each"].items():
        missed = [wish for wish, holds in (each["against the network mask"] | {"auc": each["auc"]}).items() if not holds]
        own = [wish for wish, holds in each["against the mask it was made from"].items() if not holds]
        print(f"  {name:26} missed against the network mask: {', '.join(missed) or 'nothing'}; against its own: {', '.join(own) or 'nothing'}")
    spread, leak = summary["auc_spread"], summary["annotated_less_network"]
    print(f"AUC: from lowest to highest {spread:.3f}; annotated less network {leak:+.3f}; {summary['holds']}")


def moves(change: dict[str, Any]) -> str:
    flips = " ".join(f"{100 * share['value']:5.1f}" for share in change["flips"].values())
    return f"{change['median']['value']:8.3f}{change['p95']['value']:8.3f}{flips:>18}"


if __name__ == "__main__":
    main()
