"""The blocks about a version itself: what it is, its data, its figures, its operating points, calibration and doubt, and who looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.measuring.evaluation import POOLED
from models.reporting.sources import Json, Sources
from models.reporting.words import AT_THE_POINT, DOUBT, FIGURES, NOT_MEASURED, counted, name_of, paragraphs, shown, table

_SPLITS = {"training": "training", "validation": "validation", "held-out": "held out"}


def version(sources: Sources) -> str:
    """Say which version the document is about."""
    manifest = sources.manifest
    networks = ", ".join(f"`{network['name']}` ({network['sha256'][:8]})" for network in sources.networks)
    return f"Version **{manifest['version']}** of the networks, made on {manifest['created']}: {networks}. Trained on {manifest['trained_on']}."


def data(sources: Sources) -> str:
    """Return how many scans of each data set and class the splits hold."""
    splits = sources.manifest["data"]
    datasets = sorted({name.rpartition("/")[0] for counts in splits.values() for name in counts})
    labels = ("benign", "malignant", "normal")
    rows = [
        [f"{name_of(dataset)}, {title}", *(str(splits.get(split, {}).get(f"{dataset}/{label}", 0)) for label in labels)]
        for dataset in datasets
        for split, title in _SPLITS.items()
    ]
    return table(["scans", *labels], rows)


def summary(sources: Sources) -> str:
    """Return the figures of the manifest that say most, by data set."""
    names = ("dice", "missed", "false_lesions_on_normals", "auc", "specificity_at_sensitivity_95", "brier", "ece", "ece_if_calibrated")
    metrics = sources.manifest["metrics"].get("held-out", {}).get("metrics")
    return by_dataset(metrics, names) if metrics else NOT_MEASURED


def held_out(sources: Sources) -> str:
    """Return every figure of the manifest on held-out scans, without the scans that the audit objects to."""
    metrics = sources.manifest["metrics"].get("held-out", {}).get("metrics")
    if not metrics:
        return NOT_MEASURED
    first = sources.manifest["operating_points"][0]
    said = ", ".join(AT_THE_POINT[:-1]) + f" and {AT_THE_POINT[-1]}"
    return paragraphs(
        by_dataset(metrics, FIGURES),
        f"{said.capitalize()} are those of the *{first['name']}* point, probability {first['threshold']:.3f}.",
    )


def with_objections(sources: Sources) -> str:
    """Return the figures with the scans that the audit objects to, of the data sets where they make a difference."""
    split = sources.manifest["metrics"].get("held-out", {})
    changed = {name: figures for name, figures in split.get("metrics_with_objections", {}).items() if figures != split["metrics"].get(name)}
    names = ("dice", "missed", "false_lesions_on_normals", "auc", "sensitivity", "specificity")
    return by_dataset(changed, names) if changed else NOT_MEASURED


def on_validation(sources: Sources) -> str:
    """Return the same on the validation scans, where everything was chosen."""
    metrics = sources.manifest["metrics"].get("validation", {}).get("metrics")
    return (
        by_dataset(metrics, ("dice", "missed", "false_lesions_on_normals", "auc", "sensitivity", "specificity", "ece")) if metrics else NOT_MEASURED
    )


def operating_points(sources: Sources) -> str:
    """Say of each operating point in words what it finds and what it costs."""
    return "\n".join(_point_in_words(point) for point in sources.manifest["operating_points"])


def verdicts(sources: Sources) -> str:
    """Return accuracy, sensitivity, specificity and precision at each operating point and data set."""
    evaluation = sources.evaluation
    if evaluation is None:
        return NOT_MEASURED
    rows = [
        [f"{point['name']}, from {point['threshold']:.3f}", name_of(dataset), *(shown(figures.get(name)) for name in AT_THE_POINT)]
        for point in evaluation["operating_points"]
        for dataset, figures in evaluation["at"][point["name"]].items()
    ]
    return paragraphs(scans_of(evaluation), table(["point", "data", *AT_THE_POINT], rows))


def calibration(sources: Sources) -> str:
    """Say how far the stated probabilities are from what was observed, and how far a perfect network's would be."""
    evaluation = sources.evaluation
    if evaluation is None or POOLED not in evaluation["metrics"]:
        return NOT_MEASURED
    pooled = evaluation["metrics"][POOLED]
    rows = [
        [f"{row['low']:.1f}–{row['high']:.1f}", str(row["lesions"]), f"{row['stated']:.3f}", f"{row['observed']:.3f}"]
        for row in evaluation["curves"][POOLED]["reliability"]
    ]
    return paragraphs(
        f"{scans_of(evaluation)} {_calibration_in_words(pooled)}",
        by_dataset(evaluation["metrics"], ("brier", "ece", "ece_if_calibrated")),
        table(["probability", "found lesions", "mean probability", "share that is malignant"], rows),
    )


def doubt(sources: Sources) -> str:
    """Say what the rule of doubt is worth at each operating point."""
    evaluation = sources.evaluation
    if evaluation is None:
        return NOT_MEASURED
    pooled = {name: by_dataset[POOLED] for name, by_dataset in evaluation["at"].items()}
    points = [name for name, figures in pooled.items() if "doubt_auroc" in figures]
    if not points:
        return "This version has no rule of doubt: none of its verdicts is called uncertain."
    rows = [[title, *(shown(pooled[point].get(name)) for point in points)] for name, title in DOUBT.items()]
    return paragraphs(scans_of(evaluation), table(["verdicts on found lesions", *(f"at the {point} point" for point in points)], rows))


def looks(sources: Sources) -> str:
    """Return the log of looks at held-out scans."""
    if not sources.looks:
        return "The log of looks at held-out scans has no line yet."
    rows = [[look.at.replace("T", " ").replace("Z", " UTC"), f"`{look.command}`", look.version, str(look.scans)] for look in sources.looks]
    times = counted(len(rows), "look", "looks")
    return paragraphs(f"{times} at held-out scans since they are logged:", table(["when", "command", "version", "scans"], rows))


def scans_of(evaluation: Json) -> str:
    """Say on which scans something was measured, and what that means."""
    number = sum(group["counts"][label] for group in evaluation["by"]["dataset"] for label in ("benign", "malignant", "normal"))
    scans = counted(number, "scan", "scans")
    if evaluation["split"] == "held-out":
        return f"On {scans} that were held out."
    if evaluation["split"] == "validation":
        return f"On {scans} of validation, where thresholds and calibration were chosen: what is measured there is kinder than it should be."
    return f"On {scans} of all splits, most of which the networks learned from: what is measured there says little."


def by_dataset(metrics: Mapping[str, Json], names: Sequence[str] | Mapping[str, Any]) -> str:
    """Return figures by their names, a column for each data set; what is known of none is left out."""
    datasets = list(metrics)
    rows = [[FIGURES[name], *(shown(metrics[d].get(name)) for d in datasets)] for name in names]
    counts = ["scans with a lesion", *(str(metrics[d]["dice"]["scans"]) for d in datasets)]
    return table(["", *(name_of(d) for d in datasets)], [counts, *(row for row in rows if set(row[1:]) != {"–"})])


def _point_in_words(point: Json) -> str:
    found, spared = (f"{100 * point[name]:.0f}{_interval_in_hundred(point.get(f'{name}_interval'))}" for name in ("sensitivity", "specificity"))
    return (
        f"* **{point['name']}**, from a probability of {point['threshold']:.3f}: of 100 malignant lesions {found} are called malignant, "
        f"of 100 benign ones {spared} are called benign ({point['measured_on']})."
    )


def _interval_in_hundred(interval: Sequence[float] | None) -> str:
    return f" ({100 * interval[0]:.0f}–{100 * interval[1]:.0f})" if interval else ""


def _calibration_in_words(figures: Json) -> str:
    error, floor = figures["ece"], figures["ece_if_calibrated"]
    if error["value"] is None or floor["value"] is None:
        return "Too few lesions were found to say more."
    judged = "no more than chance brings about" if error["value"] <= floor["high"] else "**more than chance brings about**"
    return (
        f"Stated and observed frequency differ by {error['value']:.3f} on average, {judged}: perfectly calibrated probabilities would differ by "
        f"{floor['value']:.3f} ({floor['low']:.3f}–{floor['high']:.3f}) on as many lesions."
    )
