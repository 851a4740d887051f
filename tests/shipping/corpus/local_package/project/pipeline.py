from . import models
from .sub.clean import clean


def run(texts):
    return [models.Doc(clean(text), len(text.split())) for text in texts]


# mypy: ignore-errors
