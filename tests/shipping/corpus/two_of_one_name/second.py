from dataclasses import dataclass


@dataclass
class Thing:
    x: int


# mypy: ignore-errors
