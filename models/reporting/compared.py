"""The block about other systems: what they reach when groups are kept together, and what the same figures become when they leak."""

from __future__ import annotations

from collections.abc import Mapping

from models.measuring.evaluation import POOLED
from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, NOTHING, digits, name_of, paragraphs, shown, table

_PROTOCOLS = {"grouped": "Grouped", "leaky": "Leaky"}
_FIGURES = {
    "accuracy": "accuracy",
    "sensitivity": "malignant recall",
    "specificity": "specificity",
    "precision": "precision",
    "auc": "AUC",
    "dice": "Dice",
}


def comparison(sources: Sources) -> str:
    """Return the compared systems, with groups kept together and torn apart side by side, then each with its intervals."""
    measure = sources.measures.get("compare")
    protocols = {name: measure[name] for name in _PROTOCOLS if name in measure} if measure is not None else {}
    if not protocols:
        return NOT_MEASURED
    side_by_side = _side_by_side(protocols) if len(protocols) > 1 else ""
    return paragraphs(side_by_side, *(_with_intervals(_PROTOCOLS[name], report) for name, report in protocols.items()))


def _side_by_side(protocols: Mapping[str, Json]) -> str:
    titles = {system: each["title"] for report in protocols.values() for system, each in report["systems"].items()}
    header = ["system", *(f"{title}, {name}" for title in _FIGURES.values() for name in protocols)]
    rows = [
        [title, *(_value(report["systems"].get(system), figure) for figure in _FIGURES for report in protocols.values())]
        for system, title in titles.items()
    ]
    return table(header, rows)


def _with_intervals(title: str, report: Json) -> str:
    rows = [
        [each["title"], each["start"], *(shown(each["metrics"][POOLED].get(figure)) for figure in _FIGURES)] for each in report["systems"].values()
    ]
    return paragraphs(
        f"**{title}: {report['protocol']}.** {_settings(report)}",
        f"**{report['warning']}**" if "warning" in report else "",
        table(["system", "start", *_FIGURES.values()], rows),
        _differences(report.get("differences", {})),
    )


def _settings(report: Json) -> str:
    scans = " + ".join(f"{number} {name_of(kind.rpartition('/')[0])} {kind.rpartition('/')[2]}" for kind, number in report["scans"].items())
    folds = f"{len(report['folds_tested'])} of {report['folds']} folds, " if "folds" in report else ""
    leaks = report.get("leaks")
    said = f"Scans: {scans}; {folds}{report['size_px']} px, {report['epochs']} epochs, seed {report['seed']}, threshold {report['threshold']}."
    if leaks is None:
        return said
    return (
        f"{said} Of {leaks['tested']} tested pictures {leaks['with_a_copy_in_training']} have a copy in training, "
        f"{leaks['with_their_group_in_training']} one of the same lesion."
    )


def _differences(differences: Json) -> str:
    if not differences:
        return ""
    return "\n".join(f"* AUC, {pair}: {shown(by_dataset.get(POOLED))}" for pair, by_dataset in differences.items())


def _value(system: Json | None, figure: str) -> str:
    found = system["metrics"][POOLED].get(figure) if system is not None else None
    return NOTHING if found is None or found["value"] is None else digits(found["value"])
