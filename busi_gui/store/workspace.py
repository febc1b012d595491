"""Workspace: the reader's work and what is remembered of scans, known by their pixels, in one transactional database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from busi_gui.domain.approving import Approval
from busi_gui.domain.reading import Reading
from busi_gui.store import approvals, frames
from busi_gui.store.copying import copy_database
from busi_gui.store.database import Database
from busi_gui.store.frames import Frame, Writer
from busi_gui.store.place import Place
from busi_gui.store.reader import this_reader
from busi_gui.store.records import ApprovalNote, Note, ReadingConflict, StoredReading, WorkspaceError
from busi_gui.store.rows import Packing, note_of, values_of_note
from busi_gui.store.schema import ASIDE, EARLIER, scans

__all__ = ["ApprovalNote", "Note", "ReadingConflict", "StoredReading", "Workspace", "WorkspaceError"]

_AT_ONCE = 500
"""Keys asked for in one statement: databases take thousands."""


class Workspace:
    """What readers have set down and what is remembered of scans; may be used from any thread.

    Whatever is written is on the drive when the method returns: after a crash or a power cut it is there.

    Parameters
    ----------
    place
        A file, made where it does not exist; the address of a PostgreSQL database, ``postgresql://user:password@host:port/database``, that several
        workstations share (``?sslmode=require`` or ``verify-full`` with ``sslrootcert=FILE`` insists on encryption; without a password that of
        ``PGPASSWORD`` is taken); None keeps everything in memory and forgets it at the end.
    reader
        Who reads, and where; as the system says without it.

    Raises
    ------
    WorkspaceError
        From every method as well: the database is damaged, locked, on a full disk or a drive that is gone, or its server does not answer. The next
        call tries again.
    """

    def __init__(self, place: Path | str | None = None, reader: str | None = None) -> None:
        self._database = Database(Place.of(place))
        self._writer = Writer(reader if reader is not None else this_reader(), uuid4().hex)
        self._packing = Packing()
        self._adopted: dict[Frame, list[str]] = {}  # readings laid aside that this window has found

    @property
    def place(self) -> str:
        """Where it is, for showing: without a password."""
        return self._database.place.name

    @property
    def is_shared(self) -> bool:
        """Whether other workstations write there too."""
        return self._database.place.is_shared

    @property
    def reader(self) -> str:
        """Who reads here: user and workstation."""
        return self._writer.reader

    # notes ----------------------------------------------------------------------------------------------------------------------------------------

    def note(self, key: str) -> Note:
        """Return what is remembered of a scan, by its `file_key`; an empty note where nothing is."""
        return self.notes([key]).get(key, Note())

    def notes(self, keys: Sequence[str]) -> dict[str, Note]:
        """Return what is remembered of some scans, by their `file_key`, in one transaction; those of which nothing is are left out."""
        if not keys:
            return {}

        def work(connection: Connection) -> dict[str, Note]:
            found = {}
            for some in range(0, len(keys), _AT_ONCE):
                query = select(scans).where(scans.c.key.in_(keys[some : some + _AT_ONCE]))
                found.update({row["key"]: note_of(row) for row in connection.execute(query).mappings()})
            return found

        return self._database.run(work, is_reading=True)

    def remember(self, key: str, **changes: Any) -> Note:
        """Change fields of a scan's note, by name, in one transaction; return the new note. What is not named stays as it is."""

        def work(connection: Connection) -> Note:
            row = connection.execute(select(scans).where(scans.c.key == key).with_for_update()).mappings().first()
            note = replace(note_of(row) if row is not None else Note(), **changes)
            values = values_of_note(note)
            # Where another window makes the same row at this moment the database refuses, and this is done again.
            connection.execute(insert(scans).values(key=key, **values) if row is None else update(scans).where(scans.c.key == key).values(**values))
            return note

        return self._database.run(work)

    # readings -------------------------------------------------------------------------------------------------------------------------------------

    def readings(self, key: str) -> dict[int, StoredReading]:
        """Return what readers have set down on the frames of a file, by its `file_key` and the frame's number from 0."""
        return self._database.run(lambda connection: frames.stored(connection, key), is_reading=True)

    def store(self, key: str, frame: int, reading: Reading, base: int | None) -> int:
        """Write down the reading of a frame in one transaction; what this window had laid aside for the frame is decided with that.

        Where outlines are the network's they are left out: they come again by themselves. What another reader, another window or an earlier sitting
        wrote is kept as an earlier revision, and so is what could not be understood.

        Parameters
        ----------
        base
            The revision that it was made from, 0 where there was none; None writes over whatever is there.

        Returns
        -------
        int
            Its revision: that which the Workspace holds already where that says the same.

        Raises
        ------
        ReadingConflict
            The Workspace holds another revision than ``base``, and it says something else: nothing is written.
        """
        packed, place = self._packing.of(reading), Frame(key, frame)
        adopted = self._adopted.get(place, [])

        def work(connection: Connection) -> int:
            revision = frames.write(connection, place, packed, base, self._writer)
            frames.resolve(connection, place, adopted, self._writer)
            return revision

        revision = self._database.run(work)
        self._adopted.pop(place, None)
        return revision

    def earlier(self, key: str, frame: int) -> list[StoredReading]:
        """Return what was set down on a frame before and then overwritten by somebody else, or in another sitting; the latest first."""
        found = self._database.run(lambda connection: frames.kept(connection, key, EARLIER), is_reading=True)
        return [reading for head, reading in reversed(found) if head["frame"] == frame]

    def store_aside(self, key: str, frame: int, reading: Reading) -> None:
        """Write down a reading that must wait until its reader has decided about somebody else's: it is found again after a crash.

        `store` lets go of it. One that was laid aside before by this window is replaced.
        """
        packed = self._packing.of(reading)
        self._database.run(lambda connection: frames.lay_aside(connection, Frame(key, frame), packed, self._writer))

    def asides(self, key: str) -> dict[int, StoredReading]:
        """Return what this reader has laid aside on the frames of a file and has not decided about, the latest of each frame.

        Its ``revision`` is that which the Workspace held when it was laid aside. Where workstations share the Workspace those of others are left out.
        """
        found = self._database.run(lambda connection: frames.kept(connection, key, ASIDE), is_reading=True)
        latest: dict[int, StoredReading] = {}
        for head, reading in sorted(found, key=lambda one: one[1].changed):
            if head["reader"] == self.reader or not self.is_shared:
                latest[head["frame"]] = reading
                self._adopted.setdefault(Frame(key, head["frame"]), []).append(head["id"])
        return latest

    # approvals ------------------------------------------------------------------------------------------------------------------------------------

    def group_key(self) -> bytes:
        """Return the key by which this Workspace knows patients again, see `patient_group`; it is made once, and goes with every copy."""
        return self._database.run(approvals.group_key)

    def approve(self, approval: Approval) -> Approval:
        """Write down an approval in one transaction, in place of an earlier one of the frame.

        Every fifth group, in the order of their first approvals, is held out. A group never changes sides, nor a file its group: not when another
        file with the same pixels names another patient, and not when everything of it is withdrawn.

        Returns
        -------
        Approval
            With the group that the file has, and whether that is held out.
        """
        rows = approvals.Rows.of(approval)
        return self._database.run(lambda connection: approvals.approve(connection, approval, rows))

    def withdraw(self, key: str, frame: int) -> None:
        """Let nothing be learned from a frame any more; nothing happens where it was not approved."""
        self._database.run(lambda connection: approvals.withdraw(connection, Frame(key, frame)))

    def approvals(self) -> list[ApprovalNote]:
        """Return what is approved, without pixels but with thumbnails, in the order of approval."""
        return self._database.run(approvals.notes, is_reading=True)

    def approval_notes(self, keys: Sequence[str]) -> dict[str, tuple[ApprovalNote, ...]]:
        """Return what is approved of some files, by their `file_key`, without thumbnails; files of which nothing is are left out."""

        def work(connection: Connection) -> dict[str, tuple[ApprovalNote, ...]]:
            found: dict[str, tuple[ApprovalNote, ...]] = {}
            for some in range(0, len(keys), _AT_ONCE):
                for note in approvals.notes(connection, keys[some : some + _AT_ONCE]):
                    found[note.key] = (*found.get(note.key, ()), note)
            return found

        return self._database.run(work, is_reading=True)

    def approval(self, key: str, frame: int) -> Approval | None:
        """Return what is approved of a frame, with its pixels; None where nothing is, or it is damaged."""
        found = self._database.run(partial(approvals.approval_of_frame, frame=Frame(key, frame)), is_reading=True)
        return found if isinstance(found, Approval) else None

    def approved(self, on_damaged: Callable[[str], object] = lambda _why: None) -> Iterator[Approval]:
        """Yield what is approved with its pixels, in the order of approval; one frame is in memory at a time.

        Parameters
        ----------
        on_damaged
            Told, in a sentence for the reader, of each that cannot be understood or is not what was approved; it is left out.
        """
        for frame in self._database.run(approvals.frames_approved, is_reading=True):
            found = self._database.run(partial(approvals.approval_of_frame, frame=frame), is_reading=True)
            if isinstance(found, Approval):
                yield found
            elif found is not None:
                on_damaged(found)

    # the whole ------------------------------------------------------------------------------------------------------------------------------------

    def copy_to(self, file: Path) -> None:
        """Copy everything, as it is at one moment, into a new SQLite file; WorkspaceError where one of that name is there already."""
        copy_database(self._database, file)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
