"""fill rollup milliseconds

From the answers stored so far, for the rows of domains alone: they add up to the time on task, and what an
item's principle and missteps were at the time stands in its revision.
"""

from alembic import op
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        UPDATE rollup SET milliseconds = coalesce((
            SELECT sum(CASE WHEN item_response.milliseconds < 600000 THEN item_response.milliseconds ELSE 600000 END)
            FROM item_response JOIN item ON item.id = item_response.item_id
            WHERE item_response.learner_id = rollup.learner_id
              AND item_response.outcome = 'answered' AND item.domain = rollup.key
        ), 0)
        WHERE kind = 'domain'
        """
    )


def downgrade() -> None:
    """The column goes with the step before."""
