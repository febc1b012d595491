"""What can go wrong with files, said in words for the reader."""

from __future__ import annotations

from pathlib import Path

MAX_PIXELS = 256 * 2**20
"""Largest picture that is read, in pixels per frame: far beyond any scan, far below what exhausts a workstation's memory."""


class ReadError(Exception):
    """A file cannot be read. The message is for the reader: which file, why, and what to do."""


class WriteError(Exception):
    """A file cannot be written. The message is for the reader: which file, why, and what to do."""


def unreadable(path: Path, cause: OSError) -> ReadError:
    """Return the ReadError for what the operating system said about a file or folder."""
    match cause:
        case FileNotFoundError() | NotADirectoryError():
            return ReadError(f"{path.name} does not exist: it may have been moved or renamed, or its drive is not connected.")
        case IsADirectoryError():
            return ReadError(f"{path.name} is a folder: open one of the files in it.")
        case PermissionError():
            return ReadError(f"{path.name} may not be opened: you have no permission to read it. Ask its owner, or copy it to a folder of your own.")
        case _:
            reason = cause.strerror or "unknown reason"
            return ReadError(f"{path.name} cannot be read from its drive ({reason}): check the drive, or copy the file again.")


def check_size(path: Path, rows: int, columns: int, most: int = MAX_PIXELS) -> None:
    """Raise ReadError unless a header declares a size that is worth decoding, at most so many pixels; to be asked before any memory is taken."""
    if rows < 1 or columns < 1:
        raise ReadError(f"{path.name} states no usable size ({columns} x {rows} pixels): it is damaged. Export or copy it again.")
    if rows * columns > most:
        raise ReadError(
            f"{path.name} claims to be {columns} x {rows} pixels, more than the {most // 2**20} megapixels that can be read: "
            "it is damaged, or must be made smaller first."
        )
