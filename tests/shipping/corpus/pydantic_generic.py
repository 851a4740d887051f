"""Generic models, also parametrised, nested and inherited."""

from typing import Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T")
U = TypeVar("U")


class Item(BaseModel):
    name: str


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: "Page[T] | None" = None


class Plain(BaseModel, Generic[T]):
    items: list[T]


class ItemPage(Plain[Item]):
    total: int = 0


class OwnPage(Plain[Item]):
    extra: int = 1


class Both(BaseModel, Generic[T, U]):
    a: T
    b: U


class Outer(BaseModel):
    page: Page[Item]


ALIAS = Page[Item]


def job():
    own = OwnPage(items=[])
    assert Outer(page={"items": []}).page == ALIAS(items=[])
    page = Page[Item](items=[{"name": "a"}], next={"items": []})
    try:
        Page[int](items=["x"])
    except ValueError as error:
        text = error.errors()[0]["type"]
    assert (
        type(own) is OwnPage and isinstance(own, Plain[Item]) and Both[int, str](a=1, b="x").a == 1
    )
    return (
        page,
        ItemPage(items=[Item(name="b")], total=1),
        Page[Item](items=[]),
        text,
        Page[str](items=["s"]).items,
    )


def check(result):
    page, own, empty, text, strings = result
    assert type(page) is Page[Item] and type(page.items[0]) is Item and page.next.items == []
    assert type(own) is ItemPage and own == ItemPage(items=[Item(name="b")], total=1)
    assert empty == Page[Item](items=[]) and text == "int_parsing"
    assert strings == ["s"]


# mypy: ignore-errors
