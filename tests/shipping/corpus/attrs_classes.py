"""attrs: slots, frozen, factories, validators, converters."""

import attrs


@attrs.define
class Point:
    x: int = attrs.field(converter=int)
    y: int = attrs.field(default=0, validator=attrs.validators.instance_of(int))
    tags: list = attrs.Factory(list)

    def norm(self):
        return abs(self.x) + abs(self.y)


@attrs.frozen
class Fixed:
    name: str
    point: Point | None = None


@attrs.define
class Child(Point):
    z: int = 1

    def norm(self):
        return super().norm() + self.z


def job():
    try:
        Point(1, "x")
    except TypeError:
        refused = True
    return (
        Point("3"),
        Fixed("a", Point(1)),
        Child(1, 2),
        Child(1, 2).norm(),
        refused,
        attrs.asdict(Point(1)),
    )


def check(result):
    assert result[0] == Point(3) and type(result[0]) is Point
    assert (
        result[1] == Fixed("a", Point(1)) and type(result[2]) is Child and result[2] == Child(1, 2)
    )
    assert result[3:] == (4, True, {"x": 1, "y": 0, "tags": []})


# mypy: ignore-errors
