"""A large captured array: a warning with its name and size, and shipped once."""

import numpy as np

TABLE = np.ones(50_000_000 // 8)


def first():
    return TABLE[0]


def job():
    return first(), TABLE.size


def check(result):
    assert result == (1.0, 6_250_000)


SIZE = 50_100_000
WARNING = "TABLE"

# mypy: ignore-errors
