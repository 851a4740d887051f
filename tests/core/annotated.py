"""Classes for annotations, named from other modules too, and nodes that have them."""

from __future__ import annotations

import abc
import collections
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import (
    Any,
    Generic,
    NamedTuple,
    NewType,
    NotRequired,
    ParamSpec,
    Protocol,
    TypedDict,
    TypeVar,
)

import pydantic
import pytest
import typing_extensions

from hypernodes import GraphError, Node, Pipeline, node, stateful

T = TypeVar("T")
P = ParamSpec("P")
Bound = TypeVar("Bound", bound=Sequence[int])
OneOf = TypeVar("OneOf", int, str)
UserId = NewType("UserId", int)
AdminId = NewType("AdminId", UserId)
GroupId = NewType("GroupId", int)


class Animal:
    pass


class Dog(Animal):
    pass


class Stone:
    pass


class Swims:
    pass


class Duck(Animal, Swims):
    pass


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.StrEnum):
    BIG = "big"


class Encodes(Protocol):
    def encode(self, text: str) -> list[float]: ...


class HasSize(Protocol):
    size: int


class Encoder:
    def __init__(self) -> None:
        self.size = 3

    def encode(self, text: str) -> list[float]:
        return []


class Assigned:
    def __init__(self, encode: Callable[[str], list[float]]) -> None:
        self.encode = encode


class Proxy:
    def __getattr__(self, name: str) -> Any:
        return name


class Base:
    pass


class EncodingBase(Base):
    def encode(self, text: str) -> list[float]:
        return []


class TakenBack(Encoder):
    encode = None  # type: ignore[assignment]


class Box(Generic[T]):
    pass


class IntBox(Box[int]):
    pass


class Words(list[str]):
    pass


class Pairs(dict[str, T], Generic[T]):
    pass


class OldSequence:
    def __getitem__(self, index: int) -> int:
        return index


class Movie(TypedDict):
    name: str
    year: int


class Sequel(Movie):
    part: int


class Song(TypedDict):
    name: str
    year: str


class Loose(TypedDict, total=False):
    name: str


class Tagged(TypedDict):
    name: str
    tag: NotRequired[int]


class OlderSong(typing_extensions.TypedDict):
    name: str


class OlderNumber(typing_extensions.TypedDict):
    name: int


class MaybeText(TypedDict):
    name: str
    year: NotRequired[str]


class Point(NamedTuple):
    x: int
    y: str


Bare = collections.namedtuple("Bare", "a b")  # noqa: PYI024 - without types is the case


@dataclass
class Item:
    name: str


class Model(pydantic.BaseModel):
    name: str


class Special(Model):
    pass


class Boxed(pydantic.BaseModel, Generic[T]):
    it: T


class Abstract(abc.ABC):
    @abc.abstractmethod
    def go(self) -> None: ...


class Registered:
    pass


Abstract.register(Registered)


@stateful
class Heavy:
    pass


class Hostile(type):
    def __subclasscheck__(cls, other: type) -> bool:
        raise RuntimeError("asked")

    def __hash__(cls) -> int:
        raise RuntimeError("hashed")


class HostileClass(metaclass=Hostile):
    pass


class ByValue(type):
    def __instancecheck__(cls, value: object) -> bool:
        return hasattr(value, "shape")


class Shaped(metaclass=ByValue):
    pass


class ShapedToo(metaclass=ByValue):
    pass


def redefined() -> type:
    class Cell:
        pass

    return Cell


def makes(annotation: Any, name: Any = "made") -> Node[..., Any]:
    def maker(seed: int = 0) -> Any: ...

    maker.__annotations__["return"] = annotation
    return node(name, name="maker")(maker)


def reads(annotation: Any, name: str = "made", default: Any = ...) -> Node[..., Any]:
    def reader(it: Any) -> Any: ...

    if default is not ...:
        reader.__defaults__ = (default,)
    reader.__annotations__["it"] = annotation
    return node("read", name="reader", rename={"it": name})(reader)


def refusal(*nodes: Any) -> GraphError:
    with pytest.raises(GraphError) as caught:
        Pipeline(nodes)
    return caught.value


def untyped(output: str, parameter: str) -> Node[..., Any]:
    def plain(it):
        return it

    return node(output, rename={"it": parameter})(plain)


@node("size")
def measure(text: str) -> int:
    return len(text)


@node("loud")
def shout(size: str) -> str:
    return size.upper()
