"""Enums of all kinds; members are the very members at home."""

import enum


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    CRIMSON = 1

    def label(self):
        return self.name.lower()


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


class Word(str, enum.Enum):
    A = "a"
    B = "b"


class Text(enum.StrEnum):
    LOW = enum.auto()
    HIGH = enum.auto()


class Perm(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    BOTH = READ | WRITE
    DO = WRITE


class Mode(enum.IntFlag):
    R = 4
    W = 2
    X = 1


class Planet(enum.Enum):
    EARTH = (5.9, 6.3)
    MARS = (0.6, 3.3)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    @property
    def gravity(self):
        return round(self.mass / self.radius, 2)


class Coordinate(bytes, enum.Enum):
    def __new__(cls, value, label):
        made = bytes.__new__(cls, [value])
        made._value_ = value
        made.label = label
        return made

    PX = (0, "P.X")
    PY = (1, "P.Y")


class Handler(enum.Enum):
    UP = enum.member(str.upper)
    LISTED = [1, 2]


class Temp(float, enum.Enum):
    LOW = 0.5


def job():
    return {
        "color": [Color.RED, Color("g"), Color.CRIMSON, Color["GREEN"]],
        "names": [Color.RED.label(), list(Color.__members__), len(Color), Color(1) is Color.RED],
        "number": [Number.ONE, Number(2), Number.ONE + 1, max(Number)],
        "word": [Word.A, Word("b"), Word.A == "a", Text.LOW, f"{Text.HIGH}"],
        "perm": [Perm.READ, Perm.BOTH, Perm.READ | Perm.WRITE, ~Perm.READ, Perm.DO, Perm(0)],
        "mode": [Mode.R | Mode.X, Mode(7), Mode.R in Mode(5), Mode(16)],
        "planet": [Planet.MARS, Planet.EARTH.gravity, Planet((0.6, 3.3))],
        "coord": [Coordinate.PY, Coordinate.PX.label, Coordinate(1), bytes(Coordinate.PY)],
        "handler": [Handler.LISTED, Handler([1, 2]), Handler.UP],
        "temp": [Temp.LOW, Temp.LOW * 2],
        "iter": [list(Color), list(Perm), {Color.RED: 1}[Color.RED]],
    }


def check(result):
    assert result["color"][0] is Color.RED and result["color"][2] is Color.RED
    assert result["color"][1] is Color.GREEN is result["color"][3]
    assert result["names"] == ["red", ["RED", "GREEN", "CRIMSON"], 2, True]
    assert result["number"][:2] == [1, 2] and result["number"][0] is Number.ONE
    assert result["number"][3] is Number.TWO
    assert result["word"][0] is Word.A and result["word"][2:] == [True, Text.LOW, "high"]
    assert result["perm"] == [Perm.READ, Perm.BOTH, Perm.BOTH, Perm.WRITE, Perm.WRITE, Perm(0)]
    assert result["perm"][4] is Perm.WRITE and type(result["perm"][2]) is Perm
    assert result["mode"] == [Mode.R | Mode.X, Mode(7), True, Mode(16)]
    assert type(result["mode"][0]) is Mode
    assert result["planet"][0] is Planet.MARS is result["planet"][2]
    assert result["planet"][1] == Planet.EARTH.gravity
    assert result["coord"][0] is Coordinate.PY is result["coord"][2]
    assert result["coord"][1] == "P.X" and result["coord"][3] == b"\x01"
    assert result["handler"][0] is Handler.LISTED is result["handler"][1]
    assert result["handler"][2] is Handler.UP
    assert result["temp"][0] is Temp.LOW and result["temp"][1] == 1.0
    assert result["iter"][0] == list(Color) and result["iter"][1] == list(Perm)


# mypy: ignore-errors
