"""What a container holds: elements, keys and values, fields."""

from __future__ import annotations

import collections
import collections.abc
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from hypernodes.typecheck.forms import (
    UNKNOWN,
    bare,
    is_class,
    is_open,
    is_typed_dict,
    split,
    union_of,
)

T = TypeVar("T")

_OF_BYTES = (bytes, bytearray, memoryview, range)
_STANDARD = frozenset({"builtins", "collections", "collections.abc", "typing", "_collections_abc"})
# Classes whose first argument is not what an iteration gives.
_OTHERWISE = (collections.abc.ItemsView, collections.abc.AsyncIterable, collections.abc.Awaitable)


def elements(annotation: Any) -> Any:
    """What an iteration over it gives, or UNKNOWN."""
    return _found(annotation, _elements, UNKNOWN)


def pair(annotation: Any) -> tuple[Any, Any] | None:
    """Keys and values of a mapping."""
    return _found(annotation, _pair, None)


def fields(annotation: Any) -> tuple[Any, ...] | None:
    """The types of a tuple of known length, named or not."""
    return _found(annotation, _fields, None)


def arguments_as(annotation: Any, base: type) -> tuple[Any, ...]:
    """The arguments with which a class derives from the generic `base`; () if not known."""
    return _found(annotation, lambda cls, args: args if cls is base and args else None, ())


def class_hints(cls: type) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except Exception:  # names that are not there yet, or never at run time
        return {}


def required_keys(cls: Any) -> frozenset[str]:
    """The keys that a TypedDict always has; NotRequired in quotes Python itself overlooks."""
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except Exception:
        return frozenset()
    return frozenset(
        key
        for key in cls.__required_keys__
        if typing.get_origin(hints.get(key)) is not typing.NotRequired
    )


def _found(annotation: Any, look: Callable[[type, tuple[Any, ...]], T | None], default: T) -> T:
    try:
        answers = (look(cls, args) for cls, args in _bases(annotation))
        return next((answer for answer in answers if answer is not None), default)
    except Exception:  # classes that do not want to be asked
        return default


def _bases(annotation: Any) -> Iterator[tuple[type, tuple[Any, ...]]]:
    """The annotation's class and what it derives from, with arguments, nearest first."""
    pending = [bare(annotation)]
    while pending:
        annotation = pending.pop(0)
        cls, args = split(annotation)
        if cls is UNKNOWN:
            continue
        yield cls, args
        given = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
        for base in cls.__dict__.get("__orig_bases__", cls.__bases__):
            if typing.get_origin(base) in (typing.Generic, typing.Protocol):
                continue  # names the parameters, holds nothing
            free = getattr(base, "__parameters__", ())
            if given and free and not is_class(base):
                base = base[tuple(given.get(p, p) for p in free)]  # noqa: PLW2901
            if base is not object:
                pending.append(base)


def _elements(cls: type, args: tuple[Any, ...]) -> Any:
    if cls is str:
        return str
    if cls in _OF_BYTES:
        return int
    if is_typed_dict(cls):
        return str
    if cls is tuple:
        each = tuple(a for a in args if a is not Ellipsis)
        return UNKNOWN if is_open(each) else union_of(each)
    known = _fields(cls, args)
    if known:
        return union_of(known)
    return args[0] if args and iterates_first(cls) else None


def _pair(cls: type, args: tuple[Any, ...]) -> tuple[Any, Any] | None:
    if is_typed_dict(cls):
        return str, union_of(class_hints(cls).values())
    if cls.__module__ not in _STANDARD or not issubclass(cls, collections.abc.Mapping):
        return None
    if cls is collections.Counter:
        return (args[0] if args else UNKNOWN), int
    return (args[0], args[1]) if len(args) == 2 else None


def _fields(cls: type, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    if cls is tuple:
        return None if not args or Ellipsis in args or is_open(args) else args
    names = cls.__dict__.get("_fields")
    if isinstance(names, tuple) and issubclass(cls, tuple):
        hints = class_hints(cls)
        return tuple(hints.get(name, UNKNOWN) for name in names)
    return None


def iterates_first(cls: type) -> bool:
    """Whether the first argument of a generic class is what an iteration gives."""
    return (
        cls.__module__ in _STANDARD
        and issubclass(cls, collections.abc.Iterable | collections.abc.Container)
        and not issubclass(cls, _OTHERWISE)
    )


def is_text_or_mapping(cls: Any) -> bool:
    """What a map refuses to take apart."""
    return is_class(cls) and (
        is_typed_dict(cls) or issubclass(cls, str | bytes | bytearray | collections.abc.Mapping)
    )
