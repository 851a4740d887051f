"""An annotation without its wrappings; how it is shown."""

from __future__ import annotations

import collections.abc
import enum
import inspect
import types
import typing
from collections.abc import Iterable
from typing import Any


class Verdict(enum.Enum):
    """Whether what is produced fits what is expected; only `NO` refuses."""

    YES = "yes"
    NO = "no"
    UNDECIDABLE = "undecidable"


YES, NO, UNDECIDABLE = Verdict.YES, Verdict.NO, Verdict.UNDECIDABLE


class _Unknown:
    def __repr__(self) -> str:
        return "Any"  # how it is told: nothing is known


UNKNOWN: Any = _Unknown()  # the annotation that is missing or cannot be resolved

_NOTHING_KNOWN: tuple[Any, ...] = (
    inspect.Parameter.empty,
    typing.Self,
    typing.Never,
    typing.NoReturn,
)
_WRAPPERS: tuple[Any, ...] = (
    typing.Annotated,
    typing.Final,
    typing.ClassVar,
    typing.Required,
    typing.NotRequired,
)


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """All must fit: one that cannot decides."""
    told = set(verdicts)
    return NO if NO in told else UNDECIDABLE if UNDECIDABLE in told else YES


def whichever(verdicts: Iterable[Verdict]) -> Verdict:
    """It is one of several, nobody knows which: only agreement decides."""
    told = set(verdicts)
    return told.pop() if len(told) == 1 else UNDECIDABLE


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """One is enough."""
    told = set(verdicts)
    return YES if YES in told else UNDECIDABLE if UNDECIDABLE in told else NO


def is_class(annotation: Any) -> bool:
    return isinstance(annotation, type)


def bare(annotation: Any) -> Any:
    """The annotation that counts: without Annotated, aliases, None as a word."""
    for _ in range(100):  # an alias may be defined by itself
        if type(annotation) is type:
            return UNKNOWN if annotation is inspect.Parameter.empty else annotation
        if annotation is None:
            return types.NoneType
        if annotation is any:  # written for Any often enough
            return Any
        if annotation is callable:
            return collections.abc.Callable
        if annotation is typing.LiteralString:
            return str
        if isinstance(annotation, str | typing.ForwardRef) or any(
            annotation is nothing for nothing in _NOTHING_KNOWN
        ):
            return UNKNOWN
        origin = typing.get_origin(annotation)
        if origin in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        elif _is_alias(annotation):
            annotation = annotation.__value__
        elif _is_alias(origin):
            annotation = _alias_of(origin, typing.get_args(annotation))
        else:
            return annotation
    return UNKNOWN


def split(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The class of a bare annotation and its arguments; UNKNOWN for what is no class."""
    if is_class(annotation):
        return annotation, ()
    origin = UNKNOWN if is_union(annotation) else typing.get_origin(annotation)
    return (origin, typing.get_args(annotation)) if is_class(origin) else (UNKNOWN, ())


def is_typed_dict(annotation: Any) -> bool:
    # typing_extensions has one of its own, which pydantic asks for before 3.12.
    return is_class(annotation) and type(annotation).__name__ == "_TypedDictMeta"


def is_union(annotation: Any) -> bool:
    return isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union


def union_of(annotations: Iterable[Any]) -> Any:
    each = tuple(annotations)
    return typing.Union[each] if each else UNKNOWN  # noqa: UP007 - of as many as there are


def is_open(arguments: Iterable[Any]) -> bool:
    """Whether arguments stand for a number of others that is not known."""
    return any(
        isinstance(a, typing.TypeVarTuple)
        or typing.get_origin(a) is typing.Unpack
        or getattr(a, "__unpacked__", False) is True
        for a in arguments
    )


def shown(annotation: Any, *, full: bool = False) -> str:
    """An annotation as its author wrote it, or nearly; `full` with the modules."""
    if annotation is types.NoneType or annotation is None:
        return "None"
    if annotation is Ellipsis:
        return "..."
    if isinstance(annotation, list):
        return f"[{', '.join(shown(a, full=full) for a in annotation)}]"
    if is_class(annotation):
        name: str = annotation.__qualname__.rpartition("<locals>.")[2]
        module = annotation.__module__
        return f"{module}.{name}" if full and module != "builtins" else name
    if is_union(annotation):
        return " | ".join(shown(a, full=full) for a in typing.get_args(annotation))
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(_shown_value, arguments))}]"
    if is_class(origin) and arguments:
        inner = ", ".join(shown(a, full=full) for a in arguments)
        return f"{shown(origin, full=full)}[{inner}]"
    if isinstance(annotation, typing.TypeVar | typing.NewType):
        return str(annotation.__name__)
    return repr(annotation).replace("typing.", "")


def _shown_value(value: Any) -> str:
    named = isinstance(value, enum.Enum)
    return f"{type(value).__qualname__}.{value.name}" if named else repr(value)


def _is_alias(annotation: Any) -> bool:
    # In typing from 3.12 on, in typing_extensions before.
    return type(annotation).__name__ == "TypeAliasType"


def _alias_of(alias: Any, arguments: tuple[Any, ...]) -> Any:
    value = alias.__value__
    given = dict(zip(alias.__type_params__, arguments, strict=True))
    if isinstance(value, typing.TypeVar):
        return given.get(value, value)
    free = getattr(value, "__parameters__", ())
    return value[tuple(given.get(p, p) for p in free)] if free else value
