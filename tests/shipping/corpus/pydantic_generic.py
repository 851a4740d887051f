"""Generic models, also parametrised, nested and inherited."""

from typing import Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T")


class Item(BaseModel):
    name: str


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: "Page[T] | None" = None


class Plain(BaseModel, Generic[T]):
    items: list[T]


class ItemPage(Plain[Item]):
    total: int = 0


def job():
    page = Page[Item](items=[{"name": "a"}], next={"items": []})
    try:
        Page[int](items=["x"])
    except ValueError as error:
        text = error.errors()[0]["type"]
    return page, ItemPage(items=[Item(name="b")], total=1), Page[Item](items=[]), text, Page[str](items=["s"])


def check(result):
    page, own, empty, text, strings = result
    assert type(page) is Page[Item] and type(page.items[0]) is Item and page.next.items == []
    assert type(own) is ItemPage and own == ItemPage(items=[Item(name="b")], total=1)
    assert empty == Page[Item](items=[]) and text == "int_parsing"
    assert type(strings) is Page[str]
