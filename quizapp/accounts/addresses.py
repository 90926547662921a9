"""Email addresses in the one form in which they are stored and compared."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

LONGEST = 254


def canonical(text: str) -> str | None:
    """The address in lower case with an ASCII domain; None when it is no address."""
    if len(text) > LONGEST + 20:
        return None
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}".lower()


@dataclass(frozen=True, slots=True)
class AddressList:
    """What stood in a list of addresses, one a line: each address once, and the lines that hold none."""

    addresses: list[str]
    wrong: list[tuple[int, str]]


def read_list(text: str) -> AddressList:
    """The addresses of a list, in its order. Empty lines say nothing."""
    found: dict[str, None] = {}
    wrong = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not (typed := line.strip().rstrip(",;")):
            continue
        address = canonical(typed)
        if address is None:
            wrong.append((number, typed))
        else:
            found[address] = None
    return AddressList(list(found), wrong)
