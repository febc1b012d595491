"""The result of an analysis as files: a record in JSON and pictures. Each says that it is not for clinical use."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import Case, Lesion
from busi_gui.io.errors import ReadError, WriteError
from busi_gui.io.scans import SUFFIXES, read_scan, scans_in
from models.analysis import Analysis
from models.preprocessing import resample

NOTICE = "Not for clinical use; for research only."
_OUTLINE_COLOURS = ((0, 159, 230), (233, 180, 86), (115, 158, 0))  # Okabe-Ito orange, sky blue, bluish green, as OpenCV's BGR
_LEAST_WIDTH = 640


class Analyser(Protocol):
    """What is asked of a pipeline; ``models.pipeline.Pipeline`` has it."""

    def analyse(self, pixels: npt.NDArray[np.uint8]) -> Analysis:
        """Analyse a scan, uint8 (rows, columns)."""


@dataclass(frozen=True)
class Result:
    """What became of one file.

    Attributes
    ----------
    name
        Stem of the written files.
    record
        The JSON record; with ``error`` in it where the file failed.
    sentence
        The same in words.
    error
        Why it failed, None where it did not.
    """

    name: str
    record: dict[str, Any]
    sentence: str = ""
    error: str | None = None


def expand_paths(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and for a folder every readable file in and below it; a path that does not exist stays, to be reported."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            for folder in (path, *sorted(p for p in path.rglob("*") if p.is_dir())):
                files += _files_of(folder)
        else:
            files.append(path)
    return files


def _files_of(folder: Path) -> list[Path]:
    """Return the readable files of a folder; the folder itself where it cannot be listed, to be reported in its turn."""
    try:
        return scans_in(folder)
    except ReadError:
        return [folder]


def result_names(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Pair each file with the stem of its results: its own, with a number where an earlier file has the same.

    Names that differ in capitals only count as the same, as they do to many file systems. A DICOM file named after its UID, which has no suffix,
    keeps its whole name.
    """
    given: set[str] = set()
    named = []
    for path in files:
        stem = path.stem if path.suffix.lower() in SUFFIXES else path.name
        candidates = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
        name = next(candidate for candidate in candidates if candidate.casefold() not in given)
        given.add(name.casefold())
        named.append((path, name))
    return named


def analyse_files(pipeline: Analyser, files: Iterable[tuple[Path, str]], out: Path) -> Iterator[Result]:
    """Read, analyse and write each file in turn; one that fails becomes a result with an error, and the others go on."""
    for path, name in files:
        try:
            start = perf_counter()
            scan = read_scan(path)
            read_ms = 1000 * (perf_counter() - start)
            case = Case(scan).with_analysis(pipeline.analyse(scan.pixels))
            record = record_of(case, read_ms)
            write_result(case, record, out, name)
            yield Result(name, record, sentence_of(case))
        except (ReadError, WriteError) as error:
            yield Result(name, {"path": str(path), "error": str(error)}, error=str(error))


def record_of(case: Case, read_ms: float) -> dict[str, Any]:
    """Return the JSON record of an analysed case; lengths and areas are null where the scan is not calibrated."""
    scan, analysis = case.scan, _analysis(case)
    return {
        "path": str(scan.path),
        "frame": scan.frame,
        "size": list(scan.shape),
        "spacing_mm": [scan.spacing.row_mm, scan.spacing.column_mm] if scan.spacing else None,
        "finding": analysis.finding,
        "p_malignant": _rounded(analysis.p_malignant, 4),
        "threshold": analysis.network.operating_point.threshold,
        "lesions": [_lesion_record(lesion) for lesion in case.lesions],
        "model": {"segmenter": analysis.network.segmenter, "classifier": analysis.network.classifier},
        "timings_ms": {name: round(ms, 1) for name, ms in {"read": read_ms, **analysis.timings_ms}.items()},
        "warnings": list(case.warnings),
        "notice": NOTICE,
    }


def sentence_of(case: Case) -> str:
    """Return the finding of an analysed case in words."""
    analysis = _analysis(case)
    if analysis.p_malignant is None:
        return f"{case.scan.path.name}: no lesion found."
    point = analysis.network.operating_point
    side = "above" if analysis.finding == "malignant" else "below"
    place = f"{side} the {point.name} point ({point.threshold:.2f})"
    return f"{case.scan.path.name}: probability of malignancy {analysis.p_malignant:.2f}, {place}. {NOTICE}"


def write_result(case: Case, record: dict[str, Any], out: Path, name: str) -> None:
    """Write ``<name>.json``, ``_mask.png`` and ``_saliency.png`` (both of the scan's size) and ``_overlay.png`` into a folder.

    Raises
    ------
    WriteError
        The folder or disk refuses.
    """
    mask = np.zeros(case.scan.shape, np.uint8)
    for lesion in case.lesions:
        mask[lesion.mask] = 255
    try:
        _write(out / f"{name}_mask.png", _png(mask))
        _write(out / f"{name}_saliency.png", _png(np.round(255 * _saliency(case)).astype(np.uint8)))
        _write(out / f"{name}_overlay.png", _png(overlay_picture(case)))
        # The record last: where there is one, the pictures are whole.
        _write(out / f"{name}.json", (json.dumps(record, indent=2) + "\n").encode())
    except OSError as error:
        raise WriteError(f"The result of {case.scan.path.name} could not be written to {out}: {error.strerror or error}.") from error


def overlay_picture(case: Case) -> npt.NDArray[np.uint8]:
    """Return scan, saliency for *malignant* and outlines as one picture, uint8 BGR (rows, columns, 3); finding and notice below."""
    picture = cv2.cvtColor(case.scan.pixels, cv2.COLOR_GRAY2BGR)
    strength = _saliency(case)[..., np.newaxis] * np.float32(0.45)
    colours = cv2.applyColorMap(np.round(255 * _saliency(case)).astype(np.uint8), cv2.COLORMAP_INFERNO)
    picture = (picture * (1 - strength) + colours * strength).astype(np.uint8)
    scale = max(1.0, _LEAST_WIDTH / picture.shape[1])
    if scale > 1 and picture.shape[0] * scale <= 4 * _LEAST_WIDTH:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    for lesion in reversed(case.lesions):
        large = cv2.resize(lesion.mask.astype(np.uint8), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        contours, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        colour = _OUTLINE_COLOURS[(lesion.number - 1) % len(_OUTLINE_COLOURS)]
        cv2.drawContours(picture, contours, -1, colour, max(2, picture.shape[1] // 400), cv2.LINE_AA)
    return _with_caption(np.asarray(picture, np.uint8), _caption(case))


def _caption(case: Case) -> list[str]:
    analysis = _analysis(case)
    finding = "No lesion found."
    if analysis.p_malignant is not None:
        point = analysis.network.operating_point
        finding = f"P(malignant) {analysis.p_malignant:.2f}, {point.name} point {point.threshold:.2f}. Colour: what moved the network."
    return [finding, f"Networks {analysis.network.version}. {NOTICE}"]


def _with_caption(picture: npt.NDArray[np.uint8], lines: list[str]) -> npt.NDArray[np.uint8]:
    width = max(picture.shape[1], _LEAST_WIDTH)
    size = width / 1250
    line_height = round(42 * size)
    canvas = np.full((picture.shape[0] + line_height * len(lines) + line_height // 2, width, 3), (27, 24, 22), np.uint8)
    left = (width - picture.shape[1]) // 2
    canvas[: picture.shape[0], left : left + picture.shape[1]] = picture
    for number, line in enumerate(lines, start=1):
        place = (round(12 * size), picture.shape[0] + line_height * number)
        cv2.putText(canvas, line, place, cv2.FONT_HERSHEY_SIMPLEX, size, (221, 217, 214), max(1, round(1.6 * size)), cv2.LINE_AA)
    return canvas


def _saliency(case: Case) -> npt.NDArray[np.float32]:
    """Return the most suspicious lesion's map for *malignant* at the scan's size; zero without a lesion."""
    if not case.lesions:
        return np.zeros(case.scan.shape, np.float32)
    return resample(case.lesions[0].diagnosis.saliency["malignant"], case.scan.shape)


def _lesion_record(lesion: Lesion) -> dict[str, Any]:
    measures = lesion.measures
    return {
        "id": lesion.number,
        "p_malignant": _rounded(lesion.diagnosis.p_malignant, 4),
        "area_px": measures.area_px,
        "area_mm2": _rounded(measures.area_mm2, 2),
        "bbox": list(measures.bbox),
        "long_axis_mm": _rounded(measures.long_axis_mm, 2),
        "short_axis_mm": _rounded(measures.short_axis_mm, 2),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _analysis(case: Case) -> Analysis:
    if case.analysis is None:
        raise ValueError("the case has not been analysed")
    return case.analysis


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


def _write(path: Path, content: bytes) -> None:
    """Write beside and rename, so that a full disk leaves no half file."""
    beside = path.with_name(f"{path.name}.partial")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
