from .. import models


def clean(text):
    assert models.Doc
    return text.upper()


# mypy: ignore-errors
