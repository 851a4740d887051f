"""Models that refer to each other across modules, with an instance as a global."""

from shapes import Circle, Origin

from pydantic import BaseModel


class Drawing(BaseModel):
    circles: list[Circle]
    origin: Origin = Origin()


DEFAULT = Drawing(circles=[])


def job():
    return DEFAULT, Drawing(circles=[{"radius": 2}]), Circle(radius=1).area()


def check(result):
    assert result[0] == DEFAULT and type(result[0]) is Drawing
    assert type(result[1].circles[0]) is Circle and type(result[1].origin) is Origin
    assert result[2] == 3.0


# mypy: ignore-errors
