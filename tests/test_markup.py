"""Authored text may have bold and emphasis; nothing in it becomes an element, a link or a script."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from quizapp.markup import inline

INLINE = {"strong", "em", "br"}


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def elements(html: str) -> Elements:
    found = Elements()
    found.feed(html)
    found.close()
    return found


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Plain words.", "Plain words."),
        ("**Stay** with *her*.", "<strong>Stay</strong> with <em>her</em>."),
        ('Less < more & "so" on', 'Less &lt; more &amp; "so" on'),
        ("It's — “fine”", "It's — “fine”"),
        ("# No heading", "# No heading"),
    ],
)
def test_a_line_keeps_its_words(written: str, shown: str) -> None:
    assert inline(written) == Markup(shown)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://example.org/track.png)",
    "<https://example.org>",
    "<b onclick=alert(1)>bold</b>",
    "<style>*{display:none}</style>",
    "```html\n<script>1</script>\n```",
    "<!-- --><svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("written", HOSTILE)
def test_markup_in_a_text_does_nothing(written: str) -> None:
    found = elements(inline(written))
    assert found.tags <= INLINE
    assert not found.attributes


@given(st.text(alphabet=st.sampled_from("<>/\"'=&;*_`[]()!#- abscript:onclick\n"), max_size=80))
def test_no_text_makes_another_element(written: str) -> None:
    assert elements(inline(written)).tags <= INLINE
    assert not elements(inline(written)).attributes
