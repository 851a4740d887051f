"""The bytes of an unchanged pipeline are made once.

Only where nothing mutable is reached: every value behind the bytes is a scalar, code, or
one of our own immutable objects. Whether a global was rebound, a function got other code
or a class another method since, is looked at each time.
"""

from __future__ import annotations

import abc
import datetime as dt
import decimal
import enum
import logging
import pathlib
import re
import types
import typing
import uuid
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from hypernodes.code.closure import CELL, CLASS, FUNCTION, SCOPE, Closure, Item
from hypernodes.shipping.policy import Policy

_IMMUTABLE = frozenset(
    {str, bytes, int, float, complex, bool, type(None), type(...), range, slice, re.Pattern,
     decimal.Decimal, dt.date, dt.datetime, dt.time, dt.timedelta,
     uuid.UUID, pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, logging.Logger,
     types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.GenericAlias,
     types.UnionType, typing.TypeVar, typing.ParamSpec, typing.NewType, property}
)  # fmt: skip
# Class entries that only the class machinery writes, whatever their type.
_OWNED = re.compile(
    r"__(pydantic|dataclass|attrs)_\w+__|_member_\w+_|_value2member_map_|_unhashable_values_"
    r"|__(dict|weakref|slots|match_args|abstractmethods|orig_bases|parameters|class_vars"
    r"|private_attributes|signature|static_attributes|type_params|protocol_attrs|members)__"
    r"|__non_callable_proto_members__|_abc_impl|model_config"
)
_MISSING = object()


class Memo:
    """Bytes of objects, with what has to be unchanged for them to be right."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], Any, list[Callable[[], bool]], bytes]] = {}

    def get(self, obj: Any, policy: Any) -> bytes | None:
        """The bytes made for this very object, if they would be the same now."""
        found = self._known.get(id(obj))
        if found is None:
            return None
        reference, made_with, checks, data = found
        if reference() is not obj or made_with is not policy:
            return None
        for check in checks:
            if not check():
                return None
        return data

    def keep(self, obj: Any, policy: Any, closure: Closure, data: bytes) -> None:
        """Keep bytes for later, if nothing mutable is behind them."""
        if not _is_root(obj) or not _is_immutable(obj):
            return
        if policy.files or closure.sources or any(item.everything for item in closure.items):
            return
        checks: list[Callable[[], bool]] = []
        for item in closure.items:
            if not _watch(item, checks):
                return
        key = id(obj)
        known = self._known

        def forget(reference: weakref.ref[Any]) -> None:
            entry = known.get(key)
            if entry is not None and entry[0] is reference:
                known.pop(key, None)

        self._known[key] = (weakref.ref(obj, forget), policy, checks, data)


def _is_root(obj: Any) -> bool:
    return type(obj) is types.FunctionType or hasattr(type(obj), "__ship_state__")


def _is_immutable(value: Any, owned: int = 0) -> bool:
    """Can this value only change by being replaced?

    ``owned`` is how many levels of containers belong to an immutable object of ours.
    """
    kind = type(value)
    if kind in _IMMUTABLE or isinstance(value, type | enum.Enum):
        return True
    if kind is tuple or kind is frozenset:
        return all(_is_immutable(part, owned - 1) for part in value)
    if kind in (staticmethod, classmethod):
        return _is_immutable(value.__func__)
    if kind is Policy or kind.__module__ in ("typing", "typing_extensions"):
        return True
    ship = getattr(kind, "__ship_state__", None)
    if ship is not None:
        # A node's containers are its own; in a pipeline's lie values of the user's.
        ours = kind.__module__.partition(".")[0] == "hypernodes"
        levels = 3 if ours and kind.__name__ in ("Node", "DualNode", "PipelineNode") else 1
        return all(_is_immutable(part, levels) for part in ship(value)[1])
    if owned > 0 and kind is dict:
        return all(_is_immutable(part, owned - 1) for part in value.values())
    return owned > 0 and kind is list and all(_is_immutable(part, owned - 1) for part in value)


def _watch(item: Item, checks: list[Callable[[], bool]]) -> bool:
    obj = item.obj
    if item.kind == FUNCTION:
        return _watch_function(obj, checks)
    if item.kind == SCOPE and not item.installed:
        names = list(item.names)
        if not _watch_entries(obj, names, checks):
            return False
        checks.append(lambda: len(item.names) == len(names))
    elif item.kind == CELL:
        content = _content(obj)
        if not _is_immutable(content):
            return False
        checks.append(lambda: _content(obj) is content)
    elif item.kind == CLASS:
        owned = _OWNED_BY_TUPLES if issubclass(obj, tuple) else frozenset()
        body = obj.__dict__
        free = [n for n in body if n not in owned and not _OWNED.fullmatch(n)]
        named = [name for name in free if name != "__annotations__"]
        if not _watch_entries(body, named, checks):
            return False
        held = {name: body[name] for name in body if name not in named}
        size = len(body)
        checks.append(lambda: _is_same(obj.__dict__, held, size))
        _watch_mapping(body.get("__annotations__"), checks)
        if isinstance(obj, abc.ABCMeta):
            token = abc.get_cache_token()  # another one after every register()
            checks.append(lambda: abc.get_cache_token() == token)
    return True


_OWNED_BY_TUPLES = frozenset({"_fields", "_field_defaults"})


def _watch_function(function: types.FunctionType, checks: list[Callable[[], bool]]) -> bool:
    code, defaults, doc = function.__code__, function.__defaults__, function.__doc__
    keywords = function.__kwdefaults__
    if not all(map(_is_immutable, (*(defaults or ()), *(keywords or {}).values()))):
        return False
    if not _watch_entries(function.__dict__, list(function.__dict__), checks):
        return False
    checks.append(
        lambda: (
            function.__code__ is code
            and function.__defaults__ is defaults
            and function.__kwdefaults__ is keywords
            and function.__doc__ is doc
        )
    )
    _watch_mapping(keywords, checks)
    _watch_mapping(function.__annotations__, checks)
    attributes = len(function.__dict__)
    # Builtins of today: tomorrow the module may have its own.
    namespace = function.__globals__
    absent = [name for name in _names(code) if name not in namespace]
    checks.append(
        lambda: (
            len(function.__dict__) == attributes and not any(name in namespace for name in absent)
        )
    )
    return True


def _names(code: types.CodeType) -> set[str]:
    names: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        names.update(each.co_names)
        waiting.extend(const for const in each.co_consts if isinstance(const, types.CodeType))
    return names


def _watch_entries(
    namespace: Mapping[str, Any], names: list[str], checks: list[Callable[[], bool]]
) -> bool:
    values = {name: namespace.get(name, _MISSING) for name in names}
    if not all(map(_is_immutable, values.values())):
        return False
    checks.append(lambda: _is_same(namespace, values))
    return True


def _watch_mapping(mapping: Mapping[str, Any] | None, checks: list[Callable[[], bool]]) -> None:
    if mapping is not None:
        held = dict(mapping)
        checks.append(lambda: _is_same(mapping, held, len(held)))


def _is_same(now: Mapping[str, Any], held: Mapping[str, Any], size: int | None = None) -> bool:
    """The very same values: equal ones can differ, as 1, 1.0 and True do."""
    if size is not None and len(now) != size:
        return False
    return all(now.get(name, _MISSING) is value for name, value in held.items())


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


memo = Memo()
