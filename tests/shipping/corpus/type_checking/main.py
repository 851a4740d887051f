"""TYPE_CHECKING imports and postponed annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from other import Missing


@dataclass
class Holder:
    value: Missing | None = None
    next: Holder | None = None


def build(x: Missing) -> Holder:
    return Holder(x, Holder())


def job():
    return build(3)


def check(result):
    assert result == Holder(3, Holder()) and type(result.next) is Holder


# mypy: ignore-errors
