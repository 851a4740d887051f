"""A module passed on, changed through, and its functions called by name."""

import registry


def call(module, name, *args):
    return getattr(module, name)(*args)


def job():
    registry.LIMIT = 5
    call(registry, "add", "x")
    call(registry, "add", "y")
    return (
        registry.ITEMS,
        registry.over(),
        vars(registry)["LIMIT"],
        registry.__name__.endswith("registry"),
    )


def check(result):
    assert result == (["x", "y"], False, 5, True)
    assert registry.LIMIT == 1 and registry.ITEMS == []


# mypy: ignore-errors
