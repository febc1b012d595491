"""Settings: what the program remembers of its window and habits, typed over QSettings.

A settings file is edited by hand, copied between versions and cut off by full disks: every value that cannot be understood is its default.
"""

from __future__ import annotations

import json
import os
from math import inf
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QFileInfo, QSettings

MOST_RECENT_FILES = 10


class Settings:
    """Values that outlive the program.

    Parameters
    ----------
    file
        An INI file; None for the user's own, where the system keeps such files.
    """

    def __init__(self, file: Path | None = None) -> None:
        ini = QSettings.Format.IniFormat
        self._store = QSettings(str(file), ini) if file else QSettings(ini, QSettings.Scope.UserScope, "busi-gui", "busi-gui")

    # files ---------------------------------------------------------------------------------------------------------------------------------------

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """Files opened lately, newest first, at most ten; some may be gone."""
        # Nobody looks whether they are there: a network drive that sleeps would hold up the first paint, and opening one that is gone says so.
        return tuple(self._recent())

    def add_recent_file(self, path: Path) -> None:
        """Put a file first among the recent ones."""
        path = Path(os.path.abspath(path))  # noqa: PTH100 - as the reader named it: links are not followed
        others = [known for known in self._recent() if known != path]
        self._write_json("files/recent", [str(known) for known in [path, *others][:MOST_RECENT_FILES]])

    def clear_recent_files(self) -> None:
        """Forget every recent file."""
        self._store.remove("files/recent")

    @property
    def last_folder(self) -> Path | None:
        """Where a file was last chosen; None at first, or when the folder is gone.

        Looks at the drive: to be asked only when a file dialog is about to open, which looks there itself.
        """
        text = self._text("files/last_folder")
        return Path(text) if text and QFileInfo(text).isDir() else None  # Path.is_dir raises where a folder may not be looked at

    @last_folder.setter
    def last_folder(self, folder: Path) -> None:
        self._store.setValue("files/last_folder", str(folder))

    # window --------------------------------------------------------------------------------------------------------------------------------------

    @property
    def window_geometry(self) -> QByteArray:
        """Size and place of the main window, empty at first."""
        return self._bytes("window/geometry")

    @window_geometry.setter
    def window_geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("window/geometry", geometry)

    @property
    def window_state(self) -> QByteArray:
        """Docks and toolbars of the main window, empty at first."""
        return self._bytes("window/state")

    @window_state.setter
    def window_state(self, state: QByteArray) -> None:
        self._store.setValue("window/state", state)

    @property
    def accepted_notice(self) -> str:
        """Version of the not-for-clinical-use notice that the reader accepted, empty when none."""
        return self._text("notice/accepted")

    @accepted_notice.setter
    def accepted_notice(self, version: str) -> None:
        self._store.setValue("notice/accepted", version)

    # how scans are drawn -------------------------------------------------------------------------------------------------------------------------

    def is_layer_visible(self, layer: str, default: bool) -> bool:
        """Return whether a layer of the scan view, named in lower case, is drawn."""
        return self._bool(f"layers/{layer}_visible", default)

    def set_layer_visible(self, layer: str, is_visible: bool) -> None:
        """Remember whether a layer is drawn."""
        self._store.setValue(f"layers/{layer}_visible", is_visible)

    def layer_opacity(self, layer: str, default: float) -> float:
        """Return a layer's opacity in [0, 1]."""
        try:
            opacity = float(self._text(f"layers/{layer}_opacity"))
        except ValueError:
            return default
        return opacity if 0 <= opacity <= 1 else default

    def set_layer_opacity(self, layer: str, opacity: float) -> None:
        """Remember a layer's opacity in [0, 1]."""
        self._store.setValue(f"layers/{layer}_opacity", round(opacity, 3))

    @property
    def colour_map(self) -> str:
        """Name of the colour map of probability and saliency, empty when never chosen."""
        return self._text("layers/colour_map")

    @colour_map.setter
    def colour_map(self, name: str) -> None:
        self._store.setValue("layers/colour_map", name)

    @property
    def is_identity_hidden(self) -> bool:
        """Whether the patient's name, number and date stay off the screen."""
        return self._bool("view/identity_hidden", False)

    @is_identity_hidden.setter
    def is_identity_hidden(self, is_hidden: bool) -> None:
        self._store.setValue("view/identity_hidden", is_hidden)

    # how outlines are changed --------------------------------------------------------------------------------------------------------------------

    @property
    def brush_px(self) -> int:
        """Diameter of the brush in scan pixels; 0 when never chosen."""
        text = self._text("editing/brush_px")
        return int(text) if text.isdecimal() else 0

    @brush_px.setter
    def brush_px(self, diameter: int) -> None:
        self._store.setValue("editing/brush_px", diameter)

    def outline_step(self, unit: str, default: float) -> float:
        """Return how far an outline moves in one step, positive, in ``"mm"`` or ``"px"``."""
        try:
            step = float(self._text(f"editing/outline_step_{unit}"))
        except ValueError:
            return default
        return step if 0 < step < inf else default

    def set_outline_step(self, unit: str, step: float) -> None:
        """Remember how far an outline moves in one step."""
        self._store.setValue(f"editing/outline_step_{unit}", round(step, 3))

    def is_hint_learnt(self, name: str) -> bool:
        """Return whether the reader has used what a hint is about, so that it need not be said again."""
        return self._bool(f"hints/{name}_learnt", False)

    def set_hint_learnt(self, name: str) -> None:
        """Remember that the reader has used what a hint is about."""
        self._store.setValue(f"hints/{name}_learnt", True)

    # diagnosis -----------------------------------------------------------------------------------------------------------------------------------

    @property
    def diagnose_at_once(self) -> bool:
        """Whether a changed lesion is diagnosed again without being asked for."""
        return self._bool("diagnosis/at_once", True)

    @diagnose_at_once.setter
    def diagnose_at_once(self, is_at_once: bool) -> None:
        self._store.setValue("diagnosis/at_once", is_at_once)

    @property
    def operating_point(self) -> str:
        """Name of the operating point that the reader wants, empty when never chosen; the networks need not have it."""
        return self._text("diagnosis/operating_point")

    @operating_point.setter
    def operating_point(self, name: str) -> None:
        self._store.setValue("diagnosis/operating_point", name)

    # keys ----------------------------------------------------------------------------------------------------------------------------------------

    @property
    def changed_keys(self) -> dict[str, str]:
        """Keys that the reader changed: action name to key sequences in portable text, ``"; "`` between several, empty for none."""
        stored = self._json("keys/changed")
        if not isinstance(stored, dict):
            return {}
        return {name: keys for name, keys in stored.items() if isinstance(keys, str)}

    @changed_keys.setter
    def changed_keys(self, keys: dict[str, str]) -> None:
        self._write_json("keys/changed", keys)

    # -----------------------------------------------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write to disk now, rather than some time later."""
        self._store.sync()

    def _recent(self) -> list[Path]:
        stored = self._json("files/recent")
        return [Path(text) for text in stored if isinstance(text, str)] if isinstance(stored, list) else []

    def _text(self, key: str) -> str:
        value = self._store.value(key, "")
        return value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""

    def _bool(self, key: str, default: bool) -> bool:
        value = self._store.value(key, default)
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(str(value).lower(), default)

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self._text(key))
        except ValueError:
            return None

    def _write_json(self, key: str, value: object) -> None:
        self._store.setValue(key, json.dumps(value, ensure_ascii=False))
