"""Models made in functions, pydantic dataclasses, validate_call, TypeAdapter."""

from pydantic import BaseModel, TypeAdapter, create_model, validate_call
from pydantic.dataclasses import dataclass


@dataclass
class Size:
    width: int
    height: int = 2


@validate_call
def area(size: Size, scale: int = 1) -> int:
    return size.width * size.height * scale


def make():
    limit = 5

    class Inner(BaseModel):
        value: int

        def capped(self):
            return min(self.value, limit)

    return Inner


Inner = make()
Made = create_model("Made", x=(int, 3))
sizes = TypeAdapter(list[Size])


def job():
    return (
        area({"width": "3"}, scale="2"), Inner(value="9"), Inner(value=9).capped(), Made(x="4"),
        sizes.validate_python([{"width": 1}]),
    )  # fmt: skip


def check(result):
    assert result[0] == 12 and type(result[1]) is Inner and result[1].value == 9
    assert result[2] == 5 and type(result[3]) is Made and result[3].x == 4
    assert type(result[4][0]) is Size and result[4] == [Size(1)]


# mypy: ignore-errors
