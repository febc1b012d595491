"""What readers set down on frames: outlines, assessments and callipers, with what was there before and what waits for a decision."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _reading_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("sitting", sa.String(32), nullable=False),
        sa.Column("changed", sa.String(32), nullable=False),
        sa.Column("is_touched", sa.Boolean, nullable=False),
        sa.Column("callipers", sa.Text, nullable=False),
        sa.Column("scan_rows", sa.Integer),
        sa.Column("scan_columns", sa.Integer),
    ]


def _lesion_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("is_locked", sa.Boolean, nullable=False),
        sa.Column("is_hidden", sa.Boolean, nullable=False),
        sa.Column("category", sa.String(8), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("top", sa.Integer),
        sa.Column("left", sa.Integer),
        sa.Column("bottom", sa.Integer),
        sa.Column("right", sa.Integer),
        sa.Column("mask", sa.LargeBinary, nullable=False),
    ]


def _frame_columns() -> list[sa.Column[Any]]:
    return [sa.Column("key", sa.String(40), nullable=False), sa.Column("frame", sa.Integer, nullable=False)]


def upgrade() -> None:
    """Make the tables of readings."""
    op.create_table("readings", *_frame_columns(), *_reading_columns(), sa.PrimaryKeyConstraint("key", "frame"))
    op.create_table(
        "lesions",
        *_frame_columns(),
        *_lesion_columns(),
        sa.PrimaryKeyConstraint("key", "frame", "number"),
        sa.ForeignKeyConstraint(["key", "frame"], ["readings.key", "readings.frame"]),
    )
    op.create_table(
        "kept_readings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("purpose", sa.String(8), nullable=False),
        *_frame_columns(),
        *_reading_columns(),
    )
    op.create_index("kept_readings_of_frame", "kept_readings", ["key", "frame"])
    op.create_table(
        "kept_lesions",
        sa.Column("id", sa.String(32), nullable=False),
        *_lesion_columns(),
        sa.PrimaryKeyConstraint("id", "number"),
        sa.ForeignKeyConstraint(["id"], ["kept_readings.id"]),
    )
