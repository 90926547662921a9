"""Where the `quizapp` command starts."""

import sys


def main() -> None:
    """Run the command that was typed; those on content files without loading what only the others need."""
    words = sys.argv[1:]
    if words[:1] == ["score"]:
        from quizapp.banks.score_command import score

        score(words[1:], prog_name="quizapp score")
    elif words[:1] == ["serve"]:
        from quizapp.serve import serve

        serve(words[1:], prog_name="quizapp serve")
    elif words[:2] in (["bank", "check"], ["bank", "schema"], ["bank", "lint-report"]):
        from quizapp.banks.commands import bank

        bank(words[1:], prog_name="quizapp bank")
    else:
        from quizapp import cli

        cli.main()


if __name__ == "__main__":
    main()
