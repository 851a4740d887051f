from __future__ import annotations

from benchmarks.typical import features, text
from benchmarks.typical.models import Document, Features, Verdict
from benchmarks.typical.scoring import WEIGHTS, Scorer, dot, label

SCORER = Scorer(WEIGHTS)


def document(raw: dict[str, str]) -> Document:
    return Document(**raw)


def tidied(document: Document) -> str:
    return text.tidy(document.text)


def tokens(tidied: str) -> list[str]:
    return text.words(tidied)


def kept(tidied: str) -> list[str]:
    return text.content_words(tidied)


def stems(kept: list[str]) -> list[str]:
    return [text.stem(word) for word in kept]


def length(tidied: str) -> int:
    return len(tidied)


def count(tokens: list[str]) -> int:
    return len(tokens)


def unique(stems: list[str]) -> int:
    return len(set(stems))


def variety(unique: int, count: int) -> float:
    return unique / max(1, count)


def longest(tokens: list[str]) -> str:
    return max(tokens, key=len, default="")


def surprise(stems: list[str]) -> float:
    return features.entropy(stems) if stems else 0.0


def vector(tidied: str) -> list[float]:
    return features.vector(tidied)


def query_vector(query: str) -> list[float]:
    return features.vector(query)


def match(vector: list[float], query_vector: list[float]) -> float:
    return dot(vector, query_vector)


def described(length: int, count: int, vector: list[float]) -> Features:
    return Features(length=length, words=count, vector=vector)


def score(length: int, variety: float, match: float) -> float:
    return SCORER.score(length=min(1.0, length / 100), variety=variety, match=match)


def named(score: float) -> str:
    return label(score)


def verdict(document: Document, described: Features, score: float, named: str) -> Verdict:
    return Verdict(document=document, features=described, score=score, label=named)


def summary(verdict: Verdict, longest: str, surprise: float) -> str:
    return f"{verdict.document.id}: {verdict.label}, {longest}, {surprise:.2f}"


def answer(verdict: Verdict, summary: str) -> dict[str, object]:
    return {"verdict": verdict, "summary": summary}


FUNCTIONS = [
    document, tidied, tokens, kept, stems, length, count, unique, variety, longest,
    surprise, vector, query_vector, match, described, score, named, verdict, summary, answer,
]  # fmt: skip
