"""Discriminated unions, forward references, self references, root models, enums, literals."""

from __future__ import annotations

import enum
from typing import Annotated, Literal, Union

from pydantic import BaseModel, Field, RootModel


class Kind(enum.StrEnum):
    CAT = "cat"
    DOG = "dog"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    friend: Cat | Dog | None = None


Pet = Annotated[Union[Cat, Dog], Field(discriminator="kind")]  # noqa: UP007


class House(BaseModel):
    pets: list[Pet]
    favourite: Kind = Kind.CAT
    rooms: list[Room] = []


class Room(BaseModel):
    name: str
    inner: list[Room] = []


class Tags(RootModel[list[str]]):
    def first(self):
        return self.root[0]


House.model_rebuild()


def job():
    house = House.model_validate(
        {
            "pets": [{"kind": "dog", "friend": {"kind": "cat"}}, {"kind": "cat", "lives": 2}],
            "favourite": "dog",
            "rooms": [{"name": "a", "inner": [{"name": "b"}]}],
        }
    )
    return house, Tags(["x", "y"]), Tags(["q"]).first(), Tags.model_validate(["z"]).root


def check(result):
    house, tags, first, root = result
    assert [type(pet) for pet in house.pets] == [Dog, Cat] and type(house.pets[0].friend) is Cat
    assert house.favourite is Kind.DOG and type(house.rooms[0].inner[0]) is Room
    assert type(tags) is Tags and tags.root == ["x", "y"] and (first, root) == ("q", ["z"])


# mypy: ignore-errors
