"""add prepared forms, and time added to sittings"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

COLUMNS = (
    ('sitting', 'added_minutes', 'added_in_range', 240),
    ('sitting', 'added_percent', 'percent_in_range', 100),
    ('sitting_person', 'added_percent', 'percent_in_range', 100),
)


def upgrade() -> None:
    op.create_table('prepared_form',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('blueprint_revision_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['blueprint_revision_id'], ['blueprint_revision.id'], name=op.f('fk_prepared_form_blueprint_revision_id_blueprint_revision')),
    sa.ForeignKeyConstraint(['form_id'], ['form.id'], name=op.f('fk_prepared_form_form_id_form')),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], name=op.f('fk_prepared_form_learner_id_account')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_prepared_form_sitting_id_sitting'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prepared_form')),
    sa.UniqueConstraint('form_id', name=op.f('uq_prepared_form_form_id')),
    sa.UniqueConstraint('sitting_id', 'learner_id', name=op.f('uq_prepared_form_sitting_id_learner_id'))
    )
    op.create_index(op.f('ix_prepared_form_learner_id'), 'prepared_form', ['learner_id'], unique=False)
    op.create_table('sitting_time_added',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(minutes > 0) <> (percent > 0)', name=op.f('ck_sitting_time_added_one_amount')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_sitting_time_added_sitting_id_sitting'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['account.id'], name=op.f('fk_sitting_time_added_user_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting_time_added'))
    )
    op.create_index(op.f('ix_sitting_time_added_sitting_id'), 'sitting_time_added', ['sitting_id'], unique=False)
    op.create_index(op.f('ix_sitting_time_added_user_id'), 'sitting_time_added', ['user_id'], unique=False)
    for table, column, name, most in COLUMNS:
        rule = f'CONSTRAINT ck_{table}_{name} CHECK ({column} >= 0 AND {column} <= {most})'
        # By hand, as SQLite takes the CHECK with its column: what points at the tables can stay meanwhile.
        op.execute(f'ALTER TABLE {table} ADD COLUMN {column} INTEGER DEFAULT 0 NOT NULL {rule}')


def downgrade() -> None:
    for table, column, _name, _most in reversed(COLUMNS):
        op.drop_column(table, column)  # its CHECK goes with it
    op.drop_index(op.f('ix_sitting_time_added_user_id'), table_name='sitting_time_added')
    op.drop_index(op.f('ix_sitting_time_added_sitting_id'), table_name='sitting_time_added')
    op.drop_table('sitting_time_added')
    op.drop_index(op.f('ix_prepared_form_learner_id'), table_name='prepared_form')
    op.drop_table('prepared_form')
