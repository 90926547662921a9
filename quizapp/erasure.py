"""Forgetting a person: everything that the database holds about them, when they ask for it."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import Membership, User
from quizapp.cohorts.models import CohortInvitation, CohortMember
from quizapp.cohorts.sitting_models import PreparedForm, SittingPerson, TimeAdded
from quizapp.concerns.models import Concern
from quizapp.exams.models import Attempt, Form, ItemResponse, ResponseChange
from quizapp.progress.models import Rollup


def erase_person(session: Session, user_id: int) -> None:
    """Remove the account with its memberships, groups, attempts, answers and totals. The caller commits.

    What they reported about items stays, for the items' sake, and tells no longer who did.
    """
    attempts = select(Attempt.id).where(Attempt.learner_id == user_id)
    prepared = select(PreparedForm.form_id).where(PreparedForm.learner_id == user_id)
    of_attempts = select(Attempt.form_id).where(Attempt.learner_id == user_id)
    forms = session.scalars(of_attempts.union_all(prepared)).all()
    session.execute(delete(ResponseChange).where(ResponseChange.attempt_id.in_(attempts)))
    session.execute(delete(ItemResponse).where(ItemResponse.learner_id == user_id))
    session.execute(delete(Rollup).where(Rollup.learner_id == user_id))
    session.execute(delete(Attempt).where(Attempt.learner_id == user_id))
    session.execute(delete(PreparedForm).where(PreparedForm.learner_id == user_id))
    session.execute(delete(Form).where(Form.id.in_(forms)))
    session.execute(update(Concern).where(Concern.learner_id == user_id).values(learner_id=None))
    session.execute(delete(SittingPerson).where(SittingPerson.user_id == user_id))
    session.execute(delete(TimeAdded).where(TimeAdded.user_id == user_id))
    session.execute(delete(CohortMember).where(CohortMember.user_id == user_id))
    session.execute(delete(CohortInvitation).where(CohortInvitation.user_id == user_id))
    session.execute(delete(Membership).where(Membership.user_id == user_id))
    session.execute(delete(User).where(User.id == user_id))


def erase_invitations(session: Session, email: str) -> int:
    """Remove the invitations to this address, which need not have an account; how many there were."""
    erased = delete(CohortInvitation).where(CohortInvitation.email == email)
    return len(session.scalars(erased.returning(CohortInvitation.id)).all())
