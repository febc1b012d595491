"""The block about whom the networks fail."""

from __future__ import annotations

from collections.abc import Sequence

from models.reporting.sections import scans_of
from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, name_of, paragraphs, shown, table

_ATTRIBUTES = {
    "size": "By size: the diameter of a disc as large as the annotated lesion, in pixels of the network grid (the scan's longer side has 256)",
    "histology": "By histology, those with at least 10 lesions",
    "birads": "By BI-RADS category, as the data set's reader gave it",
    "device": "By machine",
    "annotation": "By marks in the picture: callipers, text, pictograms, Doppler",
    "dataset": "By data set",
    "objection": "By what the audit objects to; these scans are in no other table",
}


def failures(sources: Sources) -> str:
    """Return a table for each attribute by which scans are told apart: counts, Dice, misses, verdicts at the first operating point, AUC."""
    evaluation = sources.evaluation
    if evaluation is None:
        return NOT_MEASURED
    point = evaluation["operating_points"][0]["name"]
    said = f"{scans_of(evaluation)} Sensitivity and specificity are those of the {point} point."
    parts = [
        f"**{title}**\n\n{groups_table(name, evaluation['by'][name], point)}" for name, title in _ATTRIBUTES.items() if evaluation["by"].get(name)
    ]
    return paragraphs(said, *parts)


def groups_table(attribute: str, groups: Sequence[Json], point: str) -> str:
    """Return a row for each group of scans that an attribute tells apart; verdicts are those at the named operating point."""
    has_normals = any(group["counts"]["normal"] for group in groups)
    header = ["", "benign", "malignant", *(["normal"] if has_normals else []), "lesions or patients"]
    header += ["Dice", "missed", *(["false lesion"] if has_normals else []), "sensitivity", "specificity", "AUC"]
    rows = []
    for group in groups:
        counts, figures, verdicts = group["counts"], group["figures"], group["at"][point]
        name = name_of(group["name"]) if attribute == "dataset" else group["name"]
        row = [name, *(str(counts[label]) for label in ("benign", "malignant", *(["normal"] if has_normals else []), "groups"))]
        row += [shown(figures["dice"]), shown(figures["missed"]), *([shown(figures["false_lesions_on_normals"])] if has_normals else [])]
        rows.append([*row, shown(verdicts["sensitivity"]), shown(verdicts["specificity"]), shown(figures["auc"])])
    return table(header, rows)
