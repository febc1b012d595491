"""A folder -> the pictures and masks in it, whichever of the known layouts it has."""

from __future__ import annotations

from pathlib import Path

from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.imports.busi import is_busi, read_busi
from busi_gui.io.imports.coco import annotation_files, read_coco
from busi_gui.io.imports.found import FoundDataset, Layout


def read_dataset(folder: Path, layout: Layout = "auto") -> FoundDataset:
    """List the pictures of a data set with their masks.

    Parameters
    ----------
    folder
        Of COCO's the JSON file may be named instead.
    layout
        ``"auto"``: what the folder looks like.

    Raises
    ------
    ReadError
        The folder is missing, has neither layout, or cannot be told to have one of them; or its annotations are damaged.
    """
    if not folder.exists():
        raise unreadable(folder, FileNotFoundError())
    if layout == "auto":
        layout = _layout_of(folder)
    return read_busi(folder) if layout == "busi" else read_coco(folder)


def _layout_of(folder: Path) -> Layout:
    has_annotations = bool(annotation_files(folder))
    has_classes = folder.is_dir() and is_busi(folder)
    if has_annotations and has_classes:
        raise ReadError(f"{folder.name} has class folders as BUSI has, and JSON files as COCO has: say which is meant.")
    if not has_annotations and not has_classes:
        raise ReadError(
            f"{folder.name} is no data set with masks: it holds neither class folders (benign, malignant, normal) nor a JSON file with annotations."
        )
    return "busi" if has_classes else "coco"
