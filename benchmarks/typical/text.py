from __future__ import annotations

import re

STOPWORDS = frozenset(
    ["a", "an", "and", "are", "in", "is", "it", "of", "on", "or", "the", "to", "was"]
)
WORD = re.compile(r"[a-z0-9']+")


def tidy(text: str) -> str:
    return " ".join(text.lower().split())


def words(text: str) -> list[str]:
    return WORD.findall(tidy(text))


def content_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOPWORDS]


def stem(word: str) -> str:
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)]
    return word
