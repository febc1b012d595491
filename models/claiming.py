"""The folder of a run says how the run is made; a version goes into a new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from models.analysis import NetworkError


def claim(folder: Path, wanted: Mapping[str, object]) -> None:
    """Write down how a run is made, or compare with what is written: a run must never go on with other data or options, a NetworkError says so."""
    record = folder / "recipe.json"
    if not record.is_file():
        record.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        return
    made = json.loads(record.read_text(encoding="utf-8"))
    others = [name for name in wanted if made.get(name) != wanted[name]]
    if others:
        raise NetworkError(f"{folder} holds a run with another {', '.join(others)}. Name another folder with --run, or delete this one.")


def check_new(out: Path) -> None:
    """Raise NetworkError where a version cannot go into the folder, because something is there."""
    if out.exists() and any(out.iterdir()):
        raise NetworkError(f"{out} is not empty. Name a new folder with --out: a version is never written over another.")
