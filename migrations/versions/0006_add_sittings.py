"""add sittings"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

WITHIN_LIMIT = (
    'sitting_id IS NULL OR (sitting_number IS NOT NULL AND sitting_limit IS NOT NULL'
    ' AND sitting_number >= 1 AND sitting_number <= sitting_limit)'
)
FEEDBACK_KNOWN = "feedback IN ('each', 'end', 'window')"
WINDOW_HAS_END = "feedback <> 'window' OR latest_end_at IS NOT NULL"
# In this order; a CHECK stands with the last of the columns that it names.
COLUMNS = [
    (sa.Column('sitting_id', sa.Integer(), nullable=True), []),
    (sa.Column('sitting_number', sa.Integer(), nullable=True), []),
    (sa.Column('sitting_limit', sa.Integer(), nullable=True), [('within_sitting_limit', WITHIN_LIMIT)]),
    (sa.Column('latest_end_at', sa.DateTime(timezone=True), nullable=True), []),
    (
        sa.Column('feedback', sa.Text(), nullable=True),
        [('feedback_known', FEEDBACK_KNOWN), ('window_has_end', WINDOW_HAS_END)],
    ),
    (sa.Column('totals_wait', sa.Boolean(), server_default=sa.false(), nullable=False), []),
]


def upgrade() -> None:
    op.create_table('sitting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('blueprint_id', sa.Text(), nullable=True),
    sa.Column('focus', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('size', sa.Integer(), nullable=True),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempt_limit', sa.Integer(), nullable=False),
    sa.Column('feedback', sa.Text(), nullable=False),
    sa.Column('is_for_all', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('opens_at < closes_at', name=op.f('ck_sitting_window_in_order')),
    sa.CheckConstraint('attempt_limit >= 1 AND attempt_limit <= 5', name=op.f('ck_sitting_limit_in_range')),
    sa.CheckConstraint(FEEDBACK_KNOWN, name=op.f('ck_sitting_feedback_known')),
    sa.CheckConstraint("(mode = 'mock' AND blueprint_id IS NOT NULL AND feedback <> 'each') OR (mode = 'practice' AND focus IS NOT NULL AND size IS NOT NULL)", name=op.f('ck_sitting_mode_complete')),
    sa.ForeignKeyConstraint(['blueprint_id'], ['blueprint.id'], name=op.f('fk_sitting_blueprint_id_blueprint')),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohort.id'], name=op.f('fk_sitting_cohort_id_cohort'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting'))
    )
    op.create_index(op.f('ix_sitting_cohort_id'), 'sitting', ['cohort_id'], unique=False)
    op.create_table('sitting_person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('is_chosen', sa.Boolean(), nullable=False),
    sa.Column('time_multiplier', sa.Text(), nullable=True),
    sa.Column('added_minutes', sa.Integer(), nullable=False),
    sa.Column('announced_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('added_minutes >= 0 AND added_minutes <= 240', name=op.f('ck_sitting_person_added_in_range')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_sitting_person_sitting_id_sitting'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['account.id'], name=op.f('fk_sitting_person_user_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting_person')),
    sa.UniqueConstraint('sitting_id', 'user_id', name=op.f('uq_sitting_person_sitting_id_user_id'))
    )
    op.create_index(op.f('ix_sitting_person_user_id'), 'sitting_person', ['user_id'], unique=False)

    for column, checks in COLUMNS:
        add_column(column, checks)
    op.create_index('uq_attempt_sitting_number', 'attempt', ['sitting_id', 'learner_id', 'sitting_number'], unique=True)
    op.create_index('ix_attempt_totals_wait', 'attempt', ['latest_end_at'], unique=False, sqlite_where=sa.text('totals_wait = 1'), postgresql_where=sa.text('totals_wait'))


def downgrade() -> None:
    op.drop_index('ix_attempt_totals_wait', table_name='attempt')
    op.drop_index('uq_attempt_sitting_number', table_name='attempt')
    if op.get_context().dialect.name != 'sqlite':
        for _column, checks in COLUMNS:
            for name, _condition in checks:
                op.drop_constraint(op.f(f'ck_attempt_{name}'), 'attempt', type_='check')
    # On SQLite a CHECK goes with its column, and after that the others that it named.
    for name in ('totals_wait', 'feedback', 'latest_end_at', 'sitting_limit', 'sitting_number', 'sitting_id'):
        op.drop_column('attempt', name)
    op.drop_index(op.f('ix_sitting_person_user_id'), table_name='sitting_person')
    op.drop_table('sitting_person')
    op.drop_index(op.f('ix_sitting_cohort_id'), table_name='sitting')
    op.drop_table('sitting')


def add_column(column: sa.Column, checks: list[tuple[str, str]]) -> None:
    """Without making the table anew on SQLite: the answers point at it, and could not stay meanwhile."""
    if op.get_context().dialect.name != 'sqlite':
        op.add_column('attempt', column)
        for name, condition in checks:
            op.create_check_constraint(op.f(f'ck_attempt_{name}'), 'attempt', condition)
        return
    kind = column.type.compile(op.get_context().dialect)
    default = ' DEFAULT 0 NOT NULL' if not column.nullable else ''
    rules = ''.join(f'\nCONSTRAINT ck_attempt_{name} CHECK ({condition})' for name, condition in checks)
    op.execute(f'ALTER TABLE attempt ADD COLUMN {column.name} {kind}{default}{rules}')
