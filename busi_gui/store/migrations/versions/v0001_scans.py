"""What is remembered of scans, as the first programs made it without a version."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table of scans, or add to one that is there what the first programs did not have yet."""
    columns: list[sa.Column[Any]] = [
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("is_analysed", sa.Boolean, nullable=False),
        sa.Column("is_doubted", sa.Boolean, nullable=False),
        sa.Column("p_malignant", sa.Float),
        sa.Column("row_mm", sa.Float),
        sa.Column("column_mm", sa.Float),
        sa.Column("calibrated_rows", sa.Integer),
        sa.Column("calibrated_columns", sa.Integer),
        sa.Column("top", sa.Integer),
        sa.Column("left", sa.Integer),
        sa.Column("bottom", sa.Integer),
        sa.Column("right", sa.Integer),
    ]
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table("scans"):
        op.create_table("scans", *columns)
        return
    there = {column["name"] for column in inspector.get_columns("scans")}
    for column in columns:
        if column.name not in there:
            column.server_default = None if column.nullable else sa.DefaultClause(sa.false())
            op.add_column("scans", column)
    if "is_analysed" not in there:
        op.execute("UPDATE scans SET is_analysed = true WHERE p_malignant IS NOT NULL OR status = 'analysed'")
