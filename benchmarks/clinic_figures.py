"""From the results of the simulation of clinics to its figures: each piece, all clinics together, what it costs, and what was wished beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from clinic_pieces import BEFORE, SIZES, Json, Piece

from models.measuring.figures import MISSED_BELOW, auc
from models.measuring.resampling import Floats, Places, group_draws, with_interval

Done = Mapping[Piece, Json]

LEAST_RISES = {20: 0.03, 50: 0.05}
"""Dice by which proposals from so many corrections must rise on unseen patients."""
MOST_LOST = 0.01
"""Dice that a proposal may lose on the base hold-out."""
MEASURED_COST, MOST_MINUTES, MOST_GB = 20, 15, 4


def measure_of(pieces: Sequence[Piece], done: Done, recipe: Json, resamples: int) -> Json:
    """Return what is written: what was planned and done, a row for each piece, and the summary."""
    together = {part: [_together(part, size, done, resamples) for size in sizes] for part, sizes in SIZES.items()}
    summary: Json = {part: [row for row in rows if row["clinics"]] for part, rows in together.items()}
    summary |= {part: _poisons(part, done) for part in ("poisoned", "halves")}
    summary["cost"] = _cost(done)
    summary["targets"] = _targets(summary)
    parts = list(dict.fromkeys(piece.part for piece in pieces if piece.part != BEFORE))
    return {
        **recipe,
        "pieces": {part: {"planned": sum(p.part == part for p in pieces), "done": sum(p.part == part for p in done)} for part in parts},
        "resamples": resamples,
        "rows": [_row(piece, result, done, resamples) for piece, result in done.items() if piece.part != BEFORE],
        "summary": summary,
    }


def compared(old: Sequence[Json], new: Sequence[Json], resamples: int, seed: int = 0) -> Json:
    """Return mean Dice, share of missed lesions and AUC of both on the same scans, and by how much each changes, with paired intervals over groups.

    Each is a mapping of ``old``, ``new`` and ``change``, the last with ``value``, ``low``, ``high`` and ``scans``.
    """
    draws = group_draws([row["group"] for row in old], resamples, seed)
    is_lesion = np.array([row["dice"] is not None for row in old], np.bool_)
    is_malignant = np.array([row["label"] == "malignant" for row in old], np.bool_)

    def figure(values: Callable[[Json], float], statistic: Callable[[Floats, Places], float]) -> Json:
        sides = [np.array([values(row) for row in rows], np.float64) for rows in (old, new)]

        def of(side: Floats, places: Places) -> float:
            chosen = places[is_lesion[places]]
            return statistic(side, chosen) if chosen.size else float("nan")

        everything = np.arange(len(old))
        values_of = [round(value, 4) if np.isfinite(value := of(side, everything)) else None for side in sides]
        change = with_interval(lambda places: of(sides[1], places) - of(sides[0], places), len(old), draws)
        return {"old": values_of[0], "new": values_of[1], "change": change}

    def mean(side: Floats, places: Places) -> float:
        return float(side[places].mean())

    return {
        "dice": figure(lambda row: row["dice"] or 0.0, mean),
        "missed": figure(lambda row: (row["dice"] or 0.0) < MISSED_BELOW, mean),
        "auc": figure(lambda row: row["score"], lambda side, places: auc(side[places], is_malignant[places])),
    }


def _row(piece: Piece, result: Json, done: Done, resamples: int) -> Json:
    row = {name: value for name, value in result.items() if name not in ("unseen", "hold_out", "curve", "comparison")}
    if piece.part in SIZES:
        row |= compared(*_answers(piece, result, done), resamples)
    return row | {"base": _base_change(piece, result, done)}


def _answers(piece: Piece, result: Json, done: Done) -> tuple[list[Json], list[Json]]:
    """Return what old and new networks said of the unseen scans; where nothing was fitted the old ones stay."""
    old = done[Piece(BEFORE, piece.seed)]["unseen"]
    new = result.get("unseen") or old
    if [row["key"] for row in old] != [row["key"] for row in new]:
        raise ValueError(f"{piece.name} was measured on other scans than what there was before")
    return old, new


def _base_change(piece: Piece, result: Json, done: Done) -> dict[str, float | None]:
    """Return by how much Dice and AUC changed on the base hold-out; 0 where nothing was fitted."""
    if not result["fitted"]:
        return {"dice": 0.0, "auc": 0.0}
    if "hold_out" in result:
        both = compared(done[Piece(BEFORE, piece.seed)]["hold_out"], result["hold_out"], 1)
        return {name: _less(both[name]["new"], both[name]["old"]) for name in ("dice", "auc")}
    figures = result["comparison"]["base"]["figures"]
    return {name: figures[name]["difference"] for name in ("dice", "auc")}


def _less(new: float | None, old: float | None) -> float | None:
    return None if new is None or old is None else round(new - old, 4)


def _together(part: str, size: int, done: Done, resamples: int) -> Json:
    """Return the figures of one size over all clinics: their unseen patients together, each clinic's as other people."""
    found = [(piece, result) for piece, result in done.items() if (piece.part, piece.cases) == (part, size)]
    row: Json = {"cases": size, "clinics": len(found), "fitted": sum(result["fitted"] for _, result in found)}
    if not found:
        return row
    sides = [_apart(piece, _answers(piece, result, done)) for piece, result in found]
    old, new = ([line for side in sides for line in side[which]] for which in (0, 1))
    row |= compared(old, new, resamples)
    if part != "naive":  # nobody judges that
        may = [result["may_adopt"] for _, result in found]
        adopted = [line for side, is_adopted in zip(sides, may, strict=True) for line in side[is_adopted]]
        row["shares"] = [result["shares"] for _, result in found if result["fitted"]]
        row |= {"may_adopt": sum(may), "dice_if_adopted": compared(old, adopted, resamples)["dice"]["change"]}
    base = [_base_change(piece, result, done) for piece, result in found]
    return row | {f"lowest_base_{name}": _lowest(each[name] for each in base) for name in ("dice", "auc")}


def _apart(piece: Piece, answers: Sequence[Sequence[Json]]) -> list[list[Json]]:
    """Return the answers with patients who are none of another clinic's."""
    return [[{**line, "group": f"{piece.seed} {line['group']}"} for line in side] for side in answers]


def _lowest(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _poisons(part: str, done: Done) -> Json:
    results = [result for piece, result in done.items() if piece.part == part]
    rows = []
    for poison in dict.fromkeys(result["poison"] for result in results):
        of_kind = [result for result in results if result["poison"] == poison]
        fitted = [result for result in of_kind if result["fitted"]]
        rows.append(
            {
                "poison": poison,
                "clinics": len(of_kind),
                "stopped": len(of_kind) - len(fitted),
                "refused": sum(not result["may_adopt"] for result in fitted),
                "adopted": sum(result["may_adopt"] for result in fitted),
                "harm": _harms(fitted),
            }
        )
    return {"clinics": len(results), "adopted": sum(row["adopted"] for row in rows), "rows": rows}


def _harms(fitted: Sequence[Json]) -> list[Json]:
    """Return what adopting would have changed on the clinic's unseen patients."""
    return [
        {**{name: figure["difference"] for name, figure in result["harm"]["figures"].items()}, "shares": result["shares"]}
        for result in fitted
        if result.get("harm")
    ]


def _cost(done: Done) -> Json:
    """Return what fits took that ran in one go, and the straight line through their seconds."""
    fits = [result for piece, result in done.items() if piece.part == "learning" and result["fitted"] and not result["resumed"]]
    rows = [{name: fit[name] for name in ("seed", "cases", "seconds", "cpu_seconds", "peak_mb", "load")} for fit in fits]
    return {"rows": rows, **{name: line_through([row["cases"] for row in rows], [row[name] for row in rows]) for name in ("seconds", "cpu_seconds")}}


def line_through(x: Sequence[float], y: Sequence[float]) -> dict[str, float] | None:
    """Return the straight line of least squares: ``a_case``, ``at_none`` and ``r2``; None below three different places."""
    if len(set(x)) < 3:
        return None
    slope, start = np.polyfit(x, y, 1)
    left = float(np.sum((np.array(y) - slope * np.array(x) - start) ** 2))
    whole = float(np.sum((np.array(y) - np.mean(y)) ** 2))
    return {"a_case": round(float(slope), 2), "at_none": round(float(start), 1), "r2": round(1 - left / whole, 4) if whole else 1.0}


def _targets(summary: Json) -> list[Json]:
    """Return what was wished beforehand, what came of it, and whether that is enough; None where it was not measured."""
    learning = {row["cases"]: row for row in summary["learning"]}
    targets = []
    for cases, least in LEAST_RISES.items():
        rise = learning[cases]["dice"]["change"]["value"] if cases in learning else None
        targets.append(_target(f"Dice on unseen patients rises by {least} with {cases} corrections", rise, rise is not None and rise >= least))
    lowest = _lowest(row["lowest_base_dice"] for row in learning.values())
    is_kept = lowest is not None and lowest >= -MOST_LOST
    targets.append(_target(f"Dice on the base hold-out never falls by more than {MOST_LOST}", lowest, is_kept))
    poisoned = summary["poisoned"]
    adopted = poisoned["adopted"] if poisoned["clinics"] else None
    targets.append({**_target("No poisoned clinic's proposal may be adopted", adopted, adopted == 0), "of": poisoned["clinics"]})
    costs = [row for row in summary["cost"]["rows"] if row["cases"] == MEASURED_COST]
    for what, name, unit, most in (("minutes", "seconds", 60, MOST_MINUTES), ("GB", "peak_mb", 1024, MOST_GB)):
        worst = max((round(row[name] / unit, 2) for row in costs), default=None)
        targets.append(_target(f"{MEASURED_COST} corrections take at most {most} {what}", worst, worst is not None and worst <= most))
    return targets


def _target(wish: str, value: float | None, is_met: bool) -> Json:
    return {"wish": wish, "value": value, "is_met": None if value is None else is_met}
