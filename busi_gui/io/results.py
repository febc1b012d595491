"""The result of an analysis as files: a record in JSON and pictures. Each says that it is not for clinical use."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui import __version__
from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.doubt import Doubt, doubt_about
from busi_gui.domain.provenance import short_text
from busi_gui.domain.scan import Box
from busi_gui.io.errors import WriteError
from models.analysis import Analysis, NetworkInfo
from models.preprocessing import resample

PICTURES = ("mask", "saliency", "overlay")
"""What is drawn of each frame: ``<name>_mask.png`` and so on."""

NOTICE = "Not for clinical use; for research only."
_OUTLINE_COLOURS = ((0, 159, 230), (233, 180, 86), (115, 158, 0))  # Okabe-Ito orange, sky blue, bluish green, as OpenCV's BGR
_LEAST_WIDTH = 640


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
        "model": model_record(network),
        "program": __version__,
        "timings_ms": {name: round(ms, 1) for name, ms in {"read": read_ms, **analysis.timings_ms}.items()},
        "warnings": list(case.warnings),
        "notice": NOTICE,
        **({"identity": asdict(scan.identity)} if with_identity else {}),
    }


def model_record(network: NetworkInfo) -> dict[str, Any]:
    """Return which networks answer, as a record says it."""
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


def file_record(path: Path) -> dict[str, int]:
    """Return what the file system says of a file, by which a record knows it again: bytes, and when it was written, in nanoseconds since 1970.

    OSError where it is not there.
    """
    found = path.stat()
    return {"bytes": found.st_size, "modified_ns": found.st_mtime_ns}


def write_result(case: Case, record: dict[str, Any], out: Path, name: str) -> dict[str, Any]:
    """Write ``<name>_mask.png`` and ``_saliency.png`` (both of the scan's size), ``_overlay.png`` and ``<name>.json`` into a folder.

    Returns
    -------
    dict
        The record as it was written: with the SHA-256 of each picture.

    Raises
    ------
    WriteError
        The folder or disk refuses.
    """
    mask = np.zeros(case.scan.shape, np.uint8)
    for lesion in case.lesions:
        mask[lesion.mask] = 255
    saliency = np.round(255 * _saliency(case)).astype(np.uint8)
    pictures = {kind: _png(pixels) for kind, pixels in zip(PICTURES, (mask, saliency, overlay_picture(case)), strict=True)}
    record = {**record, "pictures": {kind: hashlib.sha256(content).hexdigest() for kind, content in pictures.items()}}
    try:
        # The record goes first and comes last: where there is one, the pictures are its own. After a power cut their hashes tell.
        (out / f"{name}.json").unlink(missing_ok=True)
        for kind, content in pictures.items():
            _write(out / f"{name}_{kind}.png", content)
        _write(out / f"{name}.json", (json.dumps(record, indent=2) + "\n").encode())
    except OSError as error:
        raise WriteError(f"The result of {case.scan.path.name} could not be written to {out}: {error.strerror or error}.") from error
    return record


def remove_partial(out: Path) -> None:
    """Remove from a folder what processes that were killed while they wrote results have left half-written; nobody may be writing there.

    OSError where the folder refuses.
    """
    for ending in (*(f"_{kind}.png" for kind in PICTURES), ".json"):
        for left in out.glob(f"*{ending}.partial"):
            left.unlink(missing_ok=True)


def overlay_picture(case: Case) -> npt.NDArray[np.uint8]:
    """Return scan, saliency for *malignant* and outlines as one picture, uint8 BGR (rows, columns, 3); finding and notice below."""
    picture = cv2.cvtColor(case.scan.pixels, cv2.COLOR_GRAY2BGR)
    saliency = _saliency(case)
    colours = cv2.applyColorMap(np.round(255 * saliency).astype(np.uint8), cv2.COLORMAP_INFERNO)
    strength = np.float32(0.45) * saliency
    picture = cv2.blendLinear(picture, colours, 1 - strength, strength)
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
    below, beside = line_height * len(lines) + line_height // 2, width - picture.shape[1]
    canvas = cv2.copyMakeBorder(picture, 0, below, beside // 2, beside - beside // 2, cv2.BORDER_CONSTANT, value=(27, 24, 22))
    for number, line in enumerate(lines, start=1):
        place = (round(12 * size), picture.shape[0] + line_height * number)
        cv2.putText(canvas, line, place, cv2.FONT_HERSHEY_SIMPLEX, size, (221, 217, 214), max(1, round(1.6 * size)), cv2.LINE_AA)
    return np.asarray(canvas, np.uint8)


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
