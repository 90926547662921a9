"""What to practise: which items come next, and which domain helps most."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from quizapp.core.assembly import Candidate, by_preference, seen_at


def choose_practice(candidates: Iterable[Candidate], n: int, seed: int) -> list[Candidate]:
    """Up to n items in the order to serve them: unseen first, then those seen longest ago.

    Two items share a situation only when there are fewer than n situations; the second ones come last.
    """
    rested = sorted(by_preference(candidates, Random(seed)), key=seen_at)
    firsts: list[Candidate] = []
    siblings: list[Candidate] = []
    situations: set[str] = set()
    for candidate in rested:
        (siblings if candidate.situation in situations else firsts).append(candidate)
        situations.add(candidate.situation)
    return (firsts + siblings)[: max(0, n)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """A domain worth practising, with the numbers for a sentence that says why."""

    domain: str
    share: Fraction  # of the target form, 0-1
    answered: int  # first answers so far
    earned: Fraction
    gain: Fraction  # expected share of the whole form that is still lost here, 0-1


def helps_most(
    shares: Mapping[str, Fraction], tallies: Mapping[str, tuple[int, Fraction | int]]
) -> list[Focus]:
    """Domains by (1 − smoothed success) × share of the target form, the most helpful first.

    :param shares: share of the form for each domain, 0-1; see `domain_shares`.
    :param tallies: answered and earned for each domain; a domain without answers may be left out.

    Success is smoothed by (earned + 1) / (answered + 2), so that a domain never tried counts as one half.
    Ties go to the domain with fewer answers, then by name.
    """
    ranked = [_focus(domain, share, *tallies.get(domain, (0, 0))) for domain, share in shares.items()]
    return sorted(ranked, key=lambda focus: (-focus.gain, focus.answered, focus.domain))


def smoothed(earned: Fraction | int, answered: int) -> Fraction:
    """Success pulled towards one half, as if one right and one wrong answer had come before."""
    return (Fraction(earned) + 1) / (answered + 2)


def _focus(domain: str, share: Fraction, answered: int, earned: Fraction | int) -> Focus:
    gain = (1 - smoothed(earned, answered)) * share
    return Focus(domain=domain, share=share, answered=answered, earned=Fraction(earned), gain=gain)


def domain_shares(
    form: Mapping[str, int], sources: Mapping[str, Iterable[str]], live_items: Mapping[str, int]
) -> dict[str, Fraction]:
    """Our domains' expected shares of a form: each board domain is drawn evenly from the items that serve it.

    :param live_items: how many items each of our domains has; where all have none, they share alike.
    """
    total = sum(form.values())
    shares: dict[str, Fraction] = {}
    for board, count in form.items():
        ours = sorted(set(sources[board]))
        items = [live_items.get(domain, 0) for domain in ours]
        weights = items if any(items) else [1] * len(ours)
        for domain, weight in zip(ours, weights, strict=True):
            part = Fraction(count * weight, total * sum(weights)) if count else Fraction(0)
            shares[domain] = shares.get(domain, Fraction(0)) + part
    return shares
