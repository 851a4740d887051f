"""Operators, context variables, weak references, __call__, __class_getitem__."""

import contextvars
import functools
import weakref


@functools.total_ordering
class Money:
    __match_args__ = ("amount",)

    def __init__(self, amount):
        self.amount = amount

    def __add__(self, other):
        return Money(self.amount + other.amount)

    def __eq__(self, other):
        return self.amount == other.amount

    def __lt__(self, other):
        return self.amount < other.amount

    def __hash__(self):
        return self.amount

    def __class_getitem__(cls, item):
        return f"Money[{item}]"

    def __call__(self):
        return self.amount


def job():
    total = Money(1) + Money(2)
    reference = weakref.ref(total)
    match total:
        case Money(3):
            matched = True
    variable = contextvars.ContextVar("v", default=4)
    return (
        total,
        total >= Money(2),
        Money["x"],
        total(),
        reference() is total,
        matched,
        variable.get(),
    )


def check(result):
    assert type(result[0]) is Money and result[0] == Money(3)
    assert result[1:] == (True, "Money[x]", 3, True, True, 4)


# mypy: ignore-errors
