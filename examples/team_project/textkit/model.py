"""What goes in and out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    title: str
    count: int
