"""The bank browser of staff."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from quizapp.accounts.models import User


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/banks/core?domain=%00", 200),
        ("/banks/core?status=live%00&page=99999999999", 200),
        ("/banks/%00", 404),
        ("/banks/core/%00", 404),
        ("/mocks/%00", 404),
        ("/principles/%00", 404),
        ("/missteps/a%00b", 404),
    ],
)
def test_what_no_database_can_hold_is_not_found(
    client: FlaskClient,
    content: None,
    bob: User,
    sign_in: Callable[[FlaskClient, User], None],
    path: str,
    status: int,
) -> None:
    sign_in(client, bob)
    assert client.get(path).status_code == status
