"""typing.NamedTuple with methods and defaults, collections.namedtuple, Generic ones."""

import collections
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
Pair = collections.namedtuple("Pair", ["left", "right"], defaults=[0])


class Record(NamedTuple):
    """A record."""

    name: str
    score: float = 0.5

    def doubled(self):
        return self._replace(score=self.score * 2)


class Tagged(NamedTuple, Generic[T]):
    tag: T


def job():
    return (
        Pair(1),
        Record("a").doubled(),
        Tagged(3),
        Record._fields,
        Record.__doc__,
        Pair._make([1, 2]),
    )


def check(result):
    pair, record, tagged, fields, doc, made = result
    assert type(pair) is Pair and pair == (1, 0) and made == Pair(1, 2)
    assert type(record) is Record and record == ("a", 1.0) and record.doubled().score == 2.0
    assert type(tagged) is Tagged and tagged.tag == 3
    assert fields == ("name", "score") and doc == "A record."


# mypy: ignore-errors
