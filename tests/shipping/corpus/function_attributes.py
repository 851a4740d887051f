"""Functions with attributes, defaults that are objects, keyword-only arguments."""

from dataclasses import dataclass


@dataclass
class Config:
    n: int = 3


def scaled(x, config=Config(), *, factor=2, extra=()):
    scaled.calls += 1
    return x * config.n * factor + sum(extra)


scaled.calls = 0
scaled.config = Config(9)


def job():
    return scaled(2), scaled(1, factor=1, extra=(1, 2)), scaled.calls, scaled.config


def check(result):
    assert result == (12, 6, 2, Config(9))
    assert scaled.calls == 0


# mypy: ignore-errors
