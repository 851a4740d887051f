PREFIX = "lazy"


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    return f"{PREFIX} {name}"


# mypy: ignore-errors
