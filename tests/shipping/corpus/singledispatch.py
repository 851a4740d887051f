"""singledispatch and singledispatchmethod, with classes of this module."""

import functools


class Cat:
    pass


@functools.singledispatch
def describe(x):
    return "thing"


@describe.register
def _(x: int):
    return "int"


@describe.register(Cat)
def _(x):
    return "cat"


class Printer:
    @functools.singledispatchmethod
    def show(self, x):
        return "any"

    @show.register
    def _(self, x: str):
        return f"str {x}"


def job():
    return describe(1), describe(Cat()), describe("s"), Printer().show("q"), Printer().show(1)


def check(result):
    assert result == ("int", "cat", "thing", "str q", "any")


# mypy: ignore-errors
