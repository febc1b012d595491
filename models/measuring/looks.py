"""Who looked at held-out scans, and when: a line in a log for each look, so that "held out" keeps meaning something."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.datasets import Example, fingerprint
from models.weights import sha256_of

LOG_FILE = "held-out.jsonl"


@dataclass(frozen=True)
class Look:
    """One look at held-out scans.

    Attributes
    ----------
    at
        UTC, ISO 8601 to the second.
    command
        As it was given, without paths of the computer.
    version, hashes
        Of the networks; SHA-256 of each weights file by its name.
    data
        Fingerprint of the scans that were looked at, see ``datasets.fingerprint``.
    scans
        How many.
    """

    at: str
    command: str
    version: str
    hashes: Mapping[str, str]
    data: str
    scans: int


def note_look(log: Path, command: str, version: str, hashes: Mapping[str, str], examples: Sequence[Example]) -> tuple[Look, ...]:
    """Append a look at held-out scans to a log, which is made where there is none, and return the earlier looks of the same weights.

    To be called before the scans are measured: who has seen half of the figures has looked.

    Raises
    ------
    OSError
        The log cannot be read or written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    look = Look(now, command, version, dict(sorted(hashes.items())), fingerprint(examples), len(examples))
    earlier = tuple(each for each in read_looks(log) if dict(each.hashes) == dict(look.hashes))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(look)) + "\n")
    return earlier


def read_looks(log: Path) -> tuple[Look, ...]:
    """Return the looks of a log, the first of them first; none where there is no log. OSError where it is no such log."""
    if not log.is_file():
        return ()
    try:
        return tuple(Look(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines() if line.strip())
    except (ValueError, TypeError) as error:
        raise OSError(f"{log} is no log of looks at held-out scans: {error}") from error


def sentence_about(earlier: Sequence[Look], scans: int, log: Path) -> str:
    """Say to whom starts a measurement that held-out scans are looked at, and how often these weights have been before."""
    said = f"Looking at {scans} held-out scans; this is noted in {log.name}."
    if not earlier:
        return f"{said} These weights were never measured on held-out scans before, as far as that log goes."
    times = "once" if len(earlier) == 1 else f"{len(earlier)} times"
    return f"{said} These weights were looked at {times} before, last at {earlier[-1].at}: {earlier[-1].command}."


def weights_hashes(version: Path) -> dict[str, str]:
    """Return the SHA-256 of each weights file in a version's folder, by its name."""
    return {path.name: sha256_of(path) for path in sorted(version.glob("*.h5"))}
