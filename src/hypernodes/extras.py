"""The one place that asks for an optional third-party package."""

from __future__ import annotations

import importlib
from typing import Any

_VERSIONS = {"daft": ">=0.7.26,<0.8"}


def require(module: str, wanted_by: str) -> Any:
    """Import an optional package, or raise ImportError that says who wants it and how.

    >>> require("json", "the example").dumps([1])
    '[1]'
    >>> require("no_such_package", "the example")
    Traceback (most recent call last):
        ...
    ImportError: the example needs no_such_package: pip install "no_such_package"
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.split(".", maxsplit=1)[0]:
            raise  # the package is there, something that it needs is not
        top = error.name
        raise ImportError(
            f'{wanted_by} needs {top}: pip install "{top}{_VERSIONS.get(top, "")}"', name=top
        ) from error
