"""DICOMDIR: the index of a disc, which lists its files by patient, study and series."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from busi_gui.io.dicom.file import explained, is_index
from busi_gui.io.dicom.header import load, quietly
from busi_gui.io.dicom.values import items, text, value, whole_number
from busi_gui.io.errors import ReadError
from busi_gui.io.marks import plain_name

_LARGEST_INDEX = 128 * 2**20
_MOST_RECORDS = 200_000
_NOT_IN_USE = 0
_NAMED_MISSING = 3


def read_index(path: Path) -> list[Path]:
    """List the pictures of a disc.

    Parameters
    ----------
    path
        Its DICOMDIR.

    Returns
    -------
    list of Path
        Those that exist, in the index's order: by patient, study, series and picture. Names are found whatever case the disc has them in.
        Nothing outside the index's own folder is ever listed.

    Raises
    ------
    ReadError
        The index is missing, damaged or no index, lists no pictures, or none of them is there.
    """
    with explained(path), path.open("rb") as file, quietly():
        dataset = load(path, file, _LARGEST_INDEX).dataset
        if not is_index(dataset):
            raise ReadError(f"{path.name} is not the index of a disc: open it by itself, or open its folder.")
        names = [_file_id(record) for record in _in_order(dataset) if _is_picture(record)]
    if not names:
        raise ReadError(f"{path.name} lists no pictures: the disc holds none, or its index is damaged. Open a folder of the disc that has files.")
    finder = _Finder(path.parent)
    found = {place: None for name in names if (place := finder.find(name)) is not None}
    if not found:
        missing = ", ".join("/".join(name) for name in names[:_NAMED_MISSING]) + (", …" if len(names) > _NAMED_MISSING else "")
        raise ReadError(f"{path.name} lists {len(names)} pictures, but none is there ({missing}): copy the whole disc, with its folders.")
    return list(found)


def _is_picture(record: Dataset) -> bool:
    return text(record, "DirectoryRecordType") == "IMAGE" and whole_number(record, "RecordInUseFlag") != _NOT_IN_USE


def _file_id(record: Dataset) -> tuple[str, ...]:
    named = value(record, "ReferencedFileID")
    parts = named if isinstance(named, MultiValue | list) else [named]
    return tuple(str(part).strip() for part in parts if part is not None)


def _in_order(dataset: Dataset) -> Iterator[Dataset]:
    """Walk the records as their offsets link them, each before what lies beneath it; what no link leads to comes last, as it stands."""
    records = items(dataset, "DirectoryRecordSequence")[:_MOST_RECORDS]
    by_place = {int(getattr(record, "seq_item_tell", -1)): record for record in records}
    rest = dict(by_place)
    stack = [whole_number(dataset, "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity") or 0]
    while stack:
        record = rest.pop(stack.pop(), None)
        if record is not None:
            yield record
            stack += [whole_number(record, f"OffsetOf{link}") or 0 for link in ("TheNextDirectoryRecord", "ReferencedLowerLevelDirectoryEntity")]
    yield from rest.values()


class _Finder:
    """Finds files below a folder by names in any case, listing each folder once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder.resolve()
        self._listed: dict[Path, dict[str, str]] = {}

    def find(self, name: tuple[str, ...]) -> Path | None:
        """Return the file of this name, None where there is none inside the folder."""
        place = self._folder
        for part in name:
            real = self._names(place).get(plain_name(part))
            if real is None:
                return None
            place /= real
        try:
            # A link may lead anywhere.
            return place if name and place.is_file() and place.resolve().is_relative_to(self._root) else None
        except OSError:
            return None

    def _names(self, folder: Path) -> dict[str, str]:
        """Return the real names in a folder; the parts of a file's name are only looked up here, so none can lead upwards."""
        if folder not in self._listed:
            try:
                with os.scandir(folder) as entries:
                    self._listed[folder] = {plain_name(entry.name): entry.name for entry in entries}
            except OSError:
                self._listed[folder] = {}
        return self._listed[folder]
