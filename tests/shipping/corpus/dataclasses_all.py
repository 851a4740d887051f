"""Dataclasses: slots, frozen, ordered, defaults, factories, inheritance, InitVar, kw_only."""

import dataclasses
from dataclasses import InitVar, dataclass, field
from typing import ClassVar


@dataclass
class Plain:
    x: int
    tags: list[str] = field(default_factory=list)
    count: ClassVar[int] = 0


@dataclass(frozen=True, slots=True, order=True)
class Point:
    x: int
    y: int = 0


@dataclass(slots=True)
class Weighted(Plain):
    weight: float = 1.0


@dataclass(kw_only=True)
class Session:
    name: str
    seed: InitVar[int] = 3
    total: int = field(init=False, default=0, repr=False, compare=False)

    def __post_init__(self, seed):
        self.total = seed * 2


@dataclass(frozen=True)
class Outer:
    point: Point
    inner: dict[Point, str]


def job():
    moved = dataclasses.replace(Point(1), y=5)
    try:
        moved.x = 2
    except dataclasses.FrozenInstanceError:
        frozen = True

    @dataclass
    class Later(Plain):
        more: int = 5

    return (
        Plain(1), moved, Point(1) < moved, Weighted(2, weight=3.0), Session(name="a", seed=4),
        Outer(Point(1), {Point(2): "two"}), frozen, dataclasses.asdict(Later(1)),
        [f.name for f in dataclasses.fields(Session)], hasattr(moved, "__dict__"),
    )  # fmt: skip


def check(result):
    assert result[:4] == (Plain(1), Point(1, 5), True, Weighted(2, weight=3.0))
    assert result[4].total == 8 and type(result[4]) is Session
    assert result[5] == Outer(Point(1), {Point(2): "two"})
    assert result[5].inner[Point(2)] == "two"
    assert result[6:8] == (True, {"x": 1, "tags": [], "more": 5})
    assert result[8:] == (["name", "total"], False)
    assert type(result[1]) is Point and hash(result[1]) == hash(Point(1, 5))


# mypy: ignore-errors
