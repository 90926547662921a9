"""add reports about items, and withdrawals of items"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

OPEN = sa.text('answer IS NULL AND closed_at IS NULL')
IN_FORCE = sa.text('put_back_at IS NULL')


def upgrade() -> None:
    op.create_table('item_withdrawal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('put_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint('(put_back_at IS NULL) = (reason IS NULL)', name=op.f('ck_item_withdrawal_put_back_for_a_reason')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_withdrawal_item_id_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_withdrawal'))
    )
    op.create_index('uq_item_withdrawal_in_force', 'item_withdrawal', ['item_id'], unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)
    op.create_table('concern',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=True),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(answer IS NULL) = (answered_at IS NULL)', name=op.f('ck_concern_answer_has_moment')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_concern_item_id_item')),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], name=op.f('fk_concern_learner_id_account')),
    sa.ForeignKeyConstraint(['revision_id'], ['item_revision.id'], name=op.f('fk_concern_revision_id_item_revision')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_concern')),
    sa.UniqueConstraint('learner_id', 'revision_id', name=op.f('uq_concern_learner_id_revision_id'))
    )
    op.create_index(op.f('ix_concern_item_id'), 'concern', ['item_id'], unique=False)
    op.create_index('ix_concern_open', 'concern', ['reported_at'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index('ix_concern_open', table_name='concern', sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index(op.f('ix_concern_item_id'), table_name='concern')
    op.drop_table('concern')
    op.drop_index('uq_item_withdrawal_in_force', table_name='item_withdrawal', sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)
    op.drop_table('item_withdrawal')
