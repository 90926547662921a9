"""Checks that several types share; paths are relative to the question."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from quizapp.core.items.base import (
    FACT_ERROR,
    Finding,
    ItemType,
    Option,
    OptionQuestion,
    Path,
    Question,
)
from quizapp.core.panel import Panel, check_panel, key_is_carried

TOO_FEW = "that is too few to be sure that most peers do"


def count(
    found: int, least: int, most: int, path: Path = ("options",), rule: str = "option-count"
) -> Iterator[Finding]:
    """So many entries are needed."""
    if not least <= found <= most:
        message = f"there are {found} {path[-1]}; write {least} to {most}"
        yield Finding(path, "error", rule, message)


def picks_one_in_order(question: OptionQuestion, least: int, most: int) -> bool:
    """Whether `count`, `one_key`, `repeats`, `key_fields` and `panel_fits` find nothing.

    So it is with most questions, and this is a third of the time. False says only that they are to be asked.
    """
    options, kind = question.options, question.kind
    if not least <= len(options) <= most or question.panel is not None:
        return False
    is_spot, foreign = kind == "spot_misstep", None if kind == "recall" else FACT_ERROR
    keys, last_words = 0, set()
    for option in options:
        misstep = option.misstep
        if option.key:
            keys += 1
            if misstep is not None or option.fits is not None or (option.shows is not None) is not is_spot:
                return False
        elif (
            option.shows is not None
            or (misstep is None) is not is_spot
            or (option.fits is None) is is_spot
            or misstep == foreign
        ):
            return False
        last_words.add(option.text.rsplit(None, 1)[-1].casefold())
    return keys == 1 and len(last_words) == len(options)


def repeats(options: Sequence[Option], path: Path = ("options",)) -> Iterator[Finding]:
    """Every option has its own text."""
    seen: dict[str, int] = {}
    for index, option in enumerate(options):
        first = seen.setdefault(" ".join(option.text.split()).casefold(), index)
        if first != index:
            message = f"this option says the same as option {first + 1}; every option needs its own text"
            yield Finding((*path, index, "text"), "error", "option-repeated", message)


def one_key(options: Sequence[Option], path: Path = ("options",)) -> Iterator[Finding]:
    """Exactly one option is marked as the key."""
    keys = [index for index, option in enumerate(options) if option.key]
    if not keys:
        yield Finding(path, "error", "one-key", "no option is the key; mark the best one with key: true")
    for index in keys[1:]:
        message = "a second option is marked as the key; leave key: true on the best one only"
        yield Finding((*path, index, "key"), "error", "one-key", message)


def known_rule(question: Question, rules: Iterable[str]) -> Iterator[Finding]:
    """The rule that the question names is one of its type's."""
    if question.rule is not None and question.rule not in rules:
        message = f"{question.rule} does not score this type; its rules are {', '.join(rules)}"
        yield Finding(("rule",), "error", "unknown-rule", message)


def key_fields(question: Question, options: Sequence[Option], path: Path = ("options",)) -> Iterator[Finding]:
    """A key has no misstep, and every other option has one; in spot_misstep it is the other way about."""
    is_spot = question.kind == "spot_misstep"
    for index, option in enumerate(options):
        given = (option.misstep is not None, option.shows is not None, option.fits is not None)
        if option.key:
            if given != (False, is_spot, False):
                yield from _check_key(question, option, (*path, index))
        elif given != (not is_spot, False, is_spot) or option.misstep == FACT_ERROR:
            yield from _check_wrong(question, option, (*path, index))


def wrong_fields(
    question: OptionQuestion, is_wrong: Callable[[Option], bool], what: str
) -> Iterator[Finding]:
    """In types that know no spot_misstep: a wrong option names its misstep, a right one has none."""
    yield from kind_without_spot(question)
    yield from foreign_fields(question)
    for path, option in question.every_option():
        if is_wrong(option) and option.misstep is None:
            yield Finding(path, "error", "wrong-option-fields", f"{what} needs misstep: <misstep>")
        if not is_wrong(option) and option.misstep is not None:
            message = "misstep belongs to options that get something wrong"
            yield Finding((*path, "misstep"), "error", "key-fields", message)


def foreign_fields(question: OptionQuestion) -> Iterator[Finding]:
    """In types that know no spot_misstep: no option has its fields, and a wrong fact is for recall."""
    for path, option in question.every_option():
        for field in ("shows", "fits"):
            if getattr(option, field) is not None:
                message = f"{field} belongs to spot_misstep items only"
                yield Finding((*path, field), "error", "wrong-option-fields", message)
        yield from _check_fact_error(question, option, path)


def kind_without_spot(question: Question) -> Iterator[Finding]:
    """The kind that turns options about is for picking one of them only."""
    if question.kind == "spot_misstep":
        message = f"a {question.type} item cannot be of kind spot_misstep"
        yield Finding(("kind",), "error", "kind-and-type", message)


def no_key(question: OptionQuestion, instead: str) -> Iterator[Finding]:
    """Where each option has a value of its own, none is the key."""
    for path, option in question.every_option():
        if option.key:
            message = f"options of a {question.type} item have {instead} instead of key"
            yield Finding((*path, "key"), "error", "key-fields", message)


def key_earns_maximum(question: Question, kind: ItemType, path: Path = ("options",)) -> Iterator[Finding]:
    """The key earns what the rule gives at most."""
    rule = kind.rule_id(question)
    if kind.score(question, kind.key_answer(question), rule).points != kind.maximum(question):
        message = "the key earns less than another answer does; correct the credits or the key"
        yield Finding(path, "error", "key-earns-less", message)


def panel_fits(question: OptionQuestion) -> Iterator[Finding]:
    """What the panel counts fits the options."""
    if question.panel is not None:
        for path, message in check_panel(question.panel, len(question.options)):
            yield Finding(("panel", *path), "error", "panel", message)


def votes_doubts(
    panel: Panel | None, name: str, wanted: Sequence[tuple[int, str]], path: Path = ("panel",)
) -> Iterator[Finding]:
    """A finding for each option whose votes do not carry what the key says of it.

    :param name: the votes to look at, "best" or "worst".
    :param wanted: option and what it is, such as (1, "the best").
    """
    votes = getattr(panel, name, None)
    if panel is None or votes is None:
        yield doubt(path, "the panel has no votes for this")
        return
    for index, what in wanted:
        if not key_is_carried(votes[index], panel.n):
            message = f"{votes[index]} of {panel.n} chose option {index + 1} as {what}; {TOO_FEW}"
            yield doubt(path, message)


def judged_doubts(question: OptionQuestion, what: str) -> Iterator[Finding]:
    """The same where each option is judged by itself: votes for it carry a key, the others carry the rest."""
    panel = question.panel
    if panel is None or panel.chosen is None:
        yield doubt(("panel",), "the panel has no votes for this")
        return
    for index, option in enumerate(question.options):
        votes = panel.chosen[index] if option.key else panel.n - panel.chosen[index]
        if not key_is_carried(votes, panel.n):
            said = what if option.key else f"not {what}"
            message = f"{votes} of {panel.n} called option {index + 1} {said}; {TOO_FEW}"
            yield doubt(("panel",), message)


def doubt(path: Path, message: str) -> Finding:
    return Finding(path, "error", "panel-doubts-key", message)


def _check_key(question: Question, option: Option, path: Path) -> Iterator[Finding]:
    """The key has no misstep of its own; in spot_misstep it shows one."""
    for field in ("misstep", "fits"):
        if getattr(option, field) is not None:
            yield Finding(
                (*path, field), "error", "key-fields", f"{field} belongs to wrong options, not to the key"
            )
    if question.kind == "spot_misstep" and option.shows is None:
        message = "in a spot_misstep item the key says which misstep it is; add shows: <misstep>"
        yield Finding(path, "error", "key-fields", message)
    if question.kind != "spot_misstep" and option.shows is not None:
        yield Finding(
            (*path, "shows"), "error", "key-fields", "shows belongs to the key of a spot_misstep item only"
        )


def _check_wrong(question: Question, option: Option, path: Path) -> Iterator[Finding]:
    """A wrong option has exactly one misstep; in spot_misstep it fits a principle instead."""
    needed, foreign = ("fits", "misstep") if question.kind == "spot_misstep" else ("misstep", "fits")
    if getattr(option, needed) is None:
        of_what = "principle" if needed == "fits" else "misstep"
        message = f"a wrong option of a {question.kind} item needs {needed}: <{of_what}>"
        yield Finding(path, "error", "wrong-option-fields", message)
    for field in (foreign, "shows"):
        if getattr(option, field) is not None:
            message = f"{field} does not belong to a wrong option of a {question.kind} item; use {needed}"
            yield Finding((*path, field), "error", "wrong-option-fields", message)
    yield from _check_fact_error(question, option, path)


def _check_fact_error(question: Question, option: Option, path: Path) -> Iterator[Finding]:
    if option.misstep == FACT_ERROR and question.kind != "recall":
        message = f"{FACT_ERROR} is for recall items; name the misstep that the option embodies"
        yield Finding((*path, "misstep"), "error", "fact-error", message)
