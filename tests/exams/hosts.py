"""One command in several processes at the same moment, each with an app of its own, as on several hosts."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from subprocess import PIPE

PROGRAM = """
import sys
from datetime import datetime
import time_machine
from quizapp.cli import cli
from quizapp import create_app
from tests.conftest import SETTINGS
app = create_app(SETTINGS | {"database_url": sys.argv[1]})
with time_machine.travel(datetime.fromisoformat(sys.argv[2])):
    print("ready", flush=True)
    sys.stdin.readline()
    result = app.test_cli_runner().invoke(cli, sys.argv[3:])
print(result.exit_code, result.stdout.splitlines()[-1], result.exception or "", flush=True)
"""


def on_hosts(
    count: int,
    database_url: str,
    at: datetime,
    *words: str,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[str]:
    """What each printed last, after its exit code: "0 12 closed".

    :param meanwhile: what is done once all have begun.
    """
    command = [sys.executable, "-c", PROGRAM, database_url, at.isoformat(), *words]
    with ExitStack() as at_end:
        hosts = [
            at_end.enter_context(subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True))
            for _host in range(count)
        ]
        for host in hosts:
            assert host.stdout
            assert host.stdout.readline() == "ready\n"
        for host in hosts:
            assert host.stdin
            host.stdin.write("go\n")
            host.stdin.flush()
        meanwhile()
        return [host.communicate()[0].strip() for host in hosts]
