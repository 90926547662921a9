"""cluster responses by attempt

Revision ID: 0002
Revises: 0001
"""
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0002'
down_revision: str | Sequence[str] | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    rebuild(with_rowid=False)


def downgrade() -> None:
    rebuild(with_rowid=True)


def rebuild(with_rowid: bool) -> None:
    """On SQLite only: without row ids a table is its own primary key, and the rows of an attempt lie together."""
    if op.get_context().dialect.name != 'sqlite':
        return
    options = {} if with_rowid else {'sqlite_with_rowid': False}
    with op.batch_alter_table('item_response', recreate='always', table_kwargs=options):
        pass
