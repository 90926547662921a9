"""Where the `quizapp` command starts."""

import sys


def main() -> None:
    """Run the command that was typed; `score` without loading what only the others need."""
    if sys.argv[1:2] == ["score"]:
        from quizapp.banks.score_command import score

        score(sys.argv[2:], prog_name="quizapp score")
    else:
        from quizapp import cli

        cli.main()


if __name__ == "__main__":
    main()
