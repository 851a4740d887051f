"""A local module that has the name of an installed one does not shadow it there."""

import attr_like as attrs_local
import tomllib


def job():
    import attrs

    return attrs_local.__doc__, attrs.__name__, tomllib.loads("a = 1")


def check(result):
    assert result == ("Local.", "attrs", {"a": 1})


# mypy: ignore-errors
