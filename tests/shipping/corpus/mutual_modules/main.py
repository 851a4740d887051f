"""Two modules that import and call each other."""

import left


def job():
    return left.ping(6)


def check(result):
    assert result == "ping pong ping pong ping pong end"


# mypy: ignore-errors
