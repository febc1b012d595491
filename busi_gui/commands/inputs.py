"""The files that a command is to work on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def files_of(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are meant by files, folders and indexes of discs; OSError where there is none."""
    from busi_gui.io.inputs import expand_paths
    from busi_gui.io.scans import KINDS

    files = expand_paths(paths)
    if not files:
        raise OSError(f"{', '.join(map(str, paths))}: no scan that can be opened: no {KINDS} file.")
    return files
