"""What a file is: kind, frames, size and scale, without the networks and without whom it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydicom.uid import UID

from busi_gui.domain.scan import Spacing
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import open_scan


def describe(path: Path) -> dict[str, Any]:
    """Return what a file is, as one JSON record; at least one of its frames was really decoded.

    Returns
    -------
    dict
        ``path``, ``kind``, ``modality``, ``transfer_syntax``, ``photometric``, ``frames``, ``size`` [rows, columns], ``spacing_mm`` [row, column],
        ``regions`` with ``box`` [top, left, bottom, right] and ``spacing_mm``, ``warnings``; null where unknown. Or ``path`` and ``error``, a
        sentence, where the file cannot be read.
    """
    try:
        with open_scan(path) as file:
            scan, damaged = file.read_first()
            facts = file.facts
            return {
                "path": str(path),
                "kind": facts.kind,
                "modality": facts.modality or None,
                "transfer_syntax": facts.transfer_syntax or None,
                "photometric": facts.photometric or None,
                "frames": file.frame_count,
                "size": list(scan.shape),
                "spacing_mm": _in_mm(scan.spacing),
                "regions": [
                    {"box": [region.box.top, region.box.left, region.box.bottom, region.box.right], "spacing_mm": _in_mm(region.spacing)}
                    for region in scan.regions
                ],
                "warnings": [*scan.warnings, *map(str, list(damaged.values())[:1])],
            }
    except ReadError as error:
        return {"path": str(path), "error": str(error)}


def sentence_of(description: dict[str, Any]) -> str:
    """Return a description in words, each warning on a line of its own."""
    modality, syntax = description["modality"], description["transfer_syntax"]
    coding = f", {UID(syntax).name}" if syntax else ""
    kind = " ".join(filter(None, (description["kind"], modality, description["photometric"])))
    frames = f"{description['frames']} frames of " if description["frames"] > 1 else ""
    rows, columns = description["size"]
    lines = [f"{description['path']}: {kind}{coding}; {frames}{columns} x {rows} pixels; {_scale(description)}."]
    return "\n".join([*lines, *(f"    {warning}" for warning in description["warnings"])])


def _in_mm(spacing: Spacing | None) -> list[float] | None:
    return None if spacing is None else [spacing.row_mm, spacing.column_mm]


def _scale(description: dict[str, Any]) -> str:
    spacings = [description["spacing_mm"]] if description["spacing_mm"] else [region["spacing_mm"] for region in description["regions"]]
    scales = list(dict.fromkeys(f"{row:.4g} x {column:.4g} mm" for row, column in spacings))
    if not scales:
        return "no scale in millimetres"
    return f"a pixel is {scales[0]}" if len(scales) == 1 else f"parts with scales of their own, a pixel is {' or '.join(scales)}"
