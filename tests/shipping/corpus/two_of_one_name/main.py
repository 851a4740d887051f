"""Two classes of one name in two modules."""

import first
import second


def job():
    return first.Thing(1), second.Thing(1), first.Thing(1) == second.Thing(1)


def check(result):
    assert type(result[0]) is first.Thing and type(result[1]) is second.Thing
    assert result[2] is False and result[0] == first.Thing(1)


# mypy: ignore-errors
