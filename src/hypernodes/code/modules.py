"""Modules of the user's: their logical names, and those not loaded yet as source text."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from types import CodeType
from typing import Any

from hypernodes.code.origin import MAIN_NAMES, Origin, spec_without_import
from hypernodes.code.uses import Uses, uses_of

# Modules rebuilt on a worker are named shipped_<payload>.<logical name>.
SHIPPED = "shipped_"


def logical_name(namespace: Mapping[str, Any]) -> str:
    """The name under which a module would be imported; of a script, its file's stem.

    >>> logical_name({"__name__": "__main__", "__file__": "/here/train.py"})
    'train'
    >>> logical_name({"__name__": "pkg.part"})
    'pkg.part'
    """
    name = namespace.get("__name__")
    if not isinstance(name, str):
        return "anonymous"
    if name.startswith(SHIPPED):
        return name.partition(".")[2]
    if name not in MAIN_NAMES:
        return name
    spec = namespace.get("__spec__")
    if (
        spec is not None
        and isinstance(getattr(spec, "name", None), str)
        and spec.name not in MAIN_NAMES
    ):
        return str(spec.name).removesuffix(".__main__")
    file = namespace.get("__file__")
    stem = os.path.splitext(os.path.basename(file))[0] if isinstance(file, str) else ""
    return stem or "__main__"


def absolute_name(name: str, level: int, namespace: Mapping[str, Any]) -> str | None:
    """The full name that an import statement in these globals means."""
    if level == 0:
        return name
    package = namespace.get("__package__")
    if not isinstance(package, str):
        own = namespace.get("__name__")
        package = own if isinstance(own, str) else ""
        if "__path__" not in namespace:
            package = package.rpartition(".")[0]
    if not package:
        return None
    try:
        return importlib.util.resolve_name("." * level + name, package)
    except ImportError:
        return None


class SourceModule:
    """A local module that is not loaded here: it travels as text and runs on first import."""

    __slots__ = ("file", "is_package", "name", "text", "uses")

    def __init__(self, name: str, text: str, file: str, is_package: bool) -> None:
        self.name = name
        self.text = text
        self.file = file
        self.is_package = is_package
        self.uses: Uses | None = None
        try:
            code = compile(text, file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return  # the import on the worker will say so
        assert isinstance(code, CodeType)
        self.uses = uses_of(code)

    def namespace(self) -> dict[str, Any]:
        """Enough of the module's globals to resolve its relative imports."""
        package = self.name if self.is_package else self.name.rpartition(".")[0]
        return {"__name__": self.name, "__package__": package}


def source_module(name: str, origin: Origin) -> SourceModule | None:
    """The source of a local module that is not loaded, or None if it is none of ours."""
    if not name or name.partition(".")[0] in sys.stdlib_module_names:
        return None
    spec = spec_without_import(name)
    if spec is None:
        return None
    is_package = spec.submodule_search_locations is not None
    if origin.is_installed(name, {"__file__": spec.origin, "__spec__": spec}):
        return None
    get_source = getattr(spec.loader, "get_source", None)
    try:
        text = get_source(name) if get_source is not None else None
    except (ImportError, OSError):
        text = None
    if text is None:
        return SourceModule(name, "", "", True) if is_package and not spec.origin else None
    return SourceModule(name, text, spec.origin or name, is_package)
