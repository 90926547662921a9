"""cluster responses by attempt"""

from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


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
