from __future__ import annotations

import math
from collections import Counter

from benchmarks.typical.text import content_words, stem

SIZE = 16


def bucket(word: str) -> int:
    return sum(map(ord, word)) % SIZE


def vector(text: str) -> list[float]:
    counts = Counter(bucket(stem(word)) for word in content_words(text))
    norm = math.sqrt(sum(value * value for value in counts.values())) or 1.0
    return [counts[i] / norm for i in range(SIZE)]


def entropy(values: list[str]) -> float:
    counts = Counter(values)
    return -sum(n / len(values) * math.log(n / len(values)) for n in counts.values())
