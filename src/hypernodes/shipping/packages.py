"""Installed packages that a payload reaches, and whether they are here too."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable


def versions(names: Iterable[str]) -> dict[str, str]:
    """Top-level modules outside the standard library, each with its version if known."""
    return {
        name: version(name)
        for name in sorted(names)
        if _exists(name)
        and name not in sys.stdlib_module_names
        and name not in ("hypernodes", "cloudpickle")
    }


@functools.cache
def version(name: str) -> str:
    """The version of the distribution that a top-level module belongs to, or ''.

    >>> version("no such module")
    ''
    """
    try:
        return importlib.metadata.version(name)
    except Exception:
        found = getattr(sys.modules.get(name), "__version__", "")
        return found if isinstance(found, str) else ""


def compare(wanted: dict[str, str]) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Packages that are missing here, and those of another version: {name: (there, here)}."""
    missing: list[str] = []
    other: dict[str, tuple[str, str]] = {}
    for name, there in wanted.items():
        if not _exists(name):
            missing.append(name)
            continue
        here = version(name)
        if here and there and here != there:
            other[name] = (there, here)
    return missing, other


def _exists(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
