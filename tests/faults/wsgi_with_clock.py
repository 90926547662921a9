"""The app with a clock that is as many seconds ahead as a file says. For tests alone."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from quizapp import clock, create_app

AHEAD = "FAULTS_CLOCK_AHEAD"  # the variable that names the file

_file = Path(os.environ[AHEAD])
_true_now = clock.now


def _now() -> datetime:
    return _true_now() + timedelta(seconds=float(_file.read_text()))


vars(clock)["now"] = _now
app = create_app()
