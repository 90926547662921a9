"""count parts of answers"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

PARTS = 27720  # of one answer
WHOLE = 'hits <= n AND first_hits <= first_n AND first_n <= n'
IN_PARTS = f'hits <= n * {PARTS} AND first_hits <= first_n * {PARTS} AND first_n <= n'


def upgrade() -> None:
    replace(sa.Integer(), sa.BigInteger(), IN_PARTS, f'hits = hits * {PARTS}, first_hits = first_hits * {PARTS}')


def downgrade() -> None:
    # What is less than a whole answer is lost; `quizapp rollups rebuild` of that version counts again.
    replace(sa.BigInteger(), sa.Integer(), WHOLE, f'hits = hits / {PARTS}, first_hits = first_hits / {PARTS}')


def replace(old: sa.types.TypeEngine, new: sa.types.TypeEngine, check: str, change: str) -> None:
    """The counts in their new unit, with the check that fits them."""
    with op.batch_alter_table('rollup') as batch:
        batch.drop_constraint(op.f('ck_rollup_counts_fit'), type_='check')
        for name in ('hits', 'first_hits'):
            batch.alter_column(name, existing_type=old, type_=new, existing_nullable=False)
    op.execute(f'UPDATE rollup SET {change}')
    with op.batch_alter_table('rollup') as batch:
        batch.create_check_constraint(op.f('ck_rollup_counts_fit'), check)
