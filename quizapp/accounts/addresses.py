"""E-mail addresses in the one form in which they are stored and compared."""

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
