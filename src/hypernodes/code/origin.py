"""Where code comes from: installed (travels by reference) or local (travels by value).

Installed is the standard library and every regular distribution in a site directory.
Everything else is local: ``__main__``, notebook cells, modules beside a script, modules
made at run time, editable installs, and distributions installed from a local folder.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

MAIN_NAMES = ("__main__", "__mp_main__")
OURSELVES = "hypernodes"


@functools.cache
def _site_dirs() -> tuple[str, ...]:
    found = {sysconfig.get_path(key) for key in ("purelib", "platlib")}
    found.update(getattr(site, "getsitepackages", list)())
    if site.ENABLE_USER_SITE:
        found.add(site.getusersitepackages())
    return tuple({_normal(path) + os.sep for path in found if path})


@functools.cache
def _stdlib_dirs() -> tuple[str, ...]:
    found = {sysconfig.get_path(key) for key in ("stdlib", "platstdlib")}
    found.add(os.path.dirname(os.__file__))
    return tuple({_normal(path) + os.sep for path in found if path})


@functools.lru_cache(maxsize=4096)
def _normal(path: str) -> str:
    return os.path.realpath(os.path.abspath(path))


@functools.cache
def _from_local_folder(site_dir: str) -> frozenset[str]:
    """Top-level names in a site directory that were installed from a local folder."""
    tops: set[str] = set()
    try:
        entries = [entry for entry in os.listdir(site_dir) if entry.endswith(".dist-info")]
    except OSError:
        return frozenset()
    for entry in entries:
        folder = os.path.join(site_dir, entry)
        try:
            with open(os.path.join(folder, "direct_url.json"), encoding="utf-8") as file:
                if "dir_info" not in json.load(file):
                    continue
            with open(os.path.join(folder, "RECORD"), encoding="utf-8") as file:
                for line in file:
                    top = line.partition(",")[0].partition("/")[0]
                    if not top.endswith((".dist-info", ".pth")) and top != "..":
                        tops.add(top.partition(".")[0])
        except (OSError, ValueError):
            continue
    return frozenset(tops)


def _is_installed_path(path: str) -> bool:
    # Both spellings count: a site directory may be a link, and so may be what it holds.
    for candidate in (os.path.abspath(path), _normal(path)):
        for folder in _site_dirs():
            if candidate.startswith(folder):
                top = candidate[len(folder) :].split(os.sep, 1)[0].partition(".")[0]
                return top not in _from_local_folder(folder)
        marker = next((m for m in ("site-packages", "dist-packages") if m in candidate), None)
        if marker and any(
            _normal(p) + os.sep in candidate + os.sep for p in sys.path if marker in p
        ):
            return True
        if any(candidate.startswith(folder) for folder in _stdlib_dirs()):
            return True
    return False


def _location(namespace: Mapping[str, Any]) -> str | None:
    file = namespace.get("__file__")
    if isinstance(file, str):
        return file
    spec = namespace.get("__spec__")
    origin = getattr(spec, "origin", None)
    if isinstance(origin, str):
        return origin
    for path in getattr(spec, "submodule_search_locations", None) or ():
        return str(path)
    return None


def _is_installed(name: str, namespace: Mapping[str, Any] | None) -> bool:
    top = name.partition(".")[0]
    if top == OURSELVES or name in sys.builtin_module_names:
        return True
    if top in MAIN_NAMES:
        return False
    if namespace is not None:
        location = _location(namespace)
        if location in ("built-in", "frozen"):
            return True
        if location is not None:
            return _is_installed_path(location)
    # A module without a file is what its package is; what is not a module at all is local.
    parent = sys.modules.get(top)
    if top == name or parent is None:
        return False
    return _is_installed(top, vars(parent))


class Origin:
    """Decides, for module names, whether their code is on every worker already.

    ``by_value`` and ``by_reference`` name modules (with all below them) that the
    general rule gets wrong; the longest name that matches decides.
    """

    def __init__(self, by_value: Iterable[str] = (), by_reference: Iterable[str] = ()) -> None:
        self.overrides = dict.fromkeys(by_reference, True) | dict.fromkeys(by_value, False)
        self._known: dict[str, tuple[Any, bool]] = {}

    def is_installed(self, name: str, namespace: Mapping[str, Any] | None = None) -> bool:
        """Is the module of this name (whose globals these are) on every worker already?

        >>> Origin().is_installed("json"), Origin().is_installed("__main__")
        (True, False)
        """
        if namespace is None:
            module = sys.modules.get(name)
            namespace = None if module is None else getattr(module, "__dict__", None)
        mark = None if namespace is None else namespace.get("__file__")
        known = self._known.get(name)
        if known is not None and known[0] == mark:
            return known[1]
        verdict = self._override(name)
        if verdict is None:
            verdict = _is_installed(name, namespace)
        self._known[name] = (mark, verdict)
        return verdict

    def _override(self, name: str) -> bool | None:
        while name and self.overrides:
            if name in self.overrides:
                return self.overrides[name]
            name = name.rpartition(".")[0]
        return None

    def is_local_module(self, module: ModuleType) -> bool:
        """Is this module object one that has to travel by value?"""
        return not self.is_installed(module.__name__, module.__dict__)

    def refers(self, obj: Any) -> bool:
        """Can a function or class be found on a worker by its module and name?"""
        name = getattr(obj, "__module__", None)
        if not isinstance(name, str) or not self.is_installed(name):
            return False
        qualname = getattr(obj, "__qualname__", "")
        return find(name, qualname) is obj or part_of(obj) is not None


def part_of(function: Any) -> tuple[type, str, str] | None:
    """Where a method of an installed class stands that its name alone does not lead to.

    >>> part_of(dict.__dict__["fromkeys"]) is None
    True
    """
    owner_name, _, name = getattr(function, "__qualname__", "").rpartition(".")
    owner = find(getattr(function, "__module__", "") or "", owner_name)
    if not isinstance(owner, type):
        return None
    entry = owner.__dict__.get(name)
    for part in ("__func__", "fget", "fset", "fdel", "func"):
        if getattr(entry, part, None) is function:
            return owner, name, part
    return None


def find(module_name: str, qualname: str) -> Any:
    """What a loaded module holds under a qualified name, or None."""
    found: Any = sys.modules.get(module_name)
    if found is None or not qualname:
        return None
    for part in qualname.split("."):
        # Looking into a class must not run its descriptors: only what is stored counts.
        try:
            found = getattr(found, part)
        except Exception:
            return None
    return found


def spec_without_import(name: str) -> Any:
    """The spec of a module that is not loaded, found without importing any package."""
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    for depth in range(len(rest)):
        paths = getattr(spec, "submodule_search_locations", None)
        if paths is None:
            return None
        full = ".".join([top, *rest[: depth + 1]])
        for finder in sys.meta_path:
            find_spec = getattr(finder, "find_spec", None)
            spec = find_spec(full, paths) if find_spec is not None else None
            if spec is not None:
                break
        if spec is None:
            return None
    return spec


DEFAULT = Origin()
