"""Files -> scans: what can be read, what of a folder is a scan, and reading one."""

from __future__ import annotations

import re
from pathlib import Path

from busi_gui.domain.scan import Scan
from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.marks import has_preamble, is_index_name
from busi_gui.io.scan_file import ScanFile

RASTER_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".ima"})
SUFFIXES = RASTER_SUFFIXES | DICOM_SUFFIXES
"""What scans' names end in, in lower case; DICOM files often have no suffix at all."""

KINDS = "PNG, JPEG, BMP, TIFF, WebP or DICOM"
"""What can be opened, in words."""

_HEAD_BYTES = 512
_COMPANION = re.compile(r"_(mask|saliency|overlay)(_\d+)?$", re.IGNORECASE)


def open_scan(path: Path) -> ScanFile:
    """Open an ultrasound file; its content, not its name, decides how. Its frames are then read one at a time.

    Raises
    ------
    ReadError
        The file is missing, not ours to read, empty, no picture, damaged, or absurdly large.
    """
    # Loaded with the first such file, not with this module: the window paints first.
    from busi_gui.io.rasters.file import is_raster, open_raster

    head = _read_head(path)
    if has_preamble(head) or (not is_raster(head) and _may_be_bare_dicom(path, head)):
        from busi_gui.io.dicom.file import open_dicom

        return open_dicom(path)
    return open_raster(path)


def read_scan(path: Path, frame: int = 0) -> Scan:
    """Read one frame of an ultrasound file; its content, not its name, decides how.

    Parameters
    ----------
    path
        PNG, JPEG, BMP, TIFF, WebP or DICOM.
    frame
        From 0.

    Raises
    ------
    ReadError
        The file is missing, not ours to read, empty, no picture, damaged, absurdly large, or has no such frame.
    """
    with open_scan(path) as file:
        return file.read(frame)


def can_read(path: Path) -> bool:
    """Whether a file looks like a scan, cheaply: by its suffix or, without one, by the mark that DICOM files carry near their start."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return True
    # DICOM files are often named after their UID, such as 1.2.840.10008: what follows its last dot is not a suffix.
    if suffix and not suffix[1:].isdigit():
        return False
    try:
        return has_preamble(_read_head(path))
    except ReadError:
        return False


def scans_in(folder: Path) -> list[Path]:
    """List the files of a folder that look like scans, in natural order: ``img2`` before ``img10``.

    Left out: hidden files, data sets' masks (``x_mask.png``, ``x_mask_1.png``), what this program wrote beside a scan (``x_saliency.png``,
    ``x_overlay.png``) and the index of a DICOM disc. Of a disc, which is known by its index, come first the pictures that the index lists, in its
    order, wherever they lie below; of an index given in place of a folder only those.

    Raises
    ------
    ReadError
        The folder is missing, not a folder, or not ours to read; or none of the pictures that an index lists is there.
    """
    try:
        if is_index_name(folder) and folder.is_file():
            return _indexed(folder)
        paths = list(folder.iterdir())
        found = [path for path in paths if not _is_left_out(path) and path.is_file() and can_read(path)]
    except NotADirectoryError as error:
        raise ReadError(f"{folder.name} is a file, not a folder: open it by itself.") from error
    except OSError as error:
        raise unreadable(folder, error) from error
    found.sort(key=_natural)
    index = next((path for path in paths if is_index_name(path) and path.is_file()), None)
    return found if index is None else _of_disc(index, found)


def _of_disc(index: Path, beside: list[Path]) -> list[Path]:
    """Return what an index lists, then what lies beside it without being listed; a bad index costs nothing of that."""
    try:
        listed = _indexed(index)
    except ReadError:
        if not beside:
            raise
        return beside
    known = set(listed)
    return [*listed, *(path for path in beside if path not in known)]


def _indexed(index: Path) -> list[Path]:
    from busi_gui.io.dicom.dicomdir import read_index  # as above

    return read_index(index)


def _is_left_out(path: Path) -> bool:
    if path.name.startswith(".") or is_index_name(path):
        return True
    return path.suffix.lower() in RASTER_SUFFIXES and _COMPANION.search(path.stem) is not None


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    # Digits and text alternate, so numbers only ever meet numbers.
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(int(part), "") if index % 2 else (0, part) for index, part in enumerate(parts)], path.name


def _read_head(path: Path) -> bytes:
    try:
        # Opening a pipe or a device could wait forever.
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ReadError(f"{path.name} is not an ordinary file: open a file on a drive.")
        if path.is_dir():  # Windows would say that permission is denied
            raise unreadable(path, IsADirectoryError())
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head:
        raise ReadError(f"{path.name} is empty: copy or export it again.")
    return head


def _may_be_bare_dicom(path: Path, head: bytes) -> bool:
    """Whether a file without the DICOM mark is DICOM all the same, as old ones are: by its suffix, or because it begins with group 2 or 8."""
    return path.suffix.lower() in DICOM_SUFFIXES or head[:2] in (b"\x02\0", b"\x08\0", b"\0\x08")
