"""Cleaning, with a rule that lives in another module of the package."""

from .rules import STOPWORDS


def words(text: str) -> list[str]:
    return [word for word in text.lower().split() if word not in STOPWORDS]
