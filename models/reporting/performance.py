"""The blocks about how fast the program is: targets, figures, and whether they are met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, NOTHING, counted, paragraphs, table

FILE = "performance"

Figure = Callable[[Mapping[str, Any]], float | None]
"""Takes what a part has measured; None, KeyError: it has not measured that."""


@dataclass(frozen=True)
class _Row:
    """A line of a table.

    Attributes
    ----------
    part
        Which benchmark measures it, by its name in the file.
    limit
        What is wanted, in the figure's unit; None: told for comparison.
    is_least
        The limit is the least that is wanted, not the most.
    shape
        How the figure stands in the table, such as ``"{:.2f} s"``.
    """

    what: str
    part: str
    figure: Figure
    limit: float | None
    shape: str
    is_least: bool = False

    @property
    def target(self) -> str:
        """The limit in words."""
        return NOTHING if self.limit is None else f"{'≥' if self.is_least else '≤'} {self.shape.format(self.limit)}"


def _middle(*path: str) -> Figure:
    return lambda figures: median(_at(figures, path))


def _most(*path: str) -> Figure:
    return lambda figures: max(_at(figures, path))


def _single(*path: str) -> Figure:
    return lambda figures: float(_at(figures, path))


def _times(slower: str, faster: str) -> Figure:
    return lambda figures: median(figures[slower]) / median(figures[faster])


def _learning(network: str, name: str) -> Figure:
    return lambda figures: median(figures[network]["litert"][name]) / median(figures[network]["tensorflow"][name])


def _at(figures: Any, path: Sequence[str]) -> Any:
    for key in path:
        figures = figures[key]
    return figures


def _stall_of_list(figures: Mapping[str, Any]) -> float:
    return max(float(figures[way]["gap_ms"]) for way in ("alone", "scrolled"))


def _growth(figures: Mapping[str, Any]) -> float | None:
    """Return by how much the peak of memory grew after the first hundred scans, as a ratio."""
    peaks = [peak for _, peak in sorted((int(scans), peak) for scans, peak in figures["peak_mib"].items())]
    return peaks[-1] / peaks[0] if len(peaks) > 1 else None


def _continued(figures: Mapping[str, Any]) -> float:
    """Return the share of records that a killed run and its second start left as one run would have, none of them made twice."""
    return figures["same_records"] / figures["of"] if figures["untouched"] == figures["killed_after"] else 0.0


_START = "Start to a usable window"
_DIAGNOSIS = "Start with a scan to its diagnosis"
_STALL = "Longest stall of the window"
_ONCE = "Warm, segmented, classified and explained once"
_WHOLE = "Warm, the program's whole analysis"

_TARGETS = (
    _Row(f"{_START}, from source", "start", _middle("source", "window_s"), 0.8, "{:.2f} s"),
    _Row(f"{_START}, built program", "built", _middle("built", "window_s"), 1.2, "{:.2f} s"),
    _Row(f"{_DIAGNOSIS}, from source", "start", _middle("source", "diagnosis_s"), 2.0, "{:.2f} s"),
    _Row(f"{_DIAGNOSIS}, built program", "built", _middle("built", "diagnosis_s"), 3.0, "{:.2f} s"),
    _Row(
        "The same from source with TensorFlow in the window's process",
        "tensorflow",
        lambda figures: median(figures["diagnosis_ms"]) / 1000,
        None,
        "{:.2f} s",
    ),
    _Row(f"{_STALL} while scans are analysed", "window", _most("gap_ms"), 50, "{:.0f} ms"),
    _Row(f"{_STALL} while a retraining runs", "retraining", _most("gap_ms"), 50, "{:.0f} ms"),
    _Row(f"{_STALL} with 5,000 scans in the list", "cases", _stall_of_list, 50, "{:.0f} ms"),
    _Row(f"{_ONCE}, its time by that of ONNX Runtime", "analysis", _times("single_ms", "onnx_single_ms"), 1.1, "{:.2f}"),
    _Row(f"{_ONCE}, times faster than the reference's way", "analysis", _times("reference_ms", "single_ms"), 20, "{:.1f}", is_least=True),
    _Row(_ONCE, "analysis", _middle("single_ms"), None, "{:.0f} ms"),
    _Row(f"{_WHOLE}, its time by that of ONNX Runtime", "analysis", _times("whole_ms", "onnx_whole_ms"), 1.1, "{:.2f}"),
    _Row(f"{_WHOLE}, times faster than the reference's way", "analysis", _times("reference_ms", "whole_ms"), None, "{:.1f}"),
    _Row(_WHOLE, "analysis", _middle("whole_ms"), None, "{:.0f} ms"),
    _Row("Batch over 1,000 scans, its rate by that of the networks alone", "batch", _single("ratio"), 0.9, "{:.2f}", is_least=True),
    _Row("Batch, its peak of memory by that after 100 scans", "batch", _growth, 1.05, "{:.2f}"),
    _Row("Batch that was killed and started again, records as of one run", "batch", _continued, 1.0, "{:.0%}", is_least=True),
    _Row("A step of a retraining, segmenter, its time by that of TensorFlow", "learning", _learning("segmenter", "step_s"), None, "{:.2f}"),
    _Row("The same, a classifier", "learning", _learning("classifier-scan", "step_s"), None, "{:.2f}"),
    _Row("Retraining's segmenter, until its first step is taken", "learning", _middle("segmenter", "litert", "first_s"), None, "{:.1f} s"),
    _Row("The same with TensorFlow", "learning", _middle("segmenter", "tensorflow", "first_s"), None, "{:.1f} s"),
    _Row("Memory of a retraining's segmenter by that with TensorFlow", "learning", _learning("segmenter", "peak_mb"), None, "{:.2f}"),
    _Row("Memory of the window's process with a scan open, from source (PSS)", "start", _middle("source", "window_pss_mb"), 350, "{:.0f} MB"),
    _Row("Memory of the window's process with a scan open, built (PSS)", "built", _middle("built", "window_pss_mb"), 350, "{:.0f} MB"),
    _Row("Memory of its helper processes (PSS)", "start", _middle("source", "helpers_pss_mb"), None, "{:.0f} MB"),
)

_SMALL, _LARGE = "1024 x 768", "4096 x 3072"
_HANDS = (
    _Row(f"Brush, a move and its repaint, {_SMALL}, median", "brush", _single(_SMALL, "moves_ms"), 4, "{:.1f} ms"),
    _Row(f"Brush, the same, 99 % below, {_SMALL}", "brush", _single(_SMALL, "moves_p99_ms"), 12, "{:.1f} ms"),
    _Row(f"Brush, a move and its repaint, {_LARGE}, median", "brush", _single(_LARGE, "moves_ms"), 8, "{:.1f} ms"),
    _Row(f"Brush, the same, 99 % below, {_LARGE}", "brush", _single(_LARGE, "moves_p99_ms"), 24, "{:.1f} ms"),
    _Row(f"Brush while the networks analyse, {_SMALL}, median", "brush", _single(_SMALL, "busy_ms"), 4, "{:.1f} ms"),
    _Row(f"A picture of the whole mask at each move instead, {_SMALL}, times slower", "brush", _single(_SMALL, "naive_ratio"), None, "{:.1f}"),
    _Row(f"Undo to the finished repaint, 99 % below, {_SMALL}", "brush", _single(_SMALL, "undo_p99_ms"), 10, "{:.1f} ms"),
    _Row(f"Undo to the finished repaint, 99 % below, {_LARGE}", "brush", _single(_LARGE, "undo_p99_ms"), 10, "{:.1f} ms"),
    _Row(f"History of 500 strokes, {_LARGE}", "brush", _single(_LARGE, "history_mb"), 30, "{:.1f} MB"),
    _Row("A stroke's diagnosis on screen, at rest, 95 % below", "rediagnosis", _single("at_rest", "p95_ms"), None, "{:.0f} ms"),
    _Row("A stroke's diagnosis while the scan is analysed, 95 % below", "rediagnosis", _single("analysing", "p95_ms"), None, "{:.0f} ms"),
    _Row("Cine of 300 frames, time to the first frame", "cine", _single("session", "first_ms"), 300, "{:.0f} ms"),
    _Row(
        "The same, times sooner than with all decoded at opening",
        "cine",
        lambda figures: figures["whole"]["first_ms"] / figures["session"]["first_ms"],
        None,
        "{:.1f}",
    ),
    _Row("Cine, scrolling through all frames", "cine", _single("session", "scroll_fps"), 30, "{:.0f} / s", is_least=True),
    _Row("Cine, peak of memory, window with networks", "cine", _single("window", "peak"), 400, "{:.0f} MB"),
    _Row("Cine, all frames analysed", "cine", _single("window", "analysed_fps"), None, "{:.1f} / s"),
    _Row("List of 5,000 scans, thumbnails made", "cases", _single("scrolled", "thumbnails_per_s"), None, "{:.0f} / s"),
    _Row("List of 5,000 scans, a filter or an order until it is drawn, longest", "cases", _most("wishes_ms"), None, "{:.0f} ms"),
)


def performance(sources: Sources) -> str:
    """Return targets, figures, and whether they are met, with the machine, the dates and the versions; then what missed its target, plainly."""
    measure = sources.measures.get(FILE)
    if measure is None:
        return NOT_MEASURED
    missed = [row.what for row in (*_TARGETS, *_HANDS) if _is_met(row, _value(row, measure)) is False]
    said = f"**Missed: {'; '.join(missed)}.**" if missed else "No figure that was measured misses its target."
    return paragraphs(_about(sources, measure), _table(_TARGETS, measure), said, _unmeasured(measure))


def hands(sources: Sources) -> str:
    """Return what a reader waits for under his hands: brush, undo, cine and list."""
    measure = sources.measures.get(FILE)
    return NOT_MEASURED if measure is None else _table(_HANDS, measure)


def _table(rows: Sequence[_Row], measure: Json) -> str:
    return table(["what", "target", "figure", "met"], [_cells(row, _value(row, measure)) for row in rows])


def _cells(row: _Row, value: float | None) -> list[str]:
    if value is None:
        return [row.what, row.target, "not measured", NOTHING]
    met = _is_met(row, value)
    return [row.what, row.target, row.shape.format(value), NOTHING if met is None else "yes" if met else "**no**"]


def _value(row: _Row, measure: Json) -> float | None:
    try:
        return row.figure(measure["parts"][row.part]["figures"])
    except KeyError:
        return None


def _is_met(row: _Row, value: float | None) -> bool | None:
    if value is None or row.limit is None:
        return None
    return value >= row.limit if row.is_least else value <= row.limit


def _about(sources: Sources, measure: Json) -> str:
    machine, parts = measure["machine"], [part for part in measure["parts"].values() if "figures" in part]
    dates = sorted({part["measured"] for part in parts})
    loads = [part["load"] for part in parts if part.get("load") is not None]
    when = NOTHING if not dates else dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    memory = f", {machine['memory_gb']} GB of memory" if machine.get("memory_gb") else ""
    whose = "" if sources.is_about_this(measure) else " **These are figures of other weights.**"
    return (
        f"`{measure['command']}`, {when}, version {measure['program']} of the program and {measure['networks']['version']} of the networks.{whose} "
        f"{counted(machine['cores'], 'core', 'cores')} of {machine['processor']}{memory}, {machine['system']}, Python {machine['python']}, "
        f"Qt on {machine['screen']}."
        + (f" Before each part the load of the machine was {min(loads):.1f} to {max(loads):.1f}: above 1 others were at work too." if loads else "")
    )


def _unmeasured(measure: Json) -> str:
    return "\n".join(f"* Not measured: {name}, for {part['problem']}." for name, part in measure["parts"].items() if "problem" in part)
