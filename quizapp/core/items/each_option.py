"""What types share in which every option is given a value: judged, ranked or rated."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from quizapp.core.items import options
from quizapp.core.items.base import Answer, Fields, InvalidResponse, Order


class EachOptionType(options.OneListType):
    """The answer is one list: the value of each option in the order of the file, null where there is none."""

    field: ClassVar[str]  # the name of a posted field, before the place of its option
    stored: ClassVar[str]  # the name of the list in the answer
    unreadable: ClassVar[tuple[str, str]]  # code and message for a value that is none
    without: ClassVar[str]  # what an option without a value is, such as "not rated"

    @abstractmethod
    def readings(self, question: Any) -> Mapping[str, Any]:
        """What may be posted for an option, and the value that it stands for."""

    def given(self, question: Any, answer: Answer | None) -> list[Any]:
        """The values of an answer; ValueError for one that belongs to another item."""
        if answer is None:
            return [None] * len(question.options)
        return options.aligned(question, answer, self.stored, tuple(self.readings(question).values()))

    def parse(
        self, question: Any, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """The list in the order of the file; None when no option was given a value."""
        known = self.readings(question)
        found: list[Any] = [None] * len(question.options)
        for place, index in options.values(order).items():
            sent = options.one_value(fields, f"{self.field}{place}")
            if sent is not None and sent not in known:
                raise InvalidResponse(*self.unreadable)
            found[index] = None if sent is None else known[sent]
        return None if all(value is None for value in found) else {self.stored: found}

    def posted(self, question: Any, order: Order, answer: Answer | None) -> dict[str, list[str]]:
        """A field for each option that has a value."""
        said = {value: text for text, value in self.readings(question).items()}
        given = self.given(question, answer)
        return {
            f"{self.field}{place}": [said[given[index]]]
            for place, index in options.values(order).items()
            if given[index] is not None
        }

    def is_complete(self, question: Any, answer: Answer) -> bool:
        """Every option has a value."""
        return None not in self.given(question, answer)

    def question(
        self,
        question: Any,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """Stem and options in the shown order, with what each was given."""
        sent = self.posted(question, order, answer) if fields is None else fields
        rows = []
        for row in options.shown(question, order):
            name = f"{self.field}{row['value']}"
            rows.append(row | {"field": prefix + name, "given": options.first(sent, name)})
        return {"stem": question.stem, "options": rows}

    def missing(self, question: Any, answer: Answer) -> Iterator[str]:
        """The options without a value."""
        given = self.given(question, answer)
        return (f"option {n} is {self.without}" for n, value in enumerate(given, start=1) if value is None)
