"""kill -9 of the whole server at any moment, while learners answer."""

import pytest

from tests.faults.clients import answering
from tests.faults.conftest import Say
from tests.faults.ledger import Ledger
from tests.faults.site import Exam, some

pytestmark = pytest.mark.faults

LEARNERS, TABS = 40, 50  # ten learners have a second tab open


def test_no_acknowledged_answer_is_lost_when_the_server_is_killed(
    exam: Exam, ledger: Ledger, rounds: int, say: Say
) -> None:
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, rounds + 1):
            crowd.wait_for("all", some(100, 500))
            exam.server.kill()
            killed_at = crowd.told["all"]
            exam.server.start()
            crowd.wait_for("all")
            say(f"round {number} of {rounds}: killed after {killed_at} answers")
    with exam.site.working() as session:
        audit = ledger.audit(session)
    say(f"{audit}; {audit.told_again} by an earlier try; {crowd.told['unreachable']} tries in vain")
    assert audit.is_clean, str(audit)
    assert crowd.told["unreachable"] > 0, "nobody noticed a thing"
    assert crowd.told["cut"] > 0, "no answer was lost on its way back"
