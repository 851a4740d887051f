"""The bytes of an unchanged pipeline are made once.

Only where nothing mutable is reached: every value behind the bytes is a scalar, code, or
one of our own immutable objects. Whether a global was rebound, a function got other code
or a class another method since, is looked at each time.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import logging
import operator
import pathlib
import re
import types
import typing
import uuid
import weakref
from collections.abc import Callable
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
# Class entries that the class machinery owns, whatever their type.
_OWNED = re.compile(
    r"__\w+__|_abc_\w+|model_config|_member_\w+_|_value2member_map_|_fields|_field_defaults"
)
_function_parts = operator.attrgetter("__code__", "__defaults__", "__kwdefaults__")
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
        parts = _function_parts(obj)
        attributes = dict(obj.__dict__)
        if not all(map(_is_immutable, (*(parts[1] or ()), *(parts[2] or {}).values()))):
            return False
        if not all(map(_is_immutable, attributes.values())):
            return False
        checks.append(lambda: _function_parts(obj) == parts and obj.__dict__ == attributes)
    elif item.kind == SCOPE and not item.installed:
        names = list(item.names)
        values = [obj.get(name, _MISSING) for name in names]
        if not all(map(_is_immutable, values)):
            return False
        checks.append(
            lambda: (
                len(item.names) == len(names)
                and all(map(operator.is_, (obj.get(name, _MISSING) for name in names), values))
            )
        )
    elif item.kind == CELL:
        content = _content(obj)
        if not _is_immutable(content):
            return False
        checks.append(lambda: _content(obj) is content)
    elif item.kind == CLASS:
        body = dict(obj.__dict__)
        if not all(_OWNED.fullmatch(name) or _is_immutable(body[name]) for name in body):
            return False
        checks.append(lambda: obj.__dict__ == body)
    return True


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


memo = Memo()
