"""Classes and functions that a foreign pickler sent home by their name on the worker.

On a worker, shipped modules are called ``shipped_<payload>.<own name>``. A pickler that is
not ours sends a class or function of one, as such, by that name; at home the name leads to
the user's own module.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from hypernodes.code.modules import SHIPPED, logical_name
from hypernodes.code.origin import MAIN_NAMES


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of home under the names they have on workers."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not name.startswith(SHIPPED):
            return None
        if "." not in name:  # the package that all modules of a payload are in
            return importlib.machinery.ModuleSpec(name, _Alias(None), is_package=True)
        module = _home_module(name.partition(".")[2])
        if module is None:
            return None
        return importlib.machinery.ModuleSpec(name, _Alias(module), is_package=True)


class _Alias(importlib.abc.Loader):
    def __init__(self, module: ModuleType | None) -> None:
        self._module = module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # What stands in sys.modules now is what the import returns; nothing is written
        # onto the module of home.
        if self._module is not None:
            sys.modules[module.__name__] = self._module


def _home_module(logical: str) -> ModuleType | None:
    for name in (logical, *MAIN_NAMES):
        module: Any = sys.modules.get(name)
        if isinstance(module, ModuleType) and logical_name(module.__dict__) == logical:
            return module
    return None


def install() -> None:
    """Let imports find home's modules, after every other finder."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
