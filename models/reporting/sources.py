"""What the documents are made from: a version's manifest, the files of measures, and the log of looks at held-out scans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.measuring.looks import LOG_FILE, Look, read_looks

Json = Mapping[str, Any]


class ReportError(Exception):
    """The documents cannot be written; the message says which file is at fault."""


@dataclass(frozen=True)
class Sources:
    """What was measured.

    Attributes
    ----------
    manifest
        Of the version that the documents are about, as it lies on disk.
    measures
        What the commands wrote, by the name of the file without suffix.
    looks
        At held-out scans, the first of them first.
    """

    manifest: Json
    measures: Mapping[str, Json]
    looks: tuple[Look, ...] = ()

    @property
    def networks(self) -> tuple[Json, ...]:
        """The manifest's networks, each with ``name``, ``file`` and ``sha256``, the segmenter first."""
        return tuple(_networks(self.manifest))

    @property
    def evaluation(self) -> Json | None:
        """What ``evaluate`` wrote of this very version: of held-out scans, else of validation scans, else None."""
        found = (self.measures.get(name) for name in ("held-out", "validation"))
        return next((each for each in found if each is not None and self.is_about_this(each)), None)

    def is_about_this(self, measure: Json) -> bool:
        """Whether a measure was made with the weights of this version."""
        hashes = measure.get("hashes") or measure.get("networks", {}).get("hashes") or {}
        return bool(hashes) and set(hashes.values()) <= {network["sha256"] for network in self.networks}


def read_sources(version: Path, measures: Path) -> Sources:
    """Read the manifest of a version and every file of measures.

    Raises
    ------
    ReportError
        There is no manifest, or a file is no JSON.
    """
    files = sorted(measures.glob("*.json")) if measures.is_dir() else []
    try:
        looks = read_looks(measures / LOG_FILE)
    except OSError as error:
        raise ReportError(str(error)) from error
    return Sources(_read(version / "manifest.json"), {path.stem: _read(path) for path in files}, looks)


def _read(path: Path) -> Json:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ReportError(f"{path} cannot be used: it holds no figures by name.")
    return content


def _networks(part: object) -> Iterator[Json]:
    if isinstance(part, Mapping):
        if {"name", "sha256"} <= set(part):
            yield part
            return
        for inner in part.values():
            yield from _networks(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _networks(inner)
