from . import NAME


def name():
    return f"part of {NAME}"


# mypy: ignore-errors
