from dataclasses import dataclass


@dataclass
class Doc:
    text: str
    words: int


# mypy: ignore-errors
