"""ROC, reliability, Dice and failure by size as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from models.measuring.evaluation import POOLED
from models.reporting.drawing import COLOURS, INK, Picture
from models.reporting.sections import scans_of
from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, name_of, paragraphs

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plots(sources: Sources) -> str:
    """Return the block that shows the pictures."""
    evaluation = sources.evaluation
    if evaluation is None:
        return NOT_MEASURED
    return paragraphs(scans_of(evaluation), *(picture.in_a_document for picture in PICTURES))


def _datasets(evaluation: Json) -> Mapping[str, Json]:
    """Return the curves of each data set, without those of all together where there is but one."""
    curves: Mapping[str, Json] = evaluation["curves"]
    return {name: each for name, each in curves.items() if name != POOLED or len(curves) > 2}


def _roc(axes: Axes, evaluation: Json) -> None:
    for colour, (name, curves) in zip(COLOURS, _datasets(evaluation).items(), strict=False):
        if not curves["roc"]:
            continue
        auc = evaluation["metrics"][name]["auc"]["value"]
        axes.plot(*_columns(curves["roc"]), color=colour, linewidth=1.4, label=f"{name_of(name)}, AUC {auc:.3f}")
    for marker, point in zip("osv^", evaluation["operating_points"], strict=False):
        at = evaluation["at"][point["name"]][POOLED]
        place = [1 - (at["specificity"]["value"] or 0)], [at["sensitivity"]["value"] or 0]
        axes.plot(*place, marker, color=INK, markersize=5, linestyle="none", label=f"{point['name']} point")
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=":")
    axes.set(xlabel="1 − specificity", ylabel="sensitivity", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), title="ROC")
    axes.legend(frameon=False, loc="lower right")


def _reliability(axes: Axes, evaluation: Json) -> None:
    for colour, (name, curves) in zip(COLOURS, _datasets(evaluation).items(), strict=False):
        rows = curves["reliability"]
        stated, observed = ([row[key] for row in rows] for key in ("stated", "observed"))
        axes.plot(stated, observed, color=colour, linewidth=0.8, alpha=0.6)
        axes.scatter(stated, observed, [4 + row["lesions"] for row in rows], color=colour, alpha=0.7, linewidths=0, label=name_of(name))
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=":")
    axes.set(xlabel="stated probability", ylabel="share that is malignant", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title="Reliability")
    axes.legend(frameon=False, loc="upper left")


def _dice(axes: Axes, evaluation: Json) -> None:
    below = None
    curves = {name: each for name, each in evaluation["curves"].items() if name != POOLED}
    for colour, (name, each) in zip(COLOURS, curves.items(), strict=False):
        edges, counts = each["dice"]["edges"], each["dice"]["counts"]
        widths = [high - low for low, high in pairwise(edges)]
        axes.bar(edges[:-1], counts, widths, below, align="edge", color=colour, edgecolor="white", linewidth=0.4, label=name_of(name))
        below = [a + b for a, b in zip(below or [0] * len(counts), counts, strict=True)]
    axes.set(xlabel="Dice", ylabel="lesions", xlim=(0, 1), title="Dice of lesions")
    axes.legend(frameon=False, loc="upper left")


def _size(axes: Axes, evaluation: Json) -> None:
    groups = evaluation["by"].get("size") or []
    point = evaluation["operating_points"][0]["name"]
    shown = {
        "missed": [group["figures"]["missed"] for group in groups],
        f"malignant, not called so at the {point} point": [_other(group["at"][point]["sensitivity"]) for group in groups],
        f"benign, called malignant at the {point} point": [_other(group["at"][point]["specificity"]) for group in groups],
    }
    for place, (colour, (label, figures)) in enumerate(zip(COLOURS, shown.items(), strict=False)):
        there = [(x + 0.22 * (place - 1), figure) for x, figure in enumerate(figures) if figure["value"] is not None]
        values = [figure["value"] for _, figure in there]
        errors = [[max(f["value"] - f["low"], 0) for _, f in there], [max(f["high"] - f["value"], 0) for _, f in there]]
        axes.errorbar([x for x, _ in there], values, errors, fmt="o", color=colour, markersize=4, linewidth=1, capsize=2, label=label)
    names = [f"{group['name']}\n{group['counts']['benign']} + {group['counts']['malignant']}" for group in groups]
    axes.set_xticks(range(len(groups)), names, fontsize=7)
    axes.set(xlabel="diameter on the network grid; benign + malignant", ylabel="share", ylim=(-0.02, 1.4), title="Failures by size")
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.legend(frameon=False, loc="upper left", fontsize=7)


def _other(figure: Json) -> dict[str, Any]:
    """Return the figure of the opposite share."""
    if figure["value"] is None:
        return dict(figure)
    return {"value": 1 - figure["value"], "low": 1 - figure["high"], "high": 1 - figure["low"]}


def _columns(points: list[list[float]]) -> tuple[list[float], list[float]]:
    return [point[0] for point in points], [point[1] for point in points]


def _evaluation(sources: Sources) -> Json | None:
    return sources.evaluation


def _parts(evaluation: Json) -> list[Any]:
    return [*(evaluation[part] for part in ("curves", "metrics", "at", "operating_points")), evaluation["by"].get("size")]


PICTURES = (
    Picture("roc", "ROC of each data set with the operating points", _evaluation, _parts, _roc),
    Picture("reliability", "Stated probability against the share of malignant lesions", _evaluation, _parts, _reliability),
    Picture("dice", "Histogram of the Dice of lesions", _evaluation, _parts, _dice),
    Picture("size", "Shares of missed lesions and wrong verdicts by size", _evaluation, _parts, _size),
)
"""Of an evaluation."""
