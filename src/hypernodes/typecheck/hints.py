"""The annotations of a node's function, resolved where they can be."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping
from typing import Any

from hypernodes.node import Node
from hypernodes.typecheck.forms import UNKNOWN, is_class

_KEPT = "_hints"  # on the node: the annotations live as long as it does, in no table of ours
_NONE: Mapping[str, Any] = types.MappingProxyType({})


def hints_of(node: Node[..., Any]) -> Mapping[str, Any]:
    """Parameter names, and "return", to annotations; what is not annotated is absent.

    An annotation that names what cannot be found is `UNKNOWN`, and looked up again next
    time: it may be defined by then.
    """
    kept: Mapping[str, Any] | None = node.__dict__.get(_KEPT)
    if kept is not None:
        return kept
    hints = _hints(node.func)
    if UNKNOWN not in hints.values():
        object.__setattr__(node, _KEPT, hints)
    return hints


def _hints(func: Any) -> Mapping[str, Any]:
    func = _plain(func)
    if isinstance(func, type):
        return _hints_of_class(func)
    if not isinstance(func, types.FunctionType):
        func = vars(type(func)).get("__call__")
    return _hints_of_function(func) if isinstance(func, types.FunctionType) else _NONE


def _plain(func: Any) -> Any:
    """The function whose annotations hold for a call."""
    while True:
        if isinstance(func, functools.partial):
            func = func.func
        elif isinstance(func, types.MethodType | staticmethod):
            func = func.__func__
        elif isinstance(func, functools._lru_cache_wrapper):
            func = func.__wrapped__
        else:
            return func


def _hints_of_class(cls: type) -> Mapping[str, Any]:
    """What a class takes, and itself as what it gives, unless it has its own ways."""
    if type(cls).__call__ is not type.__call__:
        return _NONE
    hints: dict[str, Any] = {}
    if not hasattr(cls, "__signature__"):  # pydantic's models convert what they are given
        init = cls.__init__  # type: ignore[misc]  # only its annotations are read
        hints = dict(_hints_of_function(init)) if isinstance(init, types.FunctionType) else {}
    hints.pop("return", None)
    if _builds_itself(cls):
        hints["return"] = cls
    return hints


def _builds_itself(cls: Any) -> bool:
    return cls.__new__ is object.__new__


def _hints_of_function(function: types.FunctionType) -> Mapping[str, Any]:
    # functools.wraps copies the annotations of what is wrapped; what the wrapper itself
    # takes and gives (a context manager, converted values) they do not tell.
    if "__wrapped__" in function.__dict__ or "__signature__" in function.__dict__:
        return _NONE
    annotations = function.__annotations__
    if not annotations:
        return _NONE
    return {
        name: annotation if type(annotation) is type else _resolved(annotation, function)
        for name, annotation in annotations.items()
    }


def _resolved(annotation: Any, function: types.FunctionType) -> Any:
    try:
        for _ in range(2):  # `from __future__ import annotations` quotes what is quoted
            if isinstance(annotation, str):
                annotation = _evaluated(annotation, function)
        if is_class(annotation) or not _has_text(annotation):
            return annotation
        holder = types.SimpleNamespace(__annotations__={"it": annotation})
        known = typing.get_type_hints(
            holder, function.__globals__, _locals(function), include_extras=True
        )
        return known["it"]
    except Exception:  # not defined yet, or only for type checkers
        return UNKNOWN


def _evaluated(text: str, function: types.FunctionType) -> Any:
    found = function.__globals__.get(text, UNKNOWN)  # most are one name
    if found is not UNKNOWN and text not in function.__code__.co_freevars:
        return found
    return eval(_compiled(text), function.__globals__, _locals(function))  # noqa: S307 - the user's own code


@functools.lru_cache(maxsize=1024)
def _compiled(text: str) -> types.CodeType:
    return compile(text.strip(), "<annotation>", "eval", dont_inherit=True)


def _locals(function: types.FunctionType) -> dict[str, Any]:
    """The names around the function that it holds on to: type parameters and free variables."""
    found: dict[str, Any] = {p.__name__: p for p in getattr(function, "__type_params__", ())}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return found


def _has_text(annotation: Any) -> bool:
    """Whether there is a name in quotes in it that stands for a type."""
    pending = [annotation]
    while pending:
        each = pending.pop()
        if isinstance(each, str | typing.ForwardRef):
            return True
        origin = typing.get_origin(each)
        if origin is typing.Annotated:
            pending.append(each.__origin__)
        elif origin is not typing.Literal:
            pending += getattr(each, "__args__", ())
    return False
