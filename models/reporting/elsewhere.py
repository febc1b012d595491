"""The block about a clinic that networks have never seen: trained on one data set alone, measured on all of another."""

from __future__ import annotations

from models.reporting.failing import groups_table
from models.reporting.sections import by_dataset
from models.reporting.sources import Sources
from models.reporting.words import AT_THE_POINT, NOT_MEASURED, counted, digits, name_of, paragraphs, shown, table

MEASURE = "other-clinic"
"""What ``evaluate --split all`` wrote of networks that were trained on another data set alone."""
_FIGURES = ("dice", "median_dice", "missed", "auc", "specificity_at_sensitivity_95", "brier", "ece", "ece_if_calibrated")


def other_clinic(sources: Sources) -> str:
    """Return how networks do at a clinic from which they have learned nothing, also at the points that were chosen elsewhere, and by machine."""
    measure = sources.measures.get(MEASURE)
    if measure is None:
        return NOT_MEASURED
    metrics = {name: figures for name, figures in measure["metrics"].items() if name != "pooled"}
    scans = counted(sum(measure["scans"].values()), "scan", "scans")
    points = [
        [f"{point['name']}, from {digits(point['threshold'])}", *(shown(figures.get(name)) for name in AT_THE_POINT)]
        for point in measure["operating_points"]
        for name_of_set, figures in measure["at"][point["name"]].items()
        if name_of_set != "pooled"
    ]
    machines, point = measure["by"].get("device"), measure["operating_points"][0]["name"]
    return paragraphs(
        f"Version {measure['version']}, `{measure['command']}`: {scans}, none of which it has learned or been chosen from.",
        by_dataset(metrics, _FIGURES),
        table(["point, chosen at home", *AT_THE_POINT], points),
        f"By machine, verdicts at the {point} point:\n\n{groups_table('device', machines, point)}" if machines else "",
    )


def in_short(sources: Sources) -> str:
    """Say in two sentences what a change of clinic cost."""
    measure = sources.measures.get(MEASURE)
    if measure is None:
        return NOT_MEASURED
    (name, figures), *_ = ((name, figures) for name, figures in measure["metrics"].items() if name != "pooled")
    first = measure["operating_points"][0]
    there = measure["at"][first["name"]][name]
    return (
        f"Networks made in the same way from one hospital's scans alone had a Dice of {shown(figures['dice'])} and an AUC of "
        f"{shown(figures['auc'])} on {name_of(name)}, which they had never seen, and missed a share of {shown(figures['missed'])} of its lesions. "
        f"At the {first['name']} point that had been chosen at home sensitivity was {shown(there['sensitivity'])} there, specificity "
        f"{shown(there['specificity'])}."
    )
