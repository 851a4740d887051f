"""A module made at run time, and functions made by exec."""

import types

made = types.ModuleType("made")
exec("FACTOR = 3\ndef triple(x):\n    return x * FACTOR\n", made.__dict__)
space = {"__name__": "space"}
exec("def four():\n    return 4", space)
four = space["four"]


def job():
    return made.triple(2), four(), made.FACTOR


def check(result):
    assert result == (6, 4, 3)


# mypy: ignore-errors
