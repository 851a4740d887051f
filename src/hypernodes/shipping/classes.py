"""Classes taken apart, at home: layout, entries and enum members."""

from __future__ import annotations

import abc
import enum
from collections.abc import Iterable
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from hypernodes.code.closure import CLASS, Item

# Rebuilt from the members, with the class.
_ENUM_MAPS = frozenset({"_member_map_", "_value2member_map_"})
_REBUILT = frozenset({"__module__", "_abc_impl"})
# What pydantic keeps for itself and makes again when it needs it.
_PYDANTIC_CACHES: dict[str, Any] = {"__pydantic_setattr_handlers__": dict}

_abc_dump: Any = vars(abc)["_get_dump"]

_RAW: tuple[tuple[type, Any], ...] = (
    (int, int.__index__),
    (str, str.__str__),
    (float, float.__float__),
    (bytes, bytes.__bytes__),
    (tuple, tuple),
    (complex, complex.__complex__),
)


def slots_of(cls: type) -> tuple[str, ...] | None:
    """The slots that give this class its layout, or None where it has none."""
    body = cls.__dict__
    if "__slots__" not in body:
        return None
    names = [
        name
        for name, value in body.items()
        if isinstance(value, MemberDescriptorType) and value.__objclass__ is cls
    ]
    extra = [
        name
        for name in ("__dict__", "__weakref__")
        if isinstance(body.get(name), GetSetDescriptorType)
    ]
    return (*names, *extra)


def entries_of(cls: type) -> dict[str, Any]:
    """What has to be set on the rebuilt class, in the order of its body."""
    body = cls.__dict__
    is_enum = isinstance(cls, enum.EnumType)
    entries: dict[str, Any] = {}
    for name, value in list(body.items()):
        if name in _REBUILT or (is_enum and name in _ENUM_MAPS):
            continue
        if name == "__slotnames__":
            continue  # copyreg's own note, written when an instance is first pickled
        if isinstance(value, GetSetDescriptorType) and name in ("__dict__", "__weakref__"):
            continue
        if isinstance(value, MemberDescriptorType) and value.__objclass__ is cls:
            continue
        if name in _PYDANTIC_CACHES:
            entries[name] = _PYDANTIC_CACHES[name]()
        elif name == "__pydantic_parent_namespace__" and body.get("__pydantic_complete__"):
            entries[name] = None  # the variables around the class, no longer needed
        else:
            entries[name] = value
    return entries


def is_code(value: Any) -> bool:
    """Is this class entry nothing but functions?"""
    kind = type(value)
    if kind is FunctionType:
        return True
    if kind in (staticmethod, classmethod):
        return type(value.__func__) is FunctionType
    if kind is property:
        return all(
            part is None or type(part) is FunctionType
            for part in (value.fget, value.fset, value.fdel)
        )
    return False


def registered_with(cls: type) -> list[type]:
    """Classes that were registered with an abstract base class."""
    if "_abc_impl" not in cls.__dict__:
        return []
    references = _abc_dump(cls)[0]
    return [found for found in (reference() for reference in references) if found is not None]


def members_of(cls: type) -> list[tuple[str, str, type, Any]] | None:
    """Of an enum: (name, canonical name, builtin base, its raw value) per name."""
    if not isinstance(cls, enum.EnumType):
        return None
    members = cls.__dict__.get("_member_map_", {})
    found = []
    for name, member in members.items():
        base, raw = next(
            ((base, take(member)) for base, take in _RAW if isinstance(member, base)),
            (object, None),
        )
        found.append((name, member._name_, base, raw))
    return found


def values_of(cls: Any) -> list[tuple[Any, Any]]:
    """Of an enum: pairs of value and member, without those made on the fly."""
    members = cls.__dict__["_member_map_"]
    return [
        (value, member)
        for value, member in cls.__dict__["_value2member_map_"].items()
        if members.get(member._name_) is member
    ]


def creation_order(items: Iterable[Item]) -> list[Item]:
    """Classes after their bases and metaclasses."""
    classes = [item for item in items if item.kind == CLASS]
    by_id = {id(item.obj): item for item in classes}
    return _ordered(
        classes,
        lambda item: [
            by_id[id(needed)]
            for needed in (type(item.obj), *item.obj.__bases__)
            if id(needed) in by_id
        ],
    )


def filling_order(classes: list[Item]) -> list[Item]:
    """Classes after those that their bodies mention, as far as that goes in a circle."""
    mine = {item.number for item in classes}
    return _ordered(
        classes, lambda item: [needed for needed in item.needs if needed.number in mine]
    )


def _ordered(items: list[Item], needs: Any) -> list[Item]:
    done: dict[int, Item] = {}
    entered: set[int] = set()
    for first in items:
        pending = [(first, False)]
        while pending:
            item, left = pending.pop()
            if left:
                done.setdefault(item.number, item)
            elif item.number not in entered:
                entered.add(item.number)
                pending.append((item, True))
                pending += [(needed, False) for needed in reversed(needs(item))]
    return list(done.values())
