import json

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from quizapp.core.canonical import canonical_json, content_hash, plain


class Sheet(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    tags: tuple[str, ...] = ()
    served_by: str | None = Field(default=None, alias="from")


class LongerSheet(Sheet):
    added_later: bool = False


@given(st.text(), st.lists(st.text()))
def test_the_canonical_form_reads_back_as_the_same(name: str, tags: list[str]) -> None:
    sheet = Sheet(name=name, tags=tuple(tags), **{"from": name})
    assert Sheet.model_validate_json(canonical_json(sheet)) == sheet
    assert Sheet.model_validate(plain(sheet)) == sheet
    assert json.loads(canonical_json(sheet)) == plain(sheet)


def test_a_field_added_later_does_not_change_the_hash_of_content_without_it() -> None:
    assert content_hash(Sheet(name="a")) == content_hash(LongerSheet(name="a"))
    assert content_hash(Sheet(name="a")) != content_hash(LongerSheet(name="a", added_later=True))


def test_the_form_is_fixed_for_ever() -> None:
    sheet = Sheet(name="é", tags=("b", "a"), **{"from": "x"})
    assert canonical_json(sheet) == '{"from":"x","name":"é","tags":["b","a"]}'
    assert content_hash(sheet) == "b2e29b95eaee63940475b6b129ddaaa074550faa7e53ab5660de9e5a891f28b1"
