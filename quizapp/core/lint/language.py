"""Words that put a label in place of a person: the rules of language.yaml, and where a text breaks them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from quizapp.core.items.base import Finding, Item, Language, Option, Path, Severity, Slug, Tag, Text
from quizapp.core.lint.phrases import Hit, PhraseBook, Words, wrong_phrase
from quizapp.core.lint.rules import LintRule
from quizapp.core.problems import Problem, has_errors
from quizapp.core.shape import placed, read_model, repeated_ids, unknown_id

LANGUAGE_FILE: Final = "language.yaml"
# An option that shows this misstep may hold the words that it is about.
SHOWS_LABELS: Final = "stigmatizing_language"

Scope: TypeAlias = Literal["stem", "option", "key", "rationale", "page", "mail"]
EVERYWHERE: Final[tuple[Scope, ...]] = ("stem", "option", "rationale", "page", "mail")

_SENTENCE_ENDS = frozenset(".!?;")
_QUOTES = frozenset('"“”')
_NEGATIONS = frozenset(
    {"not", "never", "no", "nor", "without", "cannot", "can't", "don't", "doesn't", "didn't", "won't"}
)
NEGATION_REACH: Final = 4  # words before a hit in which a negation counts
_SELF = frozenset({"i", "i'm", "i've", "i'd", "i'll", "me", "myself"})
_OTHERS = frozenset({"you", "he", "she", "they", "him", "her", "them"})
_OTHERS |= {"my", "your", "his", "their", "our", "you're", "he's", "she's", "they're"}


def _phrase(written: str) -> str:
    if wrong := wrong_phrase(written):
        raise ValueError(wrong)
    return written


Phrase = Annotated[Text, AfterValidator(_phrase)]


class LanguageRule(BaseModel):
    """Words to avoid in some texts, and what to say in their place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    severity: Severity = Field(description="info: only counted.")
    phrases: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    exceptions: tuple[Phrase, ...] = Field(default=(), description="Phrases in which the words are right.")
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = EVERYWHERE
    unless_negated: StrictBool = False
    say_instead: Text
    reason: Text
    source: Tag | None = None
    hits: Annotated[tuple[Text, ...], Field(min_length=1)]
    passes: Annotated[tuple[Text, ...], Field(min_length=1)]

    def as_rule(self) -> LintRule:
        """The rule as the register of all rules has it."""
        return LintRule(
            id=self.id, severity=self.severity, reason=self.reason, instead=f"say instead: {self.say_instead}"
        )


class LanguageHit(NamedTuple):
    """Words of a text that break a rule."""

    rule: LanguageRule
    words: str
    severity: Severity


class _Mark(NamedTuple):
    """What a phrase stands for: a rule, or an exception of one; of all of them when `rule` is None."""

    rule: int | None
    is_exception: bool


class LanguageRules(BaseModel):
    """What language.yaml says, for texts in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lang: Language
    proper_names: tuple[Phrase, ...] = Field(default=(), description="Names that no rule looks at.")
    known_words: tuple[Text, ...] = Field(default=(), description="Words of the work: easy for its readers.")
    rules: tuple[LanguageRule, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The known words in lower case."""
        return frozenset(word.lower() for word in self.known_words)

    @cached_property
    def _book(self) -> PhraseBook[_Mark]:
        book: PhraseBook[_Mark] = PhraseBook()
        book.add(self.proper_names, _Mark(None, True))
        for index, rule in enumerate(self.rules):
            book.add(rule.phrases, _Mark(index, False))
            book.add(rule.exceptions, _Mark(index, True))
        return book

    def hits(self, text: str, scopes: Iterable[Scope] | None = None) -> list[LanguageHit]:
        """What a text breaks, each rule once at a place; of all rules, or of those for any of the scopes."""
        said = Words(text)
        found = self._book.find(said)
        if not found:
            return []
        excused = _excused_words(found)
        wanted = None if scopes is None else frozenset(scopes)
        own = _own_words(said) if wanted and "stem" in wanted else [False] * len(said.words)
        told: list[LanguageHit] = []
        reached: dict[int, int] = {}
        longest = (0, 0)
        for first, after, mark in found:
            if mark.is_exception or mark.rule is None or first < reached.get(mark.rule, 0):
                continue
            rule = self.rules[mark.rule]
            if wanted is not None and wanted.isdisjoint(rule.scopes):
                continue
            places = range(first, after)
            if not (excused[None].isdisjoint(places) and excused[mark.rule].isdisjoint(places)):
                continue
            if rule.unless_negated and _is_negated(said, first):
                continue
            if first >= longest[0] and after <= longest[1] and (first, after) != longest:
                continue  # "addict" within "ex-addict": once is enough
            reached[mark.rule] = after
            severity: Severity = "info" if own[first] else rule.severity
            if severity != "info":
                longest = (first, after)
            told.append(LanguageHit(rule, said.cut(first, after), severity))
        return told


def _excused_words(found: Iterable[Hit[_Mark]]) -> Mapping[int | None, set[int]]:
    """The places of words in which a rule may be broken; those of None, in which every rule may."""
    excused: dict[int | None, set[int]] = defaultdict(set)
    for hit in found:
        if hit.tag.is_exception:
            excused[hit.tag.rule].update(range(hit.first, hit.after))
    return excused


def _is_negated(said: Words, first: int) -> bool:
    for low in reversed(said.lows[max(0, first - NEGATION_REACH) : first]):
        if low in _SENTENCE_ENDS:
            return False
        if low in _NEGATIONS:
            return True
    return False


def _own_words(said: Words) -> list[bool]:
    """For each word, whether it stands in a quotation after words that name the speaker: "I am an addict"."""
    own: list[bool] = []
    is_quoted = names_speaker = False
    for low in said.lows:
        own.append(is_quoted and names_speaker)
        if low in _QUOTES:
            is_quoted, names_speaker = not is_quoted, False
        elif low in _SENTENCE_ENDS or low in _OTHERS:
            names_speaker = False
        elif low in _SELF:
            names_speaker = True
    return own


def load_language(
    data: bytes, file: str, sources: Iterable[str] | None
) -> tuple[LanguageRules | None, list[Problem]]:
    """The language file read and checked; None when it has an error."""
    read, problems = read_model(data, file, LanguageRules)
    if read:
        problems += placed(check_language(read, sources), data, file)
    return (None if has_errors(problems) else read), problems


def check_language(language: LanguageRules, sources: Iterable[str] | None) -> Iterator[Finding]:
    """Ids that are used twice, sources that point nowhere, and examples that tell another story."""
    yield from repeated_ids(language.rules, ("rules",))
    for index, rule in enumerate(language.rules):
        path: Path = ("rules", index)
        if sources is not None:
            yield from unknown_id(rule.source, sources, "source", (*path, "source"))
        for name, examples, is_wanted in (("hits", rule.hits, True), ("passes", rule.passes, False)):
            for number, example in enumerate(examples):
                if (rule.id in {hit.rule.id for hit in language.hits(example)}) != is_wanted:
                    message = f"this example {'does not break' if is_wanted else 'breaks'} the rule {rule.id}"
                    yield Finding((*path, name, number), "error", "wrong-example", message)


def check_item_language(item: Item, language: LanguageRules) -> Iterator[Finding]:
    """A finding for each place in an item that breaks a rule, those that only count among them."""
    if item.lang.split("-")[0] != language.lang.split("-")[0]:
        return
    options = dict(item.every_option())
    texts = [*item.every_text(), *([(("content_note",), item.content_note)] if item.content_note else [])]
    for path, text in texts:
        option = options.get(path[:-1])
        if option and SHOWS_LABELS in (option.misstep, option.shows):
            continue
        for hit in language.hits(text, _scopes(path, option)):
            yield hit.rule.as_rule().finding(path, f"“{hit.words}”")._replace(severity=hit.severity)


def _scopes(path: Path, option: Option | None) -> tuple[Scope, ...]:
    if option is None or path[-1] not in ("text", "rationale"):
        return ("stem",)
    if path[-1] == "rationale":
        return ("rationale",)
    # The key of an item that asks for the misstep is what a peer should not do.
    return ("option", "key") if option.key and not option.shows else ("option",)
