"""Which Workspace the reader has chosen: a line of text beside the program's own, so that the window and the commands use the same one."""

from __future__ import annotations

from pathlib import Path

from busi_gui.store.records import WorkspaceError

_OWN = "workspace.db"
_CHOICE = "workspace-place.txt"


def own_place(folder: Path) -> Path:
    """Return the program's own Workspace in the folder of the user's data."""
    return folder / _OWN


def chosen_place(folder: Path) -> str:
    """Return the file or address that the reader has chosen, as he wrote it; empty where he has not, or it cannot be read."""
    try:
        return (folder / _CHOICE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def place_in_use(folder: Path) -> Path | str:
    """Return the chosen place, or else the program's own, as a `Workspace` takes it."""
    chosen = chosen_place(folder)
    return chosen if "://" in chosen else Path(chosen) if chosen else own_place(folder)


def choose_place(folder: Path, place: str) -> None:
    """Note which place is to be used from the next start on; empty for the program's own.

    Raises
    ------
    WorkspaceError
        It cannot be written down.
    """
    note, beside = folder / _CHOICE, folder / f"{_CHOICE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not place:
            note.unlink(missing_ok=True)
            return
        beside.write_text(f"{place}\n", encoding="utf-8")
        beside.replace(note)
    except OSError as error:
        raise WorkspaceError(f"The choice cannot be kept in {note}: {error.strerror or error}. Check the drive, then choose again.") from error
