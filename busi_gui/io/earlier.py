"""What an earlier run has left in a folder of results, and whether it still holds: then it need not be done again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from busi_gui import __version__
from busi_gui.io.inputs import Frames, frame_name
from busi_gui.io.results import PICTURES, file_record, model_record
from models.analysis import NetworkInfo


@dataclass(frozen=True)
class Terms:
    """Where results go and on what terms they are made; what was made on others does not hold.

    Attributes
    ----------
    out
        The folder of results.
    network
        Which networks answer, at the operating point that results are held against.
    frames
        Which frames of each file.
    with_identity
        Whether name, number and date of the patient go into the records as well.
    given
        The stems of all files' results, in lower case: frames of a file of several get none of these.
    is_anew
        Whether nothing that was done before holds.
    """

    out: Path
    network: NetworkInfo
    frames: Frames = "first"
    with_identity: bool = False
    given: frozenset[str] = frozenset()
    is_anew: bool = False

    def stem(self, name: str, frame: int | None, frame_count: int) -> str:
        """Return the stem of a frame's results from that of its file; None is the first that can be read."""
        return name if frame is None or frame_count == 1 else frame_name(name, frame, self.given)

    def earlier_record(self, path: Path, stem: str) -> dict[str, Any] | None:
        """Return the record that an earlier run left under a stem; None where it does not hold.

        It holds where it is whole, its pictures are there as they were written, it tells of this file, which has the same size and time as then, and
        the same program, networks, operating point and choice about identity made it. The file itself is not read: a hash of it would mean to read
        all of a cine, of which one frame is analysed.
        """
        if self.is_anew:
            return None
        try:
            record = json.loads((self.out / f"{stem}.json").read_text(encoding="utf-8"))
            return record if self._tells_of(record, path) and self._has_its_pictures(record, stem) else None
        except (OSError, ValueError, KeyError, AttributeError):
            return None

    def earlier_records(self, path: Path, name: str) -> list[dict[str, Any]] | None:
        """Return the records of all frames asked for of a file, of which ``name`` is the stem; None where one of them is still to be made."""
        alone = self.earlier_record(path, name)
        if self.frames == "first":
            return None if alone is None else [alone]
        if alone is not None and alone["frames"] == 1:
            return [alone] if self.frames in ("all", (0,)) else None
        records = []
        numbers = [0] if isinstance(self.frames, str) else list(self.frames)
        for number in numbers:
            record = self.earlier_record(path, frame_name(name, number, self.given))
            if record is None:
                return None
            if self.frames == "all" and number == 0:
                numbers.extend(range(1, record["frames"]))
            records.append(record)
        return records

    def _tells_of(self, record: dict[str, Any], path: Path) -> bool:
        point = self.network.operating_point
        expected = {
            "path": str(path),
            "file": file_record(path),
            "program": __version__,
            "model": model_record(self.network),
            "operating_point": point.name,
            "threshold": point.threshold,
        }
        is_same = all(record.get(key) == value for key, value in expected.items()) and ("identity" in record) == self.with_identity
        return is_same and isinstance(record["frames"], int)

    def _has_its_pictures(self, record: dict[str, Any], stem: str) -> bool:
        contents = {kind: (self.out / f"{stem}_{kind}.png").read_bytes() for kind in PICTURES}
        return bool(record.get("pictures") == {kind: hashlib.sha256(content).hexdigest() for kind, content in contents.items()})
