"""Abstract base classes, registered subclasses, abstract properties, slots."""

import abc
import collections.abc


class Shape(abc.ABC):
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    @abc.abstractmethod
    def area(self): ...

    @property
    @abc.abstractmethod
    def sides(self): ...


class Square(Shape):
    __slots__ = ("side",)

    def __init__(self, side):
        super().__init__("square")
        self.side = side

    def area(self):
        return self.side**2

    @property
    def sides(self):
        return 4


class Bag(collections.abc.Sequence):
    def __init__(self, *items):
        self._items = items

    def __len__(self):
        return len(self._items)

    def __getitem__(self, index):
        return self._items[index]


@Shape.register
class Foreign:
    pass


def job():
    try:
        Shape("x")
    except TypeError as error:
        text = str(error)
    bag = Bag(3, 1)
    return (
        Square(2), Square(2).area(), isinstance(Foreign(), Shape), isinstance(3, Shape), text,
        hasattr(Square(1), "__dict__"), bag.index(1), isinstance(bag, collections.abc.Sequence), bag,
    )  # fmt: skip


def check(result):
    assert type(result[0]) is Square and result[0].side == 2 and result[0].name == "square"
    assert result[1:4] == (4, True, False) and "area" in result[4]
    assert result[5:8] == (False, 1, True) and list(result[8]) == [3, 1]


# mypy: ignore-errors
