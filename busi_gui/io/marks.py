"""What tells a DICOM file and the index of a disc before they are opened: cheap, and without pydicom, which takes a while to load."""

from __future__ import annotations

from pathlib import Path


def has_preamble(head: bytes) -> bool:
    """Whether a file that begins with these bytes (132 or more) carries the DICOM mark."""
    return head[128:132] == b"DICM"


def is_index_name(path: Path) -> bool:
    """Whether a file is called as the index of a disc is, in any case and with the version that some discs add."""
    return plain_name(path.name) == "dicomdir"


def plain_name(name: str) -> str:
    """Return a name of a disc as it is compared: without case, and without the version and the full stop that discs may add."""
    return name.casefold().split(";")[0].rstrip(".")
