"""Readings of frames in the tables: read, written down, kept. Every function belongs in a transaction of its caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, Table, and_, delete, insert, literal, select, update
from sqlalchemy.engine import Connection

from busi_gui.domain.edits import PackedReading
from busi_gui.store.records import ReadingConflict, StoredReading
from busi_gui.store.rows import Held, Row, Values, says_the_same, values_of_lesions, values_of_reading
from busi_gui.store.schema import ASIDE, EARLIER, kept_lesions, kept_readings, lesions, readings

_LESION = "lesion_"
"""Before the names of a lesion's columns where they stand beside its reading's."""


@dataclass(frozen=True)
class Frame:
    """A frame in the tables: its file's key, and which frame of it, from 0."""

    key: str
    number: int

    def of(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that a row belongs to the frame."""
        return and_(table.c.key == self.key, table.c.frame == self.number)

    @property
    def values(self) -> Values:
        """What stands in each of its rows."""
        return {"key": self.key, "frame": self.number}


@dataclass(frozen=True)
class Writer:
    """Who writes.

    Attributes
    ----------
    reader
        User and workstation.
    sitting
        Of which window, 32 hex digits: the same reader may have two.
    """

    reader: str
    sitting: str

    @property
    def values(self) -> Values:
        """What stands in the rows that are written now."""
        return {"reader": self.reader, "sitting": self.sitting, "changed": datetime.now(UTC).isoformat(timespec="milliseconds")}


# read ---------------------------------------------------------------------------------------------------------------------------------------------


def stored(connection: Connection, key: str) -> dict[int, StoredReading]:
    """Return the readings of a file, by frame."""
    joined = readings.outerjoin(lesions, and_(lesions.c.key == readings.c.key, lesions.c.frame == readings.c.frame))
    query = _with_lesions(readings, lesions).select_from(joined).where(readings.c.key == key)
    return {held.head["frame"]: held.reading for held in _held(connection, query.order_by(readings.c.frame, lesions.c.place), ("frame",))}


def kept(connection: Connection, key: str, purpose: str) -> list[tuple[Row, StoredReading]]:
    """Return the rows and readings of a file that are kept beside those that hold, for a purpose, in the order in which they were written."""
    joined = kept_readings.outerjoin(kept_lesions, kept_lesions.c.id == kept_readings.c.id)
    query = _with_lesions(kept_readings, kept_lesions).select_from(joined)
    query = query.where(kept_readings.c.key == key, kept_readings.c.purpose == purpose)
    order = (kept_readings.c.revision, kept_readings.c.changed, kept_readings.c.id, kept_lesions.c.place)
    return [(held.head, held.reading) for held in _held(connection, query.order_by(*order), ("id",))]


def _with_lesions(heads: Table, parts: Table) -> Select[Any]:
    # In one statement: between two of them another window may write.
    return select(*heads.c, *(column.label(_LESION + column.name) for column in parts.c))


def _held(connection: Connection, query: Select[Any], names: tuple[str, ...]) -> list[Held]:
    together: dict[tuple[Any, ...], tuple[Row, dict[int, Row]]] = {}
    for row in connection.execute(query).mappings():
        _, parts = together.setdefault(tuple(row[name] for name in names), (row, {}))
        if row[f"{_LESION}number"] is not None:
            parts[row[f"{_LESION}number"]] = {name.removeprefix(_LESION): value for name, value in row.items() if name.startswith(_LESION)}
    return [Held(head, parts) for head, parts in together.values()]


def _held_for_update(connection: Connection, frame: Frame) -> Held | None:
    """Return the rows of a frame, which no other window can change until the transaction ends."""
    head = connection.execute(select(readings).where(frame.of(readings)).with_for_update()).mappings().first()
    if head is None:
        return None
    parts = connection.execute(select(lesions).where(frame.of(lesions)).order_by(lesions.c.place)).mappings()
    return Held(head, {row["number"]: row for row in parts})


# write down ---------------------------------------------------------------------------------------------------------------------------------------


def write(connection: Connection, frame: Frame, packed: PackedReading, base: int | None, writer: Writer) -> int:
    """Write down a reading, and return its revision; ReadingConflict where it was made from an earlier one than the tables hold."""
    head, parts = values_of_reading(packed), values_of_lesions(packed)
    held = _held_for_update(connection, frame)
    if held is None:
        revision = (base or 0) + 1
        connection.execute(insert(readings).values(**frame.values, **head, **writer.values, revision=revision))
        _write_lesions(connection, frame, {}, {}, parts)
        return revision
    # Of what this window wrote it need not understand all anew with each stroke: that takes longer than all the rest.
    is_own = held.head["sitting"] == writer.sitting
    said = held.values if is_own else values_of_lesions(held.reading.packed)
    if (said == parts and held.has(head)) if is_own else says_the_same(held.reading.packed, packed):
        return held.revision  # whoever wrote it: there is nothing to decide
    if base not in (None, held.revision):
        raise ReadingConflict(held.reading)
    if not is_own or held.is_any_damaged(number for number in said if said[number] != parts.get(number)):
        _keep_earlier(connection, frame)
    revision = held.revision + 1
    connection.execute(update(readings).where(frame.of(readings)).values(**head, **writer.values, revision=revision))
    _write_lesions(connection, frame, held.lesions, said, parts)
    return revision


def _write_lesions(connection: Connection, frame: Frame, held: Mapping[int, Row], said: Mapping[int, Values], parts: Mapping[int, Values]) -> None:
    """Write down the lesions of a frame, only those that say something else than before."""
    gone = [number for number in held if number not in parts]
    if gone:
        connection.execute(delete(lesions).where(frame.of(lesions), lesions.c.number.in_(gone)))
    for number, values in parts.items():
        if number not in held:
            connection.execute(insert(lesions).values(**frame.values, **values))
        elif changed := {name: value for name, value in values.items() if number not in said or said[number][name] != value}:
            connection.execute(update(lesions).where(frame.of(lesions), lesions.c.number == number).values(**changed))


def _keep_earlier(connection: Connection, frame: Frame) -> None:
    """Keep what the tables hold of a frame as it is, whatever it is."""
    name = uuid4().hex
    for source, target, more in ((readings, kept_readings, {"id": name, "purpose": EARLIER}), (lesions, kept_lesions, {"id": name})):
        same = [column.name for column in target.c if column.name not in more]
        chosen = select(*(literal(value) for value in more.values()), *(source.c[column] for column in same)).where(frame.of(source))
        connection.execute(insert(target).from_select([*more, *same], chosen))


# keep aside ---------------------------------------------------------------------------------------------------------------------------------------


def lay_aside(connection: Connection, frame: Frame, packed: PackedReading, writer: Writer) -> None:
    """Keep a reading that waits for a decision, in place of the one that this window had laid aside for the frame."""
    before = select(kept_readings.c.id).where(frame.of(kept_readings), kept_readings.c.purpose == ASIDE, kept_readings.c.sitting == writer.sitting)
    drop(connection, connection.execute(before).scalars().all())
    revision = connection.execute(select(readings.c.revision).where(frame.of(readings))).scalar() or 0
    name = uuid4().hex
    values = {**values_of_reading(packed), **writer.values, **frame.values}
    connection.execute(insert(kept_readings).values(id=name, purpose=ASIDE, revision=revision, **values))
    for lesion in values_of_lesions(packed).values():
        connection.execute(insert(kept_lesions).values(id=name, **lesion))


def resolve(connection: Connection, frame: Frame, adopted: Iterable[str], writer: Writer) -> None:
    """Let go of what this window had laid aside for a frame, or had taken over from one that was killed: the reader has decided."""
    own = and_(frame.of(kept_readings), kept_readings.c.purpose == ASIDE, kept_readings.c.sitting == writer.sitting)
    drop(connection, [*connection.execute(select(kept_readings.c.id).where(own)).scalars(), *adopted])


def drop(connection: Connection, names: Iterable[str]) -> None:
    """Let go of kept readings."""
    for name in names:
        connection.execute(delete(kept_lesions).where(kept_lesions.c.id == name))
        connection.execute(delete(kept_readings).where(kept_readings.c.id == name, kept_readings.c.purpose == ASIDE))
