"""Workspace: what is remembered of scans, known by their pixels, in one transactional database."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Float, Integer, MetaData, String, Table, create_engine, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.edits import PackedReading
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Box, Spacing

_metadata = MetaData()
_scans = Table(
    "scans",
    _metadata,
    Column("key", String(40), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("is_analysed", Boolean, nullable=False),
    Column("is_doubted", Boolean, nullable=False),
    Column("p_malignant", Float),
    Column("row_mm", Float),
    Column("column_mm", Float),
    Column("calibrated_rows", Integer),
    Column("calibrated_columns", Integer),
    Column("top", Integer),
    Column("left", Integer),
    Column("bottom", Integer),
    Column("right", Integer),
)
_WAIT_S = 5
"""How long one window waits for another's transaction."""


class WorkspaceError(Exception):
    """The database cannot be read or written. The message is for the reader: which file, why, and what to do."""


@dataclass(frozen=True)
class Note:
    """What is remembered of one scan.

    Attributes
    ----------
    status
        How far the reader is with it.
    p_malignant
        Of its most suspicious lesion when it was last analysed, in [0, 1]; None where none was found, or it never was.
    calibration
        The scale that the reader took from its ruler; None where he did not.
    field
        The part that the reader keeps of a picture with borders; None for all of it.
    is_analysed
        Whether the networks have ever looked at it: without a probability they then found no lesion.
    is_doubted
        Whether it then looked like no breast ultrasound.
    calibrated_shape
        Rows and columns of the frame on which the scale was taken: it holds for no frame of another size.
    """

    status: CaseStatus = CaseStatus.NEW
    p_malignant: float | None = None
    calibration: Spacing | None = None
    field: Box | None = None
    is_analysed: bool = False
    is_doubted: bool = False
    calibrated_shape: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class StoredReading:
    """The reading of one frame as the Workspace holds it.

    Attributes
    ----------
    revision
        From 1, one more with each change.
    reader
        Who wrote it last.
    changed
        When, in UTC.
    """

    revision: int
    reader: str
    changed: datetime
    packed: PackedReading


class ReadingConflict(Exception):  # noqa: N818 - somebody else was quicker, which is no error
    """Somebody else has written down another reading of the frame since it was read.

    Attributes
    ----------
    theirs
        What the Workspace holds.
    """

    def __init__(self, theirs: StoredReading) -> None:
        super().__init__(f"{theirs.reader} has changed this frame")
        self.theirs = theirs


class Workspace:
    """The notes of all scans; may be used from any thread.

    Parameters
    ----------
    file
        The database, made where it does not exist; None keeps everything in memory and forgets it at the end.

    Raises
    ------
    WorkspaceError
        From every method as well: the file is damaged, locked, on a full disk or a drive that is gone.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._readings: dict[tuple[str, int], StoredReading] = {}
        self._name = str(file) if file is not None else "memory"
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
            # One connection, and so one transaction at a time: they take a millisecond, and a database in memory belongs to its connection.
            how = {"timeout": _WAIT_S, "check_same_thread": False}
            self._engine = create_engine(f"sqlite:///{file or ':memory:'}", connect_args=how, poolclass=StaticPool)
            event.listen(self._engine, "connect", _prepare)
            event.listen(self._engine, "begin", _begin)
        except OSError as error:
            raise WorkspaceError(
                f"What you did cannot be remembered in {self._name}: {error.strerror}. Check the drive, then start again."
            ) from error
        with self._transaction() as connection:
            _metadata.create_all(connection)

    def note(self, key: str) -> Note:
        """Return what is remembered of a scan, by its `file_key`; an empty note where nothing is."""
        with self._transaction(is_reading=True) as connection:
            row = connection.execute(select(_scans).where(_scans.c.key == key)).mappings().first()
        return _note_of(dict(row)) if row is not None else Note()

    def notes(self, keys: Sequence[str]) -> dict[str, Note]:
        """Return what is remembered of some scans, by their `file_key`, in one transaction; those of which nothing is are left out."""
        if not keys:
            return {}
        with self._transaction(is_reading=True) as connection:
            rows = connection.execute(select(_scans).where(_scans.c.key.in_(keys))).mappings().all()
        return {row["key"]: _note_of(dict(row)) for row in rows}

    def remember(self, key: str, **changes: Any) -> Note:
        """Change fields of a scan's note, by name, in one transaction; return the new note. What is not named stays as it is."""
        with self._transaction() as connection:
            row = connection.execute(select(_scans).where(_scans.c.key == key)).mappings().first()
            note = replace(_note_of(dict(row)) if row is not None else Note(), **changes)
            values = _values_of(note)
            connection.execute(insert(_scans).values(key=key, **values).on_conflict_do_update(index_elements=["key"], set_=values))
        return note

    def readings(self, key: str) -> dict[int, StoredReading]:
        """Return what readers have set down on the frames of a file, by its `file_key` and the frame's number from 0."""
        with self._lock:
            return {frame: stored for (known, frame), stored in self._readings.items() if known == key}

    def store(self, key: str, frame: int, reading: Reading, base: int | None) -> int:
        """Write down the reading of a frame in one transaction.

        Parameters
        ----------
        base
            The revision that it was made from, 0 where there was none; None writes over whatever is there.

        Returns
        -------
        int
            Its revision.

        Raises
        ------
        ReadingConflict
            The Workspace holds a later revision than ``base``: nothing is written.
        """
        with self._lock:
            held = self._readings.get((key, frame))
            revision = held.revision if held is not None else 0
            if held is not None and base is not None and revision != base:
                raise ReadingConflict(held)
            self._readings[key, frame] = StoredReading(revision + 1, "somebody", datetime.now(UTC), PackedReading.of(reading))
            return revision + 1

    def store_aside(self, key: str, frame: int, reading: Reading) -> None:
        """Write down a reading that must wait until its reader has decided about somebody else's: it is found again after a crash."""

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, is_reading: bool = False) -> Iterator[Connection]:
        try:
            with self._lock, self._engine.execution_options(is_reading=is_reading).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error)
            raise WorkspaceError(f"What you did cannot be remembered in {self._name}: {reason}. The scan on screen is unharmed.") from error


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin a transaction only before it writes, after what is to be changed was read
    # Readers do not wait for a writer, and a killed program leaves whole transactions only. Where a drive cannot do it, SQLite stays as it is.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: Connection) -> None:
    # Who only reads need not wait for another window that writes.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options()["is_reading"] else "BEGIN IMMEDIATE")


def _note_of(row: dict[str, Any]) -> Note:
    """Return what a row says; what a newer version wrote, or a hand, and cannot be understood must not cost the scan."""
    calibration, field, status = None, None, CaseStatus.NEW
    with suppress(ValueError, TypeError):
        status = CaseStatus(row["status"])
    with suppress(ValueError, TypeError):
        calibration = Spacing(row["row_mm"], row["column_mm"])
    with suppress(ValueError, TypeError):
        field = Box(*(row[side] for side in ("top", "left", "bottom", "right")))
    sides = row["calibrated_rows"], row["calibrated_columns"]
    shape = None if None in sides else sides
    return Note(status, row["p_malignant"], calibration, field, row["is_analysed"], row["is_doubted"], shape)


def _values_of(note: Note) -> dict[str, Any]:
    spacing, box = note.calibration, note.field
    return {
        "status": note.status.value,
        "is_analysed": note.is_analysed,
        "is_doubted": note.is_doubted,
        "p_malignant": note.p_malignant,
        "row_mm": spacing.row_mm if spacing is not None else None,
        "column_mm": spacing.column_mm if spacing is not None else None,
        "calibrated_rows": note.calibrated_shape[0] if note.calibrated_shape is not None else None,
        "calibrated_columns": note.calibrated_shape[1] if note.calibrated_shape is not None else None,
        **{side: getattr(box, side) if box is not None else None for side in ("top", "left", "bottom", "right")},
    }
