"""from helpers import *, with and without __all__."""

from helpers import *  # noqa: F403
from more import *  # noqa: F403


def job():
    return shout("a"), LIMIT, hidden_is_here()  # noqa: F405


def check(result):
    assert result == ("A!", 7, "hidden")


# mypy: ignore-errors
