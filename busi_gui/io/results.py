"""The result of an analysis as files: a record in JSON and pictures. Each says that it is not for clinical use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import Case, Lesion, analysed_case
from busi_gui.domain.doubt import Doubt, doubt_about
from busi_gui.domain.provenance import short_text
from busi_gui.domain.scan import Box, Scan
from busi_gui.io.errors import ReadError, WriteError
from busi_gui.io.inputs import Frames, free_name
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from models.analysis import Analysis, NetworkInfo
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
    """What became of one frame of a file, or of a file that could not be opened.

    Attributes
    ----------
    name
        Stem of the written files.
    record
        The JSON record; with ``error`` in it where it failed.
    sentence
        The same in words.
    error
        Why it failed, None where it did not.
    """

    name: str
    record: dict[str, Any]
    sentence: str = ""
    error: str | None = None


def analyse_files(
    pipeline: Analyser,
    files: Sequence[tuple[Path, str]],
    out: Path,
    frames: Frames = "first",
    count: Callable[[int], object] = lambda _: None,
    *,
    with_identity: bool = False,
    point: str = "",
) -> Iterator[Result]:
    """Read, analyse and write frames of each file in turn; what fails becomes a result with an error, and the others go on.

    Parameters
    ----------
    files
        Each with the stem of its results. Where a file of several frames is asked for more than its first, their numbers are added to it.
    count
        Told, once a file is open, how many of its frames are asked for.
    with_identity
        Write name, number and date of the patient into the records as well.
    point
        Name of the operating point that results are held against; the networks' first where they have none such.
    """
    given = {name.casefold() for _, name in files}
    for path, name in files:
        start = perf_counter()
        try:
            with open_scan(path) as file:
                chosen = _chosen(file, frames)
                count(len(chosen))
                for frame in chosen:
                    stem = name if frame is None or file.frame_count == 1 else free_name(f"{name}_f{frame:03}", given)
                    yield _result_of(pipeline, file, frame, _Place(out, stem, with_identity, point), start)
                    start = perf_counter()
        except ReadError as error:
            yield Result(name, {"path": str(path), "error": str(error)}, error=str(error))


def _chosen(file: ScanFile, frames: Frames) -> Sequence[int | None]:
    """Return frames by their numbers; None is the first that can be read."""
    if frames == "first":
        return (None,)
    return range(file.frame_count) if isinstance(frames, str) else frames


def _read(file: ScanFile, frame: int | None) -> Scan:
    if frame is None:
        return file.read_first()[0]
    if frame >= file.frame_count:
        raise ReadError(f"{file.path.name} has no frame {frame}: it has {file.frame_count}, and they are counted from 0.")
    return file.read(frame)


@dataclass(frozen=True)
class _Place:
    """Where a frame's results go, whether they may name the patient, and at which operating point they are told."""

    folder: Path
    name: str
    with_identity: bool
    point: str


def _result_of(pipeline: Analyser, file: ScanFile, frame: int | None, place: _Place, start: float) -> Result:
    try:
        scan = _read(file, frame)
        read_ms = 1000 * (perf_counter() - start)
        case = analysed_case(scan, pipeline.analyse).at_point(place.point)
        record = record_of(case, read_ms, with_identity=place.with_identity)
        write_result(case, record, place.folder, place.name)
        return Result(place.name, record, sentence_of(case))
    except (ReadError, WriteError) as error:
        return Result(
            place.name, {"path": str(file.path), "frame": file.first_readable if frame is None else frame, "error": str(error)}, error=str(error)
        )


def record_of(case: Case, read_ms: float, *, with_identity: bool = False) -> dict[str, Any]:
    """Return the JSON record of an analysed case; lengths and areas are null where the scan is not calibrated.

    Whom the scan shows stays out of it unless that is asked for.
    """
    scan, analysis = case.scan, _analysis(case)
    network, doubt = analysis.network, _doubt_about(case)
    return {
        "path": str(scan.path),
        "frame": scan.frame,
        "frames": scan.frame_count,
        "size": list(scan.shape),
        "spacing_mm": [scan.spacing.row_mm, scan.spacing.column_mm] if scan.spacing else None,
        "calibration": scan.calibration.value,
        "finding": analysis.finding,
        "p_malignant": _rounded(analysis.p_malignant, 4),
        "threshold": network.operating_point.threshold,
        "operating_point": network.operating_point.name,
        "uncertain": doubt.is_uncertain,
        "lesions": [_lesion_record(case, lesion) for lesion in case.lesions],
        "model": _model_record(network),
        "timings_ms": {name: round(ms, 1) for name, ms in {"read": read_ms, **analysis.timings_ms}.items()},
        "warnings": list(case.warnings),
        "notice": NOTICE,
        **({"identity": asdict(scan.identity)} if with_identity else {}),
    }


def _model_record(network: NetworkInfo) -> dict[str, Any]:
    made_from = {"made_from": network.parent} if network.parent else {}
    names = {"segmenter": network.segmenter, "classifier": network.classifier}
    return {"version": network.version, **made_from, **names, "sha256": dict(network.hashes)}


def sentence_of(case: Case) -> str:
    """Return the finding of an analysed case in words."""
    analysis = _analysis(case)
    name = case.scan.path.name + (f", frame {case.scan.frame} from 0" if case.scan.frame_count > 1 else "")
    if case.is_doubted:
        name = f"{name}: looks like no breast ultrasound, so what follows means nothing"
    if analysis.p_malignant is None:
        return f"{name}: no lesion found."
    point = analysis.network.operating_point
    side = "above" if analysis.finding == "malignant" else "below"
    place = f"{side} the {point.name} point ({point.threshold:.2f})"
    why = ", ".join(reason.why.value for reason in _doubt_about(case).reasons)
    return f"{name}: probability of malignancy {analysis.p_malignant:.2f}, {place}{f'; uncertain ({why})' if why else ''}. {NOTICE}"


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
        doubt = ", uncertain" if _doubt_about(case).is_uncertain else ""
        finding = f"P(malignant) {analysis.p_malignant:.2f}, {point.name} point {point.threshold:.2f}{doubt}. Colour: what moved the network."
    remark = ["This looks like no breast ultrasound: the answer means nothing."] if case.is_doubted else []
    return [*remark, finding, f"Networks {short_text(analysis.network)}. {NOTICE}"]


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
    """Return the first diagnosed lesion's map for *malignant* at the scan's size; zero without one."""
    scan = case.scan
    saliency = np.zeros(scan.shape, np.float32)
    diagnosis = next((lesion.diagnosis for lesion in case.lesions if lesion.diagnosis is not None), None)
    if diagnosis is not None:
        field = scan.field or Box(0, 0, *scan.shape)
        saliency[field.slices] = resample(diagnosis.saliency["malignant"], field.shape)
    return saliency


def _doubt_about(case: Case) -> Doubt:
    """Return what speaks against the verdict on the most suspicious lesion."""
    lesion = next((lesion for lesion in case.lesions if lesion.diagnosis is not None and lesion.diagnosis is case.highest), None)
    return Doubt() if lesion is None else _doubt_of(case, lesion)


def _doubt_of(case: Case, lesion: Lesion) -> Doubt:
    if lesion.diagnosis is None or lesion.is_stale:
        return Doubt()
    return doubt_about(lesion.diagnosis, _analysis(case).network.operating_point, case.concerns, lesion.number)


def _lesion_record(case: Case, lesion: Lesion) -> dict[str, Any]:
    measures, diagnosis, doubt = lesion.measures, lesion.diagnosis, _doubt_of(case, lesion)
    return {
        "id": lesion.number,
        "p_malignant": _rounded(diagnosis.p_malignant if diagnosis is not None else None, 4),
        "opinions": [round(p, 4) for p in diagnosis.opinions] if diagnosis is not None else [],
        "uncertain": doubt.is_uncertain,
        "chance_of_error": _rounded(doubt.chance_of_error, 4),
        "reasons": [reason.why.value for reason in doubt.reasons],
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
