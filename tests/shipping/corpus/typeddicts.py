"""TypedDict, total and not, inherited."""

from typing import NotRequired, TypedDict


class Base(TypedDict):
    id: int


class Doc(Base, total=False):
    text: str
    extra: NotRequired[list[int]]


Other = TypedDict("Other", {"in": int})


def job():
    return (
        Doc(id=1, text="x"),
        sorted(Doc.__required_keys__),
        sorted(Doc.__optional_keys__),
        Other({"in": 1}),
    )


def check(result):
    assert result == ({"id": 1, "text": "x"}, ["id"], ["extra", "text"], {"in": 1})


# mypy: ignore-errors
