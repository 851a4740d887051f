from ..part import name

LEAF = "leaf"


def climb():
    return name()


# mypy: ignore-errors
