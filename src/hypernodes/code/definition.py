"""A fingerprint of a class definition: is this still the class that was saved?

Counted: name, bases, methods' code, annotations, fields and their defaults, enum members.
Not counted: helpers that methods call, comments and docstrings, mutable state.
"""

from __future__ import annotations

import enum
import hashlib
import inspect
import weakref
from types import CodeType, FunctionType
from typing import Any

from hypernodes.code.origin import DEFAULT

_SCALARS = (str, bytes, int, float, complex, bool, type(None))
_UNCOUNTED = frozenset(
    {"__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "__qualname__",
     "__static_attributes__", "__abstractmethods__", "__signature__", "__slotnames__"}
)  # fmt: skip
_known: dict[int, tuple[weakref.ref[type], str]] = {}


def class_fingerprint(cls: type) -> str:
    """A short hash of a class's definition, the same in every process of one Python version.

    >>> class Point:
    ...     x: int
    >>> len(class_fingerprint(Point))
    16
    """
    key = id(cls)
    found = _known.get(key)
    if found is not None and found[0]() is cls:
        return found[1]
    hasher = hashlib.blake2b(digest_size=8)
    for part in _parts(cls):
        hasher.update(part.encode("utf-8", "surrogatepass"))
        hasher.update(b"\0")
    print_ = hasher.hexdigest()
    _known[key] = (weakref.ref(cls, lambda _: _known.pop(key, None)), print_)
    return print_


def _parts(cls: type) -> list[str]:
    parts = [cls.__qualname__, f"{type(cls).__module__}.{type(cls).__qualname__}"]
    for base in cls.__bases__:
        local = not DEFAULT.refers(base) and base.__flags__ & (1 << 9)
        parts.append(class_fingerprint(base) if local else f"{base.__module__}.{base.__qualname__}")
    if isinstance(cls, enum.EnumType):
        for name, member in cls.__dict__["_member_map_"].items():
            parts.append(f"member {name} {_value(member._value_)}")
    skipped = set(_UNCOUNTED)
    if isinstance(cls, enum.EnumType):
        skipped.update(cls.__dict__["_member_map_"])
    counted = _constant_names(cls)
    for name in sorted(cls.__dict__):
        value = cls.__dict__[name]
        if name in skipped or name.startswith(("_abc_", "__pydantic_")):
            continue
        if name == "__annotations__" and isinstance(value, dict):
            parts += [f"field {field} {_annotation(kind)}" for field, kind in value.items()]
        elif (code := _code(value)) is not None:
            parts.append(f"method {name} {code}")
        elif name in counted:
            parts.append(f"constant {name} {_value(value)}")
    parts += _fields(cls)
    return parts


def _constant_names(cls: type) -> frozenset[str]:
    # Plain class attributes are state (counters, caches) unless they belong to a field.
    return frozenset(inspect.get_annotations(cls)) | {"__slots__", "_fields"}


def _fields(cls: type) -> list[str]:
    found = []
    for name, field in cls.__dict__.get("__dataclass_fields__", {}).items():
        found.append(f"default {name} {_value(field.default)} {_code(field.default_factory)}")
    for name, field in (cls.__dict__.get("__pydantic_fields__") or {}).items():
        found.append(f"default {name} {_value(field.default)} {_code(field.default_factory)}")
    for name, default in (cls.__dict__.get("_field_defaults") or {}).items():
        found.append(f"default {name} {_value(default)}")
    return found


def _value(value: Any) -> str:
    if type(value) in _SCALARS:
        return f"{type(value).__name__}:{value!r}"
    if type(value) in (tuple, list):
        return f"({','.join(_value(part) for part in value)})"
    if isinstance(value, enum.Enum):
        return f"{type(value).__qualname__}.{value._name_}"
    return f"a {type(value).__qualname__}"


def _annotation(kind: Any) -> str:
    if isinstance(kind, str):
        return kind
    if isinstance(kind, type) and not hasattr(kind, "__origin__"):
        return kind.__qualname__
    inner = getattr(kind, "__args__", None)
    origin = getattr(kind, "__origin__", None)
    if inner:
        outer = _annotation(origin) if origin else type(kind).__name__
        return f"{outer}[{','.join(map(_annotation, inner))}]"
    forward = getattr(kind, "__forward_arg__", None)
    return str(forward or getattr(kind, "__name__", type(kind).__qualname__))


def _code(value: Any) -> str | None:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, property):
        return ",".join(_code(part) or "-" for part in (value.fget, value.fset, value.fdel))
    value = getattr(value, "func", value) if not isinstance(value, type) else value
    if not isinstance(value, FunctionType):
        return None
    hasher = hashlib.blake2b(digest_size=8)
    pending = [value.__code__]
    while pending:
        code = pending.pop()
        hasher.update(code.co_code)
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        hasher.update(repr((names, code.co_flags)).encode("utf-8", "surrogatepass"))
        for const in code.co_consts:
            if isinstance(const, CodeType):
                pending.append(const)
            elif const != value.__doc__:
                hasher.update(_constant(const).encode("utf-8", "surrogatepass"))
    hasher.update(_value(value.__defaults__).encode("utf-8", "surrogatepass"))
    return hasher.hexdigest()


def _constant(const: Any) -> str:
    if isinstance(const, frozenset):
        return f"{{{','.join(sorted(map(_constant, const)))}}}"
    return f"{type(const).__name__}:{const!r}"
