"""A module beside the script: no worker can import it."""

from __future__ import annotations

from pydantic import BaseModel

OFFSET = 100


class Tag(BaseModel):
    label: str


def shift(value: int) -> int:
    return value + OFFSET


def plain_daft(value: int) -> int:
    """What the controls give to Daft: it uses a helper of its own module."""
    return shift(value)


class Scaler:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    def scale(self, value: int) -> int:
        return value * self.factor
