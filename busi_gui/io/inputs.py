"""What the commands are given: files, folders and discs -> files, the names of their results, and which of their frames."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from busi_gui.io.errors import ReadError
from busi_gui.io.marks import is_index_name
from busi_gui.io.scans import SUFFIXES, scans_in

Frames = tuple[int, ...] | str
"""Which frames of a file: their numbers, from 0, or ``"first"``, the first that can be read, or ``"all"``."""


def parse_frames(text: str) -> Frames:
    """Return which frames are meant by ``first``, ``all``, or numbers from 0 with commas between; ValueError for anything else."""
    if text in ("first", "all"):
        return text
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text):
        raise ValueError(f"{text} is neither first, all, nor numbers from 0 with commas between")
    return tuple(dict.fromkeys(int(part) for part in text.split(",")))


def expand_paths(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, each once: of a folder every readable file in and below it, of the index of a disc what it lists.

    A path that does not exist stays, to be reported.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            for folder in (path, *sorted(p for p in path.rglob("*") if p.is_dir())):
                files += _files_of(folder)
        elif is_index_name(path):
            files += _files_of(path)
        else:
            files.append(path)
    return list(dict.fromkeys(files))


def _files_of(folder: Path) -> list[Path]:
    """Return the readable files of a folder or index; itself where it cannot be listed, to be reported in its turn."""
    try:
        return scans_in(folder)
    except ReadError:
        return [folder]


def result_names(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Pair each file with the stem of its results: its own, with a number where an earlier file has the same.

    Names that differ in capitals only count as the same, as they do to many file systems. A DICOM file named after its UID, which has no suffix,
    keeps its whole name.
    """
    given: set[str] = set()
    named = []
    for path in files:
        stem = path.stem if path.suffix.lower() in SUFFIXES else path.name
        named.append((path, free_name(stem, given)))
    return named


def free_name(stem: str, given: set[str]) -> str:
    """Return a stem that is not yet given, with a number where it is, and note that it is given now."""
    name = _first_free(stem, given)
    given.add(name.casefold())
    return name


def frame_name(name: str, frame: int, given: AbstractSet[str]) -> str:
    """Return the stem of the results of one frame of a file of several, from that of the file.

    Parameters
    ----------
    given
        The stems of all files, in lower case. Frames of two files never get the same one: the stems of the files differ.
    """
    return _first_free(f"{name}_f{frame:03}", given)


def _first_free(stem: str, given: AbstractSet[str]) -> str:
    """Return a stem that is not given, with a number where it is."""
    candidates = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate.casefold() not in given)
