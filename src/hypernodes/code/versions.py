"""Versions of the installed distributions that code reaches."""

from __future__ import annotations

import functools
import importlib.metadata
import sys


@functools.cache
def distribution_version(top: str) -> str:
    """The version of the distribution of a top-level module; "" for the standard library.

    >>> distribution_version("json")
    ''
    """
    if not top or top in sys.stdlib_module_names or top in ("hypernodes", "__main__", "builtins"):
        return ""
    try:
        return importlib.metadata.version(top)
    except Exception:
        found = getattr(sys.modules.get(top), "__version__", "")
        return found if isinstance(found, str) else ""
