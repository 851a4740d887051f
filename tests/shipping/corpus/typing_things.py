"""TypeVar, ParamSpec, NewType, Protocol, aliases, Generic, Literal, Annotated."""

import typing
from collections.abc import Callable
from typing import Annotated, Generic, Literal, NewType, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
N = TypeVar("N", int, float)
P = ParamSpec("P")
UserId = NewType("UserId", int)
Vector = list[float]
Mode = Literal["fast", "slow"]
Positive = Annotated[int, "positive"]


@typing.runtime_checkable
class Named(Protocol):
    name: str

    def hello(self) -> str: ...


class Stack(Generic[T]):
    def __init__(self) -> None:
        self.items: list[T] = []

    def push(self, item: T) -> "Stack[T]":
        self.items.append(item)
        return self


class IntStack(Stack[int]):
    pass


def logged(function: Callable[P, T]) -> Callable[P, T]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    return wrapper


@logged
def add(a: N, b: N) -> N:
    return a + b


class Person:
    name = "bo"

    def hello(self) -> str:
        return "hello"


def job():
    stack = Stack[int]().push(3)
    return (
        add(1, 2), UserId(4), isinstance(Person(), Named), isinstance(3, Named), stack,
        Stack.__parameters__ == (T,), IntStack().push(1), typing.get_args(Mode),
        IntStack.__orig_bases__ == (Stack[int],), Positive.__metadata__,
    )  # fmt: skip


def check(result):
    assert result[:4] == (3, 4, True, False)
    assert type(result[4]) is Stack and result[4].items == [3]
    assert result[5] is True and type(result[6]) is IntStack and result[6].items == [1]
    assert result[7:] == (("fast", "slow"), True, ("positive",))


# mypy: ignore-errors
