from __future__ import annotations

from pydantic import BaseModel, field_validator


class Document(BaseModel):
    id: str
    text: str
    language: str = "en"

    @field_validator("text")
    @classmethod
    def _not_empty(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("a document needs a text")
        return text


class Features(BaseModel):
    length: int
    words: int
    vector: list[float]


class Verdict(BaseModel):
    document: Document
    features: Features
    score: float
    label: str
