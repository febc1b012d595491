"""Which networks looked at a scan, and what tells whether their verdict is doubtful."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is remembered of a scan besides its probability."""
    for column in (sa.Column("p_low", sa.Float), sa.Column("p_high", sa.Float), sa.Column("opinions", sa.Text), sa.Column("networks", sa.Text)):
        op.add_column("scans", column)
