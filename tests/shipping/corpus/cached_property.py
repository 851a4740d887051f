"""cached_property and property with setter and deleter."""

import functools


class Box:
    def __init__(self, side):
        self._side = side

    @functools.cached_property
    def volume(self):
        return self._side**3

    @property
    def side(self):
        """The side."""
        return self._side

    @side.setter
    def side(self, value):
        self._side = value

    @side.deleter
    def side(self):
        self._side = 0


def job():
    box = Box(3)
    first = box.volume
    box.side = 2
    box.volume = box.volume + 1
    other = Box(5)
    del other.side
    return first, box.side, box, other.side, Box.side.__doc__


def check(result):
    first, side, box, other, doc = result
    assert (first, side, other, doc) == (27, 2, 0, "The side.")
    assert type(box) is Box and box.volume == 28


# mypy: ignore-errors
