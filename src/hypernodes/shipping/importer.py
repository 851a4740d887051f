"""The modules of one payload on a worker, and the imports of the functions in it.

Each payload is a world of its own: its modules stand in ``sys.modules`` only under names
that no one else has, and its functions import them through an ``__import__`` in the
``__builtins__`` of their globals. So two payloads with different modules of one name live
side by side, and installed modules are never shadowed.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from hypernodes.code.modules import absolute_name
from hypernodes.shipping import asserts, rebuild, source


class Space:
    """The globals of one module: those of an installed one, or new ones for a shipped one."""

    __slots__ = ("installed", "logical", "module", "namespace")

    def __init__(self, logical: str, module: ModuleType, installed: bool) -> None:
        self.logical = logical
        self.module = module
        self.namespace = module.__dict__
        self.installed = installed


class _SourceLoader:
    """Answers for ``inspect`` and ``linecache`` where the lines of a module are."""

    def __init__(self, file: str) -> None:
        self._file = file

    def get_source(self, name: str) -> str | None:
        import linecache

        entry = linecache.cache.get(self._file)
        return "".join(entry[2]) if entry is not None and len(entry) == 4 else None


class World:
    """All modules of one payload, by their logical names."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.modules: dict[str, ModuleType] = {}  # what bodies may import
        self.sources: dict[str, tuple[str, str, bool]] = {}  # (text, file, is a package)
        self._taken: dict[str, int] = {}
        self._raw: dict[str, str] = {}  # names that modules had at home -> here
        self._builtins = {
            **builtins.__dict__,
            "__import__": self.import_,
            "__build_class__": rebuild.build_class,
        }

    def space(
        self, logical: str, raw: str | None, installed: bool, system: Mapping[str, Any]
    ) -> Space:
        """The globals of a module, which start with its system names only."""
        if installed and raw is not None:
            __import__(raw)
            return Space(logical, sys.modules[raw], True)
        name = self._free_name(logical)
        module = self._module(name, system)
        if raw is not None:
            self._stand(name, module)
            self._raw.setdefault(raw, name)
        return Space(logical, module, False)

    def shipped(self, raw: Any) -> Any:
        """The name here of a module that had this name at home."""
        return self._raw.get(raw, raw)

    def _free_name(self, logical: str) -> str:
        # Two scopes of one name are two modules, as when one was loaded again.
        count = self._taken[logical] = self._taken.get(logical, 0) + 1
        return f"{self.prefix}.{logical}" if count == 1 else f"{self.prefix}_{count}.{logical}"

    def _module(self, name: str, system: Mapping[str, Any]) -> ModuleType:
        module = ModuleType(name)
        namespace = module.__dict__
        namespace.update(system)
        namespace["__builtins__"] = self._builtins
        if asserts.GLOBAL in system:
            namespace[asserts.GLOBAL] = asserts
        is_package = "__path__" in system
        namespace["__package__"] = name if is_package else name.rpartition(".")[0]
        file = system.get("__file__", name)
        loader = _SourceLoader(source.shipped_name(file, self.prefix.partition("_")[2]))
        namespace["__loader__"] = loader
        namespace["__spec__"] = None
        return module

    def _stand(self, name: str, module: ModuleType) -> None:
        # Whoever looks a class's module up (typing, dataclasses, pydantic) finds it, and
        # an import of the full name finds all its parents.
        package = name.rpartition(".")[0]
        while package and package not in sys.modules:
            parent = ModuleType(package)
            parent.__path__ = []
            parent.__spec__ = importlib.machinery.ModuleSpec(package, None, is_package=True)
            sys.modules[package] = parent
            package = package.rpartition(".")[0]
        sys.modules[name] = module

    def import_(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 (the names of __import__)
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """What ``import`` does in the functions of this payload."""
        full = self._logical(name, globals or {}, level)
        if full is None or not (full in self.modules or full in self.sources):
            if level == 0:
                return builtins.__import__(name, globals, locals, fromlist or (), level)
            raise ModuleNotFoundError(
                f"No module named {full or name!r} in this payload", name=full
            )
        module = self._get(full)
        if not fromlist:
            return self._get(full.partition(".")[0]) if level == 0 else module
        for wanted in fromlist:
            inner = f"{full}.{wanted}"
            if not hasattr(module, wanted) and (inner in self.modules or inner in self.sources):
                setattr(module, wanted, self._get(inner))
        return module

    def _logical(self, name: str, namespace: Mapping[str, Any], level: int) -> str | None:
        if level == 0:
            return name
        full = absolute_name(name, level, namespace)
        return full.partition(".")[2] if full is not None else None

    def _get(self, full: str) -> Any:
        found = self.modules.get(full)
        if found is not None:
            return found
        package, _, last = full.rpartition(".")
        parent = self._get(package) if package else None
        text, file, is_package = self.sources[full]
        system: dict[str, Any] = {"__file__": file}
        if is_package:
            system["__path__"] = []
        name = self._free_name(full)
        module = self._module(name, system)
        self._stand(name, module)
        self.modules[full] = module
        shown = source.shipped_name(file or full, self.prefix.partition("_")[2])
        source.show(shown, [(1, text)])
        try:
            code = compile(text, shown, "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102 (this is the import of a user's module)
        except BaseException:
            del self.modules[full]
            raise
        if parent is not None:
            setattr(parent, last, module)
        return module
