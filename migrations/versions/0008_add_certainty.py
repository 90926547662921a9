"""add certainty"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

KNOWN = 'CONSTRAINT ck_item_response_certainty_known CHECK (certainty >= 1 AND certainty <= 3)'
IS_SAID = 'certainty IS NOT NULL'


def upgrade() -> None:
    op.add_column('account', asks_certainty())
    op.add_column('attempt', asks_certainty())
    # By hand, as SQLite takes the CHECK with its column; to make the largest table anew would take long.
    op.execute(f'ALTER TABLE item_response ADD COLUMN certainty SMALLINT {KNOWN}')
    op.create_index(
        'ix_item_response_said_certainty',
        'item_response',
        ['learner_id', 'saved_at'],
        unique=False,
        sqlite_where=sa.text(IS_SAID),
        postgresql_where=sa.text(IS_SAID),
    )


def downgrade() -> None:
    op.drop_index('ix_item_response_said_certainty', table_name='item_response')
    op.drop_column('item_response', 'certainty')  # its CHECK goes with it
    op.drop_column('attempt', 'asks_certainty')
    op.drop_column('account', 'asks_certainty')


def asks_certainty() -> sa.Column:
    return sa.Column('asks_certainty', sa.Boolean(), server_default=sa.false(), nullable=False)
