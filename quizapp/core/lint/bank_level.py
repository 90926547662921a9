"""What no item shows by itself: where keys stand, how long they are, how they begin, and what a bank covers.

Bounds of shares are what chance would give, and two standard errors: a bank whose authors have no habit is
outside one of them about once in twenty times. Targets and floors are those of a bank of 300 items.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Final

from quizapp.core.items import FACT_ERROR, Item
from quizapp.core.limits import count_words
from quizapp.core.lint.copies import Alike, alike
from quizapp.core.lint.figures import (
    LEAST_JUDGED,
    STANDARD_ERRORS,
    Choice,
    Figure,
    chance,
    chance_error,
    choices,
    share,
)
from quizapp.core.lint.words import word_set, words
from quizapp.core.reference import Taxonomy

# The guide's band of 22 to 28 % for four options. A smaller bank cannot keep it: there chance decides.
POSITION_BAND: Final = 0.03
LONGEST_RUN: Final = 4
# Chi-square values that are exceeded with a probability of 0.01, by degrees of freedom.
CHI_SQUARE_01: Final = {2: 9.21, 3: 11.34, 4: 13.28}
KEY_VERBS: Final = word_set("ask help assist encourage support explore")
MOST_KEY_VERBS: Final = 0.20
PRINCIPLE_FLOOR, SEED_PRINCIPLE_FLOOR = 4, 6
MISSTEP_FLOOR, SEED_MISSTEP_FLOOR, MISSTEP_CEILING = 8, 15, 45
LEVELS: Final[Mapping[str, float]] = {"recall": 0.10, "comprehension": 0.20, "application": 0.70}
# Of the items of other kinds than recall.
KINDS: Final[Mapping[str, float]] = {
    "first_response": 0.30,
    "next_step": 0.27,
    "fits_the_role": 0.20,
    "spot_misstep": 0.13,
    "why": 0.10,
}
TARGET_BAND: Final = 0.05
STEM_SHINGLE: Final = 3


def bank_figures(items: Iterable[Item], taxonomy: Taxonomy | None) -> list[Figure]:
    """All figures of a bank's live items; those on coverage need the taxonomy."""
    live = [item for item in items if item.status == "live"]
    picked = choices(live)
    found = [*key_positions(picked), *lengths(picked), *first_verbs(picked), *likeness(live)]
    found += [*shares("level", Counter(item.level for item in live), LEVELS)]
    kinds: Counter[str] = Counter(item.kind for item in live if item.kind != "recall")
    found += shares("kind", kinds, KINDS)
    return found + (coverage(live, taxonomy) if taxonomy else [])


def key_positions(picked: Sequence[Choice]) -> list[Figure]:
    """For each number of options how often the key stands at each place, and runs of one place."""
    found = []
    for count in sorted({len(each.options) for each in picked}):
        keys = [each.key for each in picked if len(each.options) == count]
        n, even, places = len(keys), 1 / count, Counter(keys)
        band = max(POSITION_BAND, STANDARD_ERRORS * sqrt(even * (1 - even) / n))
        for place in range(count):
            name = f"{count} options: the key stands at place {place + 1}"
            low, high = max(0.0, even - band), even + band
            found.append(share("key-position", name, places[place] / n, n, low=low, high=high))
        statistic = Figure(
            group="key-position",
            name=f"{count} options: chi-square of the places",
            value=sum((places[place] - n * even) ** 2 / (n * even) for place in range(count)),
            unit="statistic",
            n=n,
            high=CHI_SQUARE_01.get(count - 1) if n >= LEAST_JUDGED else None,
        )
        name = f"{count} options: longest run of one place"
        run = _count("key-position", name, _longest_run(keys), n, high=LONGEST_RUN)
        found += [statistic, run]
    return found


def _longest_run(keys: Sequence[int]) -> int:
    longest = length = 0
    before = None
    for key in keys:
        length = length + 1 if key == before else 1
        longest, before = max(longest, length), key
    return longest


def lengths(picked: Sequence[Choice]) -> list[Figure]:
    """How often the key is the longest option, and the shortest; of equal ones each counts in part."""
    n, expected, above = len(picked), chance(picked), STANDARD_ERRORS * chance_error(picked)
    totals = {"longest": 0.0, "shortest": 0.0}
    for each in picked:
        counts = [count_words(option.text) for option in each.options]
        for name, end in (("longest", max(counts)), ("shortest", min(counts))):
            totals[name] += (counts[each.key] == end) / counts.count(end)
    if expected is None:
        return [share("key-length", f"the key is the {name} option", None, 0) for name in totals]
    low, high = max(0.0, expected - above), expected + above
    return [
        share("key-length", f"the key is the {name} option", total / n, n, low=low, high=high)
        for name, total in totals.items()
    ]


def first_verbs(picked: Sequence[Choice]) -> list[Figure]:
    """How often keys begin with verbs by which they could be known, and how much more than wrong options."""
    keys: list[bool] = []
    wrong: list[bool] = []
    for each in picked:
        for index, option in enumerate(each.options):
            (keys if index == each.key else wrong).append(_begins_with_verb(option.text))
    name = "the key begins with ask, help, assist, encourage, support or explore"
    if not picked:
        return [share("first-verb", name, None, 0)]
    n, pooled = len(keys), (sum(keys) + sum(wrong)) / (len(keys) + len(wrong))
    above = STANDARD_ERRORS * sqrt(pooled * (1 - pooled) * (1 / n + 1 / len(wrong)))
    in_keys, in_wrong = sum(keys) / n, sum(wrong) / len(wrong)
    difference = "keys that begin so, more than wrong options"
    return [
        share("first-verb", name, in_keys, n, high=MOST_KEY_VERBS),
        share("first-verb", difference, in_keys - in_wrong, n, low=-above, high=above),
    ]


def _begins_with_verb(text: str) -> bool:
    return next(iter(words(text)), "") in KEY_VERBS


def likeness(live: Sequence[Item]) -> list[Figure]:
    """How many items have nearly the stem, or nearly the situation, of an earlier one."""
    found = {"stem": len(alike_stems(live)), "situation": len(alike_situations(live))}
    return [
        _count("alike", f"items whose {name} is nearly that of an earlier one", count, len(live), high=0)
        for name, count in found.items()
    ]


def alike_stems(live: Sequence[Item]) -> list[Alike]:
    """Items whose stem shares more than half of its runs of three words with an earlier one.

    Of a stem of 30 words two may then be others; runs of five, as for whole items, would let that pass.
    """
    return alike([item.stem for item in live], size=STEM_SHINGLE)


def alike_situations(live: Sequence[Item]) -> list[Alike]:
    """Items whose situation has the words of an earlier one, in any order and under any domain's letters."""
    first: dict[tuple[str, ...], int] = {}
    found = []
    for place, item in enumerate(live):
        letters, _, rest = item.situation.partition("-")
        named = rest if letters == item.id.partition("-")[0] and rest else item.situation
        known = first.setdefault(tuple(sorted(named.split("-"))), place)
        if known != place and live[known].situation != item.situation:
            found.append(Alike(place, known, 1.0))
    return found


def shares(group: str, counts: Mapping[str, int], targets: Mapping[str, float]) -> list[Figure]:
    """How the items are divided, against the targets."""
    n = sum(counts.values())
    return [
        share(
            group,
            name,
            counts.get(name, 0) / n if n else None,
            n,
            low=target - TARGET_BAND,
            high=target + TARGET_BAND,
        )
        for name, target in targets.items()
    ]


def coverage(live: Sequence[Item], taxonomy: Taxonomy) -> list[Figure]:
    """Items of each domain and principle, and wrong options of each misstep, against what 300 items hold."""
    domains = Counter(item.domain for item in live)
    principles = Counter(item.principle for item in live)
    missteps = wrong_options(live)
    found = [
        _count("domain", each.id, domains[each.id], len(live), low=each.house_share)
        for each in taxonomy.domains
    ]
    for principle in taxonomy.principles:
        floor = SEED_PRINCIPLE_FLOOR if principle.from_seed else PRINCIPLE_FLOOR
        if not principle.retired:
            found.append(_count("principle", principle.id, principles[principle.id], len(live), low=floor))
    for misstep in taxonomy.missteps:
        floor = SEED_MISSTEP_FLOOR if misstep.from_seed else MISSTEP_FLOOR
        count = missteps[misstep.id]
        if not misstep.retired:
            found.append(_count("misstep-floor", misstep.id, count, len(live), low=floor))
            found.append(_count("misstep-ceiling", misstep.id, count, len(live), high=MISSTEP_CEILING))
    return found


def wrong_options(live: Iterable[Item]) -> Counter[str]:
    """How many wrong options have each misstep, without plain wrong facts."""
    return Counter(
        option.misstep
        for item in live
        for _path, option in item.every_option()
        if option.misstep and option.misstep != FACT_ERROR
    )


def _count(
    group: str, name: str, value: int, n: int, *, low: int | None = None, high: int | None = None
) -> Figure:
    return Figure(group=group, name=name, value=value, unit="count", n=n, low=low, high=high)
