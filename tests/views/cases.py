"""Cases made by hand, for what views show."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.measures import Measures
from busi_gui.domain.reading import Outline, Reading
from busi_gui.domain.scan import Identity, Pixels, Scan, Spacing
from models.analysis import Analysis, Diagnosis, FloatMap, FoundLesion, Mask, NetworkInfo, OperatingPoint
from models.preprocessing import INPUT_SIZE

NETWORK = NetworkInfo(
    version="0.1",
    segmenter="unetpp 0.1 (00000000)",
    classifier="efficientnetb0 0.1 (00000000)",
    trained_on="Nothing: made by hand.",
    operating_point=OperatingPoint("sensitive", 0.31, 0.95, 0.7, "nothing"),
)


def speckle(rows: int, columns: int, seed: int = 0) -> Pixels:
    """Return seeded noise, uint8 (rows, columns), as coarse as speckle."""
    noise = np.random.default_rng(seed).integers(20, 200, (rows, columns), dtype=np.uint8)
    pixels: Pixels = cv2.GaussianBlur(noise, (0, 0), 1.5).astype(np.uint8, copy=False)
    return pixels


def make_scan(rows: int = 60, columns: int = 80, spacing: Spacing | None = None, identity: Identity | None = None, device: str = "") -> Scan:
    """Return a scan of noise."""
    return Scan(Path("scan.png"), speckle(rows, columns), spacing=spacing, identity=identity or Identity(), device=device)


def grid_of(rows: int, columns: int) -> tuple[int, int]:
    """Return height and width of the network grid over a scan of this size."""
    scale = INPUT_SIZE / max(rows, columns)
    return max(1, round(rows * scale)), max(1, round(columns * scale))


def blob(shape: tuple[int, int], centre: tuple[float, float], radius: float) -> FloatMap:
    """Return a map that falls off from 1 at ``centre`` (row, column; shares of the extent), float32."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    squared = ((rows - centre[0] * shape[0]) ** 2 + (columns - centre[1] * shape[1]) ** 2) / (radius * max(shape)) ** 2
    values: FloatMap = np.exp(-squared).astype(np.float32)
    return values


def make_measures(mask: Mask) -> Measures:
    """Return measures whose box is right; nothing else is looked at here."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left, bottom, right = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    long, short = max(bottom - top, right - left), min(bottom - top, right - left)
    return Measures(int(mask.sum()), (top, left, bottom, right), long, short, right - left, bottom - top, 0.0)


def make_case(scan: Scan, masks: tuple[Mask, ...] = (), *, silent: bool = False) -> Case:
    """Return an analysed case with these lesions; a silent network finds nothing that speaks for a class."""
    grid = grid_of(*scan.shape)
    saliency = np.zeros(grid, np.float32) if silent else blob(grid, (0.5, 0.5), 0.15)
    diagnosis = Diagnosis(0.83, 0.79, 0.87, {"malignant": saliency, "benign": np.zeros(grid, np.float32)})
    analysis = Analysis(blob(grid, (0.5, 0.5), 0.2), tuple(FoundLesion(mask, diagnosis) for mask in masks), NETWORK, {})
    outlines = tuple(Outline(number, mask) for number, mask in enumerate(masks, start=1))
    lesions = tuple(Lesion(outline, make_measures(outline.mask), FoundLesion(outline.mask, diagnosis)) for outline in outlines)
    return Case(scan, analysis, lesions, reading=Reading(outlines))


def box_mask(shape: tuple[int, int], top: int, left: int, bottom: int, right: int) -> Mask:
    """Return a mask, bool, with one rectangle."""
    mask = np.zeros(shape, np.bool_)
    mask[top:bottom, left:right] = True
    return mask
