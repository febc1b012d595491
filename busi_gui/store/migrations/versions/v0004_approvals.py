"""How outcomes are known, and what readers approve to be learned from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add to lesions how their outcomes are known."""
    for table in ("lesions", "kept_lesions"):
        for column in (sa.Column("outcome_method", sa.String(16)), sa.Column("outcome_date", sa.String(10)), sa.Column("outcome_source", sa.Text)):
            op.add_column(table, column)
