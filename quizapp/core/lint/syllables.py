"""How many syllables an English word has, by its spelling."""

import functools
import re
from typing import Final

# Words that the patterns below count wrongly, by their number of syllables.
_COUNTED: Final = {
    1: "guard guards real realm vague",
    2: "argue business centre doing evening evenings every forecast forecasts gateway guarded guarding hired"
    " hundred layout liar liars maybe naive notebook people persuade prior priors really rely reuse ruined"
    " science therefore tired warehouse",
    3: "anyone area areas beforehand behavior behaviors behaviour behaviours beverage beverages coercion"
    " coercive desired doable element elements entire everyday everyone everything everywhere genuine"
    " heroin likelihood moreover ratio ratios recipe suicide suicides",
    4: "coalition coordinate coordinates decorative everybody suicidal",
    5: "coordination coordinator emotionally",
}
EXCEPTIONS: Final = {word: count for count, words in _COUNTED.items() for word in words.split()}

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_AT_END = re.compile(
    r"[^aeiouy](?<![^aeiouylr]l)e$"
    r"|[^aeiouydt](?<![^aeiouylr]l)ed$"
    r"|[^aeiouysxzcg](?<!sh|ch)(?<![^aeiouylr]l)es$"
    r"|[gq]ues?$"
)
_SILENT_INSIDE = re.compile(
    r"[^aeiouy]e(?=(?:ly|ful|fully|less|ness|liness|ments?|some|where|thing|body|one|works?|times?|sel(?:f|ves)"
    r"|lines?|styles?|ship|ty)$)(?<!ciety)"
)
# Two syllables written as one group of vowels. The vowel after an i is its own, unless the i only softens the
# letter before it.
_TWO_IN_ONE = re.compile(
    r"(?<![tscgx])i(?:a(?!(?<=lia)[nr]s?$)|o(?!u?rs?$|ns?$))|(?<![tscgxnl])ions?$|(?<![tscgxq])iu|(?<=[tc])ia(?:l[iy]t|t)"
    r"|[^aeiouqg]ua|eo(?!u)|(?<![tc])ie(?:nt|nc)|iet|i(?:er|est|ers)$|[aeou]y(?:[ao]|e(?!d|s?$))"
    r"|[aeiouy]ing|uou|creat(?!ure)|idea|luen[ct]|inear|^re(?:in(?!s)|as(?!on)|ac(?!h)|us)|ool?per|realit"
)
_SPOKEN_WITHOUT_VOWEL = re.compile(r"(?:sm|thm)s?$|[ds](?:n't)$")


@functools.lru_cache(maxsize=8192)
def count_syllables(word: str) -> int:
    """The syllables of one word in lower case, at least 1."""
    if word in EXCEPTIONS:
        return EXCEPTIONS[word]
    count = len(_VOWELS.findall(word)) + len(_TWO_IN_ONE.findall(word))
    count += len(_SPOKEN_WITHOUT_VOWEL.findall(word))
    count -= bool(_SILENT_AT_END.search(word)) + bool(_SILENT_INSIDE.search(word))
    return max(1, count)
