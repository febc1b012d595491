"""ROC, reliability, Dice and failure by size as pictures, the same bytes from the same figures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.measuring.evaluation import POOLED
from models.reporting.sections import scans_of
from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, name_of, paragraphs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#1b6ca8", "#c4591f", "#3a7d44", "#7b4b94")
_INK = "#404040"
_DRAWING = 1
"""To be raised when the same figures are to be drawn in another way: pictures that lie there are drawn anew then."""

_DIGEST = re.compile(r"Drawn from figures ([0-9a-f]{16})")


def plots(sources: Sources) -> str:
    """Return the block that shows the pictures."""
    evaluation = sources.evaluation
    if evaluation is None:
        return NOT_MEASURED
    return paragraphs(scans_of(evaluation), *(f"![{text}](figures/{name}.svg)" for name, (text, _) in _PLOTS.items()))


def plot_names() -> list[str]:
    """Return the file names of all plots."""
    return [f"{name}.svg" for name in _PLOTS]


def draw_all(evaluation: Json, folder: Path) -> list[Path]:
    """Draw every plot of an evaluation into a folder, and return their paths. What is up to date is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in _PLOTS:
        path = folder / f"{name}.svg"
        if not is_up_to_date(evaluation, path):
            path.write_bytes(drawn(evaluation, name))
        paths.append(path)
    return paths


def is_up_to_date(evaluation: Json, path: Path) -> bool:
    """Whether a picture was drawn from these figures; how matplotlib draws may differ from version to version."""
    found = _DIGEST.search(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found is not None and found[1] == _digest(evaluation, path.stem)


def drawn(evaluation: Json, name: str) -> bytes:
    """Return a plot as SVG. The digest of its figures stands in its description, and no date."""
    import matplotlib as mpl  # when something is drawn: nothing else needs it
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {"svg.hashsalt": "busi-gui", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9, "axes.edgecolor": _INK}
    with mpl.rc_context(style):
        figure = Figure(figsize=(5.2, 3.6), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        _PLOTS[name][1](axes, evaluation)
        out = BytesIO()
        description = f"Drawn from figures {_digest(evaluation, name)}"
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": name, "Description": description})
    return out.getvalue()


def _digest(evaluation: Json, name: str) -> str:
    """Return a hash of the figures that the plots are drawn from."""
    parts = ("curves", "metrics", "at", "operating_points")
    content = json.dumps([_DRAWING, name, *(evaluation[part] for part in parts), evaluation["by"].get("size")], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _datasets(evaluation: Json) -> Mapping[str, Json]:
    """Return the curves of each data set, without those of all together where there is but one."""
    curves: Mapping[str, Json] = evaluation["curves"]
    return {name: each for name, each in curves.items() if name != POOLED or len(curves) > 2}


def _roc(axes: Axes, evaluation: Json) -> None:
    for colour, (name, curves) in zip(_COLOURS, _datasets(evaluation).items(), strict=False):
        if not curves["roc"]:
            continue
        auc = evaluation["metrics"][name]["auc"]["value"]
        axes.plot(*_columns(curves["roc"]), color=colour, linewidth=1.4, label=f"{name_of(name)}, AUC {auc:.3f}")
    for marker, point in zip("osv^", evaluation["operating_points"], strict=False):
        at = evaluation["at"][point["name"]][POOLED]
        place = [1 - (at["specificity"]["value"] or 0)], [at["sensitivity"]["value"] or 0]
        axes.plot(*place, marker, color=_INK, markersize=5, linestyle="none", label=f"{point['name']} point")
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.6, linestyle=":")
    axes.set(xlabel="1 − specificity", ylabel="sensitivity", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), title="ROC")
    axes.legend(frameon=False, loc="lower right")


def _reliability(axes: Axes, evaluation: Json) -> None:
    for colour, (name, curves) in zip(_COLOURS, _datasets(evaluation).items(), strict=False):
        rows = curves["reliability"]
        stated, observed = ([row[key] for row in rows] for key in ("stated", "observed"))
        axes.plot(stated, observed, color=colour, linewidth=0.8, alpha=0.6)
        axes.scatter(stated, observed, [4 + row["lesions"] for row in rows], color=colour, alpha=0.7, linewidths=0, label=name_of(name))
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.6, linestyle=":")
    axes.set(xlabel="stated probability", ylabel="share that is malignant", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title="Reliability")
    axes.legend(frameon=False, loc="upper left")


def _dice(axes: Axes, evaluation: Json) -> None:
    below = None
    curves = {name: each for name, each in evaluation["curves"].items() if name != POOLED}
    for colour, (name, each) in zip(_COLOURS, curves.items(), strict=False):
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
    for place, (colour, (label, figures)) in enumerate(zip(_COLOURS, shown.items(), strict=False)):
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


_PLOTS: dict[str, tuple[str, Callable[[Axes, Json], None]]] = {
    "roc": ("ROC of each data set with the operating points", _roc),
    "reliability": ("Stated probability against the share of malignant lesions", _reliability),
    "dice": ("Histogram of the Dice of lesions", _dice),
    "size": ("Shares of missed lesions and wrong verdicts by size", _size),
}
