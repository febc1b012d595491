"""The blocks about whom the networks fail, what moves them, what they look at, and other systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from models.reporting.sections import scans_of
from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, NOTHING, name_of, paragraphs, shown, table

_ATTRIBUTES = {
    "size": "By size: the diameter of a disc as large as the annotated lesion, in pixels of the network grid (the scan's longer side has 256)",
    "histology": "By histology, those with at least 10 lesions",
    "birads": "By BI-RADS category, as the data set's reader gave it",
    "device": "By machine",
    "annotation": "By marks in the picture: callipers, text, pictograms, Doppler",
    "dataset": "By data set",
    "objection": "By what the audit objects to; these scans are in no other table",
}
_PROTOCOLS = ("grouped", "leaky")
_COMPARED = {"accuracy": "accuracy", "malignant_recall": "malignant recall", "auc": "AUC", "precision": "precision", "dice": "Dice"}


def failures(sources: Sources) -> str:
    """Return a table for each attribute by which scans are told apart: counts, Dice, misses, verdicts at the first operating point, AUC."""
    evaluation = sources.evaluation
    if evaluation is None:
        return NOT_MEASURED
    point = evaluation["operating_points"][0]["name"]
    said = f"{scans_of(evaluation)} Sensitivity and specificity are those of the {point} point."
    parts = [f"**{title}**\n\n{_groups(name, evaluation['by'][name], point)}" for name, title in _ATTRIBUTES.items() if evaluation["by"].get(name)]
    return paragraphs(said, *parts)


def robustness(sources: Sources) -> str:
    """Return what the diagnosis does when the outline is drawn in another way, and when the picture is another one."""
    outline = _measure(sources, "outline_robustness", "The same lesions, outlined in other ways", ("rows.from_annotated", "summary.each"))
    picture = _measure(sources, "picture_robustness", "The same scans, altered as machines, transport and marks alter them", ("summary.each",))
    return paragraphs(outline, picture)


def saliency(sources: Sources) -> str:
    """Return how faithful the saliency is to what moves the networks."""
    return _measure(sources, "saliency_fidelity", "What happens when what the saliency marks is taken away", ("summary.each",))


def comparison(sources: Sources) -> str:
    """Return the compared systems, with groups kept together and torn apart side by side, then each with its intervals."""
    measure = sources.measures.get("compare")
    if measure is None:
        return NOT_MEASURED
    protocols = {name: measure["protocols"][name]["rows"] for name in _PROTOCOLS if name in measure["protocols"]}
    settings = ", ".join(f"{_plain(name)} {_cell(value)}" for name, value in _leaves(measure.get("settings", {})))
    with_intervals = [
        paragraphs(
            f"**{_title_of(name)}, with intervals**",
            table(
                ["system", "start", *_COMPARED.values()],
                [[row["title"], row.get("init", ""), *(shown(row["figures"].get(figure)) for figure in _COMPARED)] for row in rows],
            ),
        )
        for name, rows in protocols.items()
    ]
    return paragraphs(_side_by_side(protocols), *with_intervals, f"Settings: {settings}." if settings else "")


def _groups(attribute: str, groups: Sequence[Json], point: str) -> str:
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


def _side_by_side(protocols: Mapping[str, Sequence[Json]]) -> str:
    by_system = {name: {(row["system"], row.get("init", "")): row for row in rows} for name, rows in protocols.items()}
    systems = {key: row for rows in by_system.values() for key, row in rows.items()}
    header = ["system", "start", *(f"{title}, {name}" for title in _COMPARED.values() for name in protocols)]
    rows = []
    for key, row in systems.items():
        figures = [by_system[name].get(key, {}).get("figures", {}).get(figure) for figure in _COMPARED for name in protocols]
        rows.append(
            [row["title"], row.get("init", ""), *(NOTHING if not each or each["value"] is None else f"{each['value']:.3f}" for each in figures)]
        )
    return table(header, rows)


def _title_of(protocol: str) -> str:
    titles = {"grouped": "Grouped: scans of one lesion or patient on one side", "leaky": "Leaky: flipped copies and twins on both sides"}
    return titles.get(protocol, protocol)


def _measure(sources: Sources, name: str, title: str, left_out: Sequence[str]) -> str:
    """Return the rows of a file of measures as a table, and its summary as a list, whatever figures they hold."""
    measure = sources.measures.get(name)
    if measure is None:
        return f"**{title}.** {NOT_MEASURED}"
    rows = [dict(_leaves(row, "rows", left_out)) for row in measure.get("rows", ())]
    header = list(dict.fromkeys(key for row in rows for key in row))
    said = [f"* {_plain(key)}: {_cell(value)}" for key, value in _leaves(measure.get("summary", {}), "summary", left_out)]
    return paragraphs(
        f"**{title}.** `{measure.get('command', name)}`; {_data_of(sources, measure)}",
        table([_plain(key) for key in header], [[_cell(row.get(key)) for key in header] for row in rows]) if rows else "",
        "\n".join(said),
    )


def _data_of(sources: Sources, measure: Json) -> str:
    data = measure.get("data")
    said = ", ".join(f"{_plain(key)} {_cell(value)}" for key, value in _leaves(data)) if isinstance(data, Mapping) else str(data)
    version = measure.get("networks", {}).get("version", "")
    whose = "" if sources.is_about_this(measure) else f" **These are figures of other weights{f', version {version}' if version else ''}.**"
    return f"{said}.{whose}"


def _leaves(part: Json, place: str = "", left_out: Sequence[str] = ()) -> Iterator[tuple[str, object]]:
    """Yield what a nested mapping holds, with the path to it; a figure with its interval is one leaf."""
    for key, value in part.items():
        path = f"{place}.{key}" if place else str(key)
        if path in left_out:
            continue
        if isinstance(value, Mapping) and "value" not in value:
            yield from _leaves(value, path, left_out)
        else:
            yield path, value


def _plain(path: str) -> str:
    return path.removeprefix("rows.").removeprefix("summary.").replace("_", " ").replace(".", ", ")


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return shown(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return ", ".join(_cell(each) for each in value)
    return NOTHING if value is None else str(value)
