"""The tables of the Workspace, on SQLite and PostgreSQL alike. What changes here needs a migration: `migrations/versions`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

VERSIONS = ("0001", "0002", "0003", "0004")
"""Every version that a database may have, the oldest first; one that has another was written by a newer program."""
NEWEST = VERSIONS[-1]


class Bits(LargeBinary):
    """Bytes as they come: what a hand has put in their place is no reason to fail before anybody looks at it."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Leave what the driver brings as it is."""


def _reading_columns() -> list[Column[Any]]:
    return [
        Column("revision", Integer, nullable=False),
        Column("reader", Text, nullable=False),  # user and workstation
        Column("sitting", String(32), nullable=False),  # of which window: two of one reader are still two
        Column("changed", String(32), nullable=False),  # ISO 8601 in UTC
        Column("is_touched", Boolean, nullable=False),
        Column("callipers", Text, nullable=False),  # JSON: [{"number": 1, "kind": "distance" | "angle", "points": [[x, y], …]}, …]
        Column("scan_rows", Integer),  # of the masks; empty where there are none
        Column("scan_columns", Integer),
    ]


def _lesion_columns() -> list[Column[Any]]:
    return [
        Column("number", Integer, nullable=False),
        Column("place", Integer, nullable=False),  # in the list, from 0
        Column("name", Text, nullable=False),
        Column("source", String(16), nullable=False),
        Column("is_locked", Boolean, nullable=False),
        Column("is_hidden", Boolean, nullable=False),
        Column("category", String(8), nullable=False),
        Column("outcome", String(16), nullable=False),
        Column("remark", Text, nullable=False),
        Column("top", Integer),  # the window around what is True, half open
        Column("left", Integer),
        Column("bottom", Integer),
        Column("right", Integer),
        Column("mask", Bits, nullable=False),  # its pixels row by row, eight to a byte (the first in the highest bit), zlib-compressed
        # Empty where an older program wrote the row.
        Column("outcome_method", String(16)),
        Column("outcome_date", String(10)),  # ISO 8601
        Column("outcome_source", Text),
    ]


metadata = MetaData()

scans = Table(
    "scans",
    metadata,
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
    Column("p_low", Float),
    Column("p_high", Float),
    Column("opinions", Text),  # JSON: [0.21, 0.74], of each classifier
    Column("networks", Text),  # version, names and hashes of those that looked at it last
)
"""One row a file: what is remembered of it."""

readings = Table(
    "readings",
    metadata,
    Column("key", String(40), nullable=False),
    Column("frame", Integer, nullable=False),
    *_reading_columns(),
    PrimaryKeyConstraint("key", "frame"),
)
"""One row a frame that a reader has set something down on."""

lesions = Table(
    "lesions",
    metadata,
    Column("key", String(40), nullable=False),
    Column("frame", Integer, nullable=False),
    *_lesion_columns(),
    PrimaryKeyConstraint("key", "frame", "number"),
    ForeignKeyConstraint(["key", "frame"], ["readings.key", "readings.frame"]),
)
"""One row a lesion of a reading whose outlines are the reader's: the network's come again by themselves."""

EARLIER, ASIDE = "earlier", "aside"

kept_readings = Table(
    "kept_readings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("purpose", String(8), nullable=False),  # earlier: was overwritten; aside: waits for its reader to decide about somebody else's
    Column("key", String(40), nullable=False),
    Column("frame", Integer, nullable=False),
    *_reading_columns(),
    Index("kept_readings_of_frame", "key", "frame"),
)
"""Readings beside the one that holds: nobody's work is lost."""

kept_lesions = Table(
    "kept_lesions",
    metadata,
    Column("id", String(32), nullable=False),
    *_lesion_columns(),
    PrimaryKeyConstraint("id", "number"),
    ForeignKeyConstraint(["id"], ["kept_readings.id"]),
)
"""Their lesions."""

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("content", Bits, nullable=False),
)
"""What only this Workspace knows: the key by which it knows patients again."""

groups = Table(
    "groups",
    metadata,
    Column("name", String(80), primary_key=True),  # see `patient_group`
    Column("number", Integer, nullable=False),  # from 1, in the order in which they were first approved
    Column("is_held_out", Boolean, nullable=False),
    UniqueConstraint("number", name="groups_number"),
)
"""One row a group of which anything was ever approved: it stays when all of it is withdrawn."""

grouped_files = Table(
    "grouped_files",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("group_name", String(80), nullable=False),
    ForeignKeyConstraint(["group_name"], ["groups.name"]),
)
"""To which group a file belongs since its first approval: the same pixels in a file that names nobody belong there too."""

approvals = Table(
    "approvals",
    metadata,
    Column("key", String(40), nullable=False),
    Column("frame", Integer, nullable=False),
    Column("group_name", String(80), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("networks", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("approved", String(32), nullable=False),  # ISO 8601 in UTC
    Column("digest", String(64), nullable=False),
    Column("pixels", Bits, nullable=False),  # PNG, grey
    Column("thumbnail", Bits, nullable=False),  # the same, small
    PrimaryKeyConstraint("key", "frame"),
    ForeignKeyConstraint(["group_name"], ["groups.name"]),
)
"""One row a frame that its reader has approved to be learned from."""

approved_lesions = Table(
    "approved_lesions",
    metadata,
    Column("key", String(40), nullable=False),
    Column("frame", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("outcome_method", String(16), nullable=False),
    Column("outcome_date", String(10), nullable=False),
    Column("outcome_source", Text, nullable=False),
    Column("top", Integer),
    Column("left", Integer),
    Column("bottom", Integer),
    Column("right", Integer),
    Column("mask", Bits, nullable=False),  # as those of readings
    PrimaryKeyConstraint("key", "frame", "number"),
    ForeignKeyConstraint(["key", "frame"], ["approvals.key", "approvals.frame"]),
)
"""Their lesions."""

version_metadata = MetaData()

version = Table(
    "alembic_version",
    version_metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own, as it makes it: a new database gets it without Alembic."""
