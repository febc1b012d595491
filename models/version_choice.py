"""Which version of the networks is in use, what was in use before, and every change of it, in two small files."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from models.analysis import NetworksChange

CHOICE_FILE = "in-use.json"
HISTORY_FILE = "history.jsonl"


@dataclass(frozen=True)
class Choice:
    """The name of the version in use, None for the one that came with the program, and those before it, the last one last.

    ``is_readable`` is False where the file is there and cannot be understood.
    """

    name: str | None = None
    before: tuple[str | None, ...] = ()
    is_readable: bool = True


def read_choice(root: Path) -> Choice:
    """Return what was chosen; the version that came with the program where nothing was, or nobody can tell."""
    try:
        raw = json.loads((root / CHOICE_FILE).read_text(encoding="utf-8"))
        name, before = raw["in_use"], raw["before"]
        if not isinstance(before, list) or not all(one is None or isinstance(one, str) for one in (name, *before)):
            return Choice(is_readable=False)
        return Choice(name, tuple(before))
    except FileNotFoundError:
        return Choice()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Choice(is_readable=False)


def write_choice(root: Path, choice: Choice) -> None:
    """Write it beside and rename: whoever reads it meanwhile sees what was, or what is. OSError where the drive refuses."""
    root.mkdir(parents=True, exist_ok=True)
    number, beside = tempfile.mkstemp(".partial", f".{CHOICE_FILE}.", root)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump({"in_use": choice.name, "before": choice.before}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(root / CHOICE_FILE)
    finally:
        Path(beside).unlink(missing_ok=True)


def note_change(root: Path, change: NetworksChange) -> None:
    """Add a line to the history; a line that was cut short before it stays by itself. OSError where the drive refuses."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / HISTORY_FILE
    begin = "\n" if path.is_file() and not _ends_a_line(path) else ""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{begin}{json.dumps(asdict(change))}\n")


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return size == 0 or file.read() == b"\n"


def read_changes(root: Path) -> list[NetworksChange]:
    """Return every change, the first one first; lines that cannot be understood are passed over."""
    try:
        lines = (root / HISTORY_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [change for line in lines if (change := _parsed(line)) is not None]


def _parsed(line: str) -> NetworksChange | None:
    try:
        change = NetworksChange(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    return change if all(isinstance(text, str) for text in (change.when, change.who, change.before, change.after)) else None
