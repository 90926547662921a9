"""A stem in two parts: the scene, and the question that ends it."""

import functools
import re

# A sentence ends with . ? or !, perhaps behind a closing quote or bold mark, before the next one begins.
_SENTENCE_END = re.compile(r"(?<=[.?!])[\"”’*)]*\s+(?=[\"“*A-Z])")


@functools.lru_cache(maxsize=4096)
def split_stem(stem: str) -> tuple[str, str]:
    """The scene and its last sentence. The scene is empty when the stem is one sentence.

    A last sentence inside a quotation belongs to what somebody says, so it is no question to the learner.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(stem)]
    for end in reversed(ends):
        scene, question = stem[:end].strip(), stem[end:].strip()
        if not _is_inside_quote(scene):
            return scene, question
    return "", stem.strip()


def _is_inside_quote(scene: str) -> bool:
    return scene.count('"') % 2 == 1 or scene.count("“") > scene.count("”")
