"""How figures stand in a document: three digits, the interval behind, tables in GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOTHING = "–"
NOT_MEASURED = "Not measured for this version yet."

FIGURES = {
    "dice": "Dice",
    "median_dice": "median Dice",
    "iou": "IoU",
    "missed": "lesions missed (Dice below 0.1)",
    "false_lesions_on_normals": "normal scans with a false lesion",
    "auc": "AUC",
    "specificity_at_sensitivity_95": "specificity at a sensitivity of 0.95, threshold from these scans",
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "precision": "precision",
    "brier": "Brier score",
    "ece": "calibration error (ECE)",
    "ece_if_calibrated": "ECE of a perfectly calibrated network on as many scans",
}
"""What a figure is called, in the order of the tables."""

DOUBT = {
    "verdict_accuracy": "verdicts that are right",
    "verdict_accuracy_surest_80": "of the surest 80 %",
    "doubt_auroc": "AUROC of the doubt for a wrong verdict",
    "uncertain": "verdicts called uncertain",
    "verdict_accuracy_certain": "right where not called uncertain",
    "verdict_accuracy_uncertain": "right where called uncertain",
}

AT_THE_POINT = ("accuracy", "sensitivity", "specificity", "precision")

_DATASETS = {"busi": "BUSI", "bus-bra": "BUS-BRA", "pooled": "together"}


def name_of(dataset: str) -> str:
    """Return what a data set is called in documents."""
    return _DATASETS.get(dataset, dataset)


def shown(figure: Mapping[str, Any] | None) -> str:
    """Return a figure with its interval, ``"0.884 (0.867–0.899)"``; of an interval without width the number of scans, ``"1.000 of 25"``.

    Where anything is negative, a difference, the interval is told with "to".
    """
    if figure is None or figure.get("value") is None:
        return NOTHING
    value, low, high = figure["value"], figure.get("low"), figure.get("high")
    if low is None or high is None:
        return digits(value)
    if low == high and "scans" in figure:
        return f"{digits(value)} of {figure['scans']}"
    between = " to " if min(value, low) < 0 else "–"
    return f"{digits(value)} ({digits(low)}{between}{digits(high)})"


def digits(value: float) -> str:
    """Return a number with three digits and a minus that is one; never "−0.000"."""
    return f"{value:.3f}".replace("-0.000", "0.000").replace("-", "−")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of GitHub's Markdown; a bar in a cell stays a bar."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def counted(number: int, one: str, several: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else several}"


def paragraphs(*parts: str) -> str:
    """Join what is there with empty lines between."""
    return "\n\n".join(part for part in parts if part)
