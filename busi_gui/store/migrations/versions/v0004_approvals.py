"""How outcomes are known, and what readers approve to be learned from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add to lesions how their outcomes are known, and make the tables of approvals."""
    for table in ("lesions", "kept_lesions"):
        for column in (sa.Column("outcome_method", sa.String(16)), sa.Column("outcome_date", sa.String(10)), sa.Column("outcome_source", sa.Text)):
            op.add_column(table, column)
    op.create_table("secrets", sa.Column("name", sa.String(16), primary_key=True), sa.Column("content", sa.LargeBinary, nullable=False))
    _make_groups()
    _make_approvals()


def _make_groups() -> None:
    op.create_table(
        "groups",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("is_held_out", sa.Boolean, nullable=False),
        sa.UniqueConstraint("number", name="groups_number"),
    )
    op.create_table(
        "grouped_files",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("group_name", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["group_name"], ["groups.name"]),
    )


def _make_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.Column("group_name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("networks", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("approved", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("pixels", sa.LargeBinary, nullable=False),
        sa.Column("thumbnail", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("key", "frame"),
        sa.ForeignKeyConstraint(["group_name"], ["groups.name"]),
    )
    op.create_table(
        "approved_lesions",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("outcome_method", sa.String(16), nullable=False),
        sa.Column("outcome_date", sa.String(10), nullable=False),
        sa.Column("outcome_source", sa.Text, nullable=False),
        sa.Column("top", sa.Integer),
        sa.Column("left", sa.Integer),
        sa.Column("bottom", sa.Integer),
        sa.Column("right", sa.Integer),
        sa.Column("mask", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("key", "frame", "number"),
        sa.ForeignKeyConstraint(["key", "frame"], ["approvals.key", "approvals.frame"]),
    )
