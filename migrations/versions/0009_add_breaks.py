"""add breaks"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

# In this order; a CHECK stands with the last of the columns that it names.
COLUMNS = [
    (
        sa.Column('closed_through', sa.Integer(), server_default='0', nullable=False),
        [('closed_in_range', 'closed_through >= 0 AND closed_through < item_count')],
    ),
    (
        sa.Column('break_after', sa.Integer(), nullable=True),
        [('break_is_ahead', 'break_after > closed_through AND break_after < item_count')],
    ),
    (
        sa.Column('break_until', sa.DateTime(timezone=True), nullable=True),
        [('break_closes', 'break_until IS NULL OR closed_through > 0')],
    ),
]


def upgrade() -> None:
    for column, checks in COLUMNS:
        add_column(column, checks)


def downgrade() -> None:
    if op.get_context().dialect.name != 'sqlite':
        for _column, checks in COLUMNS:
            for name, _condition in checks:
                op.drop_constraint(op.f(f'ck_attempt_{name}'), 'attempt', type_='check')
    # On SQLite a CHECK goes with its column, and after that the others that it named.
    for name in ('break_until', 'break_after', 'closed_through'):
        op.drop_column('attempt', name)


def add_column(column: sa.Column, checks: list[tuple[str, str]]) -> None:
    """Without making the table anew on SQLite: the answers point at it, and could not stay meanwhile."""
    if op.get_context().dialect.name != 'sqlite':
        op.add_column('attempt', column)
        for name, condition in checks:
            op.create_check_constraint(op.f(f'ck_attempt_{name}'), 'attempt', condition)
        return
    kind = column.type.compile(op.get_context().dialect)
    default = " DEFAULT '0' NOT NULL" if not column.nullable else ''
    rules = ''.join(f'\nCONSTRAINT ck_attempt_{name} CHECK ({condition})' for name, condition in checks)
    op.execute(f'ALTER TABLE attempt ADD COLUMN {column.name} {kind}{default}{rules}')
