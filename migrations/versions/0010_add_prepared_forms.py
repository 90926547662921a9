"""add prepared forms, and time added to sittings"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0008'
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    op.drop_index(op.f('ix_prepared_form_learner_id'), table_name='prepared_form')
    op.drop_table('prepared_form')
