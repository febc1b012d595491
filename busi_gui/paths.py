"""Where resources, weights and user files live, from source and frozen. No directory is made here: who writes makes it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

_APP_NAME = "busi-gui"


def is_built() -> bool:
    """Whether this is the built program, with a Python of its own, and not the source."""
    return bool(getattr(sys, "frozen", False))


def resources_dir() -> Path:
    """Return the folder of what the program ships: beside the package from source, inside the bundle when frozen."""
    bundle = getattr(sys, "_MEIPASS", None)
    root = Path(bundle) if bundle is not None else Path(__file__).resolve().parents[1]
    return root / "resources"


def weights_dir() -> Path:
    """Return the folder of the network versions that the program ships."""
    return resources_dir() / "weights"


def model_card() -> Path:
    """Return the file that says what the networks are for, how well they do and where they fail: Markdown, no pictures. It may not be there."""
    return resources_dir() / "model_card.md"


def guide_dir() -> Path:
    """Return the folder of the user guide: Markdown and pictures. It may not be there."""
    return resources_dir() / "guide" if is_built() else resources_dir().parent / "docs" / "guide"


def samples_dir() -> Path:
    """Return the folder of the synthetic sample scans."""
    return resources_dir() / "samples"


def cache_dir() -> Path:
    """Return where what can be derived again is kept; ``BUSI_GUI_CACHE`` overrules the system's place. It may not exist yet."""
    override = os.environ.get("BUSI_GUI_CACHE")
    return Path(override) if override else platformdirs.user_cache_path(_APP_NAME, appauthor=False)


def data_dir() -> Path:
    """Return where the reader's work is kept; ``BUSI_GUI_DATA`` overrules the system's place. It may not exist yet."""
    override = os.environ.get("BUSI_GUI_DATA")
    return Path(override) if override else platformdirs.user_data_path(_APP_NAME, appauthor=False)


def versions_dir() -> Path:
    """Return the folder of the versions of the networks that did not come with the program. It may not exist yet."""
    return data_dir() / "networks"


def replay_pack() -> Path | None:
    """Return the scans of other clinics that retraining rehearses on: those that the reader has put with his work, or that came with the program."""
    return next((file for folder in (data_dir(), resources_dir()) if (file := folder / "replay.pack").is_file()), None)


def docs_dir() -> Path | None:
    """Return the folder of the documents where the program runs from source, else None."""
    folder = Path(__file__).resolve().parents[1] / "docs"
    return None if is_built() or not folder.is_dir() else folder


def measures_dir() -> Path:
    """Return where measured figures and the log of looks at held-out scans are kept: with the documents from source, else with the reader's work.

    ``BUSI_GUI_MEASURES`` overrules it. It may not exist yet.
    """
    override = os.environ.get("BUSI_GUI_MEASURES")
    if override:
        return Path(override)
    documents = docs_dir()
    return (documents if documents is not None else data_dir()) / "measures"


def own_command() -> list[str]:
    """Return the command that starts this program again, for a process of its own; built for Windows, the one of the two with standard output."""
    if is_built():
        return [str(Path(sys.executable).with_name("busi-gui-cli.exe")) if sys.platform == "win32" else sys.executable]
    return [sys.executable, str(Path(__file__).resolve().parents[1] / "main.py")]
