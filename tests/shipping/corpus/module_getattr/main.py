"""A module with __getattr__, used by attribute and by import in a body."""

import lazy


def job():
    from lazy import other

    return lazy.answer, other


def check(result):
    assert result == ("lazy answer", "lazy other")


# mypy: ignore-errors
