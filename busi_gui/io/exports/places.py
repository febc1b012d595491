"""Where an export is put: written beside and renamed, so that it is there whole or not at all, and nothing is overwritten unasked."""

from __future__ import annotations

import errno
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from busi_gui.io.errors import WriteError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def new_folder(out: Path, is_ours: Callable[[PurePosixPath], bool], *, is_overwriting: bool) -> Iterator[Path]:
    """Give a folder beside ``out`` to write into; it takes that place in the end, and leaves nothing where anything is raised.

    Parameters
    ----------
    out
        A folder that does not exist, or is empty; with ``is_overwriting`` also one that holds an earlier export and nothing else.
    is_ours
        Whether an export writes a file of this place, relative to the folder.

    Raises
    ------
    WriteError
        The folder or disk refuses, or what lies in the folder must stay.
    """
    with _in_words(out):
        _check_folder(out, is_ours, is_overwriting=is_overwriting)
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = _free_place(out, "partial")
        beside.mkdir()
        try:
            yield beside
            _check_folder(out, is_ours, is_overwriting=is_overwriting)  # exports take minutes, in which more may have come into it
            _put(beside, out)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def new_file(out: Path, *, is_overwriting: bool) -> Iterator[Path]:
    """Give a file beside ``out`` to write into; it takes that place in the end, and leaves nothing where anything is raised.

    Raises
    ------
    WriteError
        The folder or disk refuses, or the file is there and is not to be overwritten.
    """
    with _in_words(out):
        _check_file(out, is_overwriting=is_overwriting)
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = _free_place(out, "partial")
        try:
            yield beside
            _check_file(out, is_overwriting=is_overwriting)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)


def _check_folder(out: Path, is_ours: Callable[[PurePosixPath], bool], *, is_overwriting: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise WriteError(f"{out} is a file: choose a folder that does not exist yet.")
    files = [PurePosixPath(path.relative_to(out).as_posix()) for path in out.rglob("*") if path.is_symlink() or not path.is_dir()]
    if files and not is_overwriting:
        raise WriteError(f"{out} is not empty, and nothing is overwritten unasked: choose a new folder, or allow an earlier export to be replaced.")
    strange = next((name for name in files if not is_ours(name)), None)
    if strange is not None:
        raise WriteError(f"{out} holds {strange}, which no export wrote: it is left as it is. Choose a new folder.")


def _check_file(out: Path, *, is_overwriting: bool) -> None:
    if out.is_dir():
        raise WriteError(f"{out} is a folder: name a file in it.")
    if out.exists() and not is_overwriting:
        raise WriteError(f"{out} is there already, and nothing is overwritten unasked: choose another name, or allow it to be replaced.")


def _put(beside: Path, out: Path) -> None:
    """Rename a folder to where another may lie, which comes back if that fails."""
    if not out.exists():
        beside.rename(out)
        return
    before = _free_place(out, "replaced")
    out.rename(before)
    try:
        beside.rename(out)
    except OSError:
        before.rename(out)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _free_place(out: Path, what: str) -> Path:
    names = (out.with_name(f".{out.name}.{what}{number or ''}") for number in itertools.count())
    return next(path for path in names if not path.exists())


@contextmanager
def _in_words(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> WriteError:
    if error.errno in _FULL:
        return WriteError(f"The disk is full: {out} was not written, and nothing of it is left behind. Make room, or choose another drive.")
    if isinstance(error, PermissionError):
        return WriteError(f"{out} may not be written: you have no permission there. Choose a folder of your own.")
    return WriteError(f"{out} could not be written: {error.strerror or error}. Check the drive, or choose another place.")
