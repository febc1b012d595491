"""The block about learning from a clinic: simulated clinics before and after, what is commonly done instead, poisoned ones, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.reporting.drawing import COLOURS, INK, Picture
from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, NOTHING, counted, digits, paragraphs, shown, table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLINICS = "BUS-BRA"
"""Data set of which the clinics are made, as a version names what it was trained on."""

_LEARNED = {
    "learning": "**Outlines alone.** Change on unseen patients",
    "outcomes": "**Outlines and outcomes.** Change on unseen patients",
    "naive": "**What is commonly done,** a chain of fits to all corrections so far. Change on unseen patients",
}
_POISONED = {
    "poisoned": "**Poisoned clinics:** all cases are spoiled, or as many as is said",
    "halves": "**Half poisoned:** half of the cases, drawn at random, are spoiled",
}


def clinic(sources: Sources) -> str:
    """Return what simulated clinics gain and lose, by corrections, with the picture and what was wished beforehand."""
    measure = _measure(sources)
    if measure is None:
        return NOT_MEASURED
    summary = measure["summary"]
    return paragraphs(
        _data(measure),
        _targets(summary["targets"]),
        PICTURE.in_a_document,
        *(_changes(_LEARNED[part], summary[part]) for part in _LEARNED),
        *(_poisons(_POISONED[part], summary[part]) for part in _POISONED),
        _cost(summary["cost"]),
    )


def _measure(sources: Sources) -> Json | None:
    return sources.measures.get("clinic")


def _data(measure: Json) -> str:
    machines = list(dict.fromkeys(row["device"] for row in measure["rows"]))
    pieces = {name: each for name, each in measure["pieces"].items() if each["done"] < each["planned"]}
    missing = ", ".join(f"{name} {each['done']} of {each['planned']}" for name, each in pieces.items())
    return (
        f"`{measure['command']}`: networks {measure['networks']['version']}, trained on {measure['trained_on']}. Clinics of "
        f"{' and '.join(machines) or 'no machine yet'}, each with {measure['unseen']} unseen patients; replay pack: {measure['pack']['about']}."
        + (f" **The networks have learned from {_CLINICS} before: no patient of it is unseen.**" if _CLINICS in measure["trained_on"] else "")
        + (f" **Not all that was planned is done:** {missing}." if missing else "")
    )


def _targets(targets: Sequence[Json]) -> str:
    answers = {True: "yes", False: "**no**", None: NOTHING}
    cells = [[row["wish"], _number(row["value"]) + (f" of {row['of']}" if row.get("of") else ""), answers[row["is_met"]]] for row in targets]
    return table(["wished beforehand", "measured", "reached"], cells)


def _number(value: float | None) -> str:
    return NOTHING if value is None else str(value) if isinstance(value, int) else digits(value)


def _changes(title: str, rows: Sequence[Json]) -> str:
    if not rows:
        return f"{title}: {NOT_MEASURED}"
    header = [
        "corrections",
        "clinics",
        "fitted",
        "taken over: outlines",
        "classifiers",
        "may be adopted",
        "Dice before",
        "Dice",
        "Dice if those are adopted",
        "missed",
        "AUC before",
        "AUC",
    ]
    header += ["base hold-out, least Dice", "least AUC"]
    return paragraphs(f"{title}:", table(header, [_cells(row) for row in rows]))


def _cells(row: Json) -> list[str]:
    counts = [str(row[name]) for name in ("cases", "clinics", "fitted")]
    judged = [*(_shares(row.get("shares", ()), name) for name in ("segmenter", "classifier-lesion")), str(row.get("may_adopt", NOTHING))]
    dice, area = row["dice"], row["auc"]
    changes = [_number(dice["old"]), _change(dice["change"]), _change(row.get("dice_if_adopted")), _change(row["missed"]["change"])]
    return [
        *counts,
        *judged,
        *changes,
        _number(area["old"]),
        _change(area["change"]),
        _number(row["lowest_base_dice"]),
        _number(row["lowest_base_auc"]),
    ]


def _shares(shares: Sequence[Mapping[str, float]], network: str) -> str:
    return ", ".join(f"{each.get(network, 0.0):g}" for each in shares) or NOTHING


def _change(change: Json | None) -> str:
    """Return a change with its interval; where nothing changes at all an interval would say nothing."""
    if change is not None and change["value"] == change["low"] == change["high"] == 0:
        return digits(0.0)
    return shown(change)


def _poisons(title: str, poisoned: Json) -> str:
    if not poisoned["clinics"]:
        return ""
    header = ["what was approved", "clinics", "stopped before the fit", "refused after it", "may be adopted"]
    cells = [[row["poison"], *(str(row[name]) for name in ("clinics", "stopped", "refused", "adopted"))] for row in poisoned["rows"]]
    return paragraphs(f"{title}. {poisoned['adopted']} of {poisoned['clinics']} may be adopted:", table(header, cells), _harms(poisoned["rows"]))


def _harms(rows: Sequence[Json]) -> str:
    return "\n".join(
        f"* {row['poison']}, adopted: on unseen patients of the clinic Dice changes by {_number(harm['dice'])}, the AUC by {_number(harm['auc'])}; "
        f"taken over of what was learned: {', '.join(f'{name} {share:.0%}' for name, share in harm['shares'].items())}"
        for row in rows
        for harm in row["harm"]
    )


def _cost(cost: Json) -> str:
    if not cost["rows"]:
        return ""
    header = ["corrections", "seconds", "seconds of a core", "MB at most", "load of the machine before"]
    cells = [[str(row[name]) for name in ("cases", "seconds", "cpu_seconds", "peak_mb", "load")] for row in cost["rows"]]
    said = [_line(cost[name], what) for name, what in (("seconds", "Seconds"), ("cpu_seconds", "Seconds of a core"))]
    count = counted(len(cost["rows"]), "fit", "fits")
    return paragraphs(
        f"**Cost** of examining, fitting, comparing and judging, {count}:", table(header, cells), " ".join(each for each in said if each)
    )


def _line(line: Mapping[str, Any] | None, what: str) -> str:
    if line is None:
        return ""
    return f"{what}: {line['at_none']:.0f}, and {line['a_case']:.1f} for each correction (R² {line['r2']:.3f})."


def _draw(axes: Axes, measure: Json) -> None:
    series = {"learning": "a proposal", "naive": "a chain of fits, as commonly done"}
    for colour, (part, label) in zip(COLOURS, series.items(), strict=False):
        rows = measure["summary"][part]
        if not rows:
            continue
        cases, changes = [0, *(row["cases"] for row in rows)], [row["dice"]["change"] for row in rows]
        axes.plot(cases, [0, *(change["value"] for change in changes)], "o-", color=colour, linewidth=1.4, markersize=4, label=label)
        low, high = ([0, *(change[side] for change in changes)] for side in ("low", "high"))
        axes.fill_between(cases, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.6, linestyle=":")
    axes.set(xlabel="corrections", ylabel="change of Dice on unseen patients", title="Learning from a clinic")
    axes.legend(frameon=False, loc="best")


PICTURE = Picture(
    "clinic",
    "Change of Dice on unseen patients against corrections, with 95 % intervals",
    _measure,
    lambda measure: [[[row["cases"], row["dice"]["change"]] for row in measure["summary"][part]] for part in ("learning", "naive")],
    _draw,
)
