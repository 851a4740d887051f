from __future__ import annotations

WEIGHTS = {"length": 0.1, "variety": 0.6, "match": 1.5}
LABELS = ("poor", "fair", "good")


class Scorer:
    def __init__(self, weights: dict[str, float]) -> None:
        self.weights = weights

    def score(self, **parts: float) -> float:
        return sum(self.weights[name] * value for name, value in parts.items())


def dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def label(score: float) -> str:
    return LABELS[min(len(LABELS) - 1, max(0, int(score)))]
