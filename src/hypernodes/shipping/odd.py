"""Reducers for values that neither pickle nor cloudpickle carries rightly."""

from __future__ import annotations

import dataclasses
import functools
import io
import sys
import typing
import weakref
from collections.abc import Callable
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from hypernodes.errors import ShippingError

Reduced = tuple[Any, ...]


def make_lru_cache(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Any:
    """Rebuild what ``functools.lru_cache`` returned, with an empty cache."""
    return functools.lru_cache(maxsize, typed)(function)


def _lru_cache(obj: Any) -> Reduced:
    parameters = obj.cache_parameters()
    state = {name: value for name, value in obj.__dict__.items() if name != "cache_parameters"}
    return make_lru_cache, (obj.__wrapped__, parameters["maxsize"], parameters["typed"]), state


def make_cached_property(function: Any, name: str | None) -> Any:
    """Rebuild a ``functools.cached_property`` (until 3.11 it holds a lock)."""
    made = functools.cached_property(function)
    made.attrname = name
    return made


def _cached_property(obj: Any) -> Reduced:
    return make_cached_property, (obj.func, obj.attrname)


def make_exception(cls: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """Rebuild an exception without calling the user's constructor.

    Its arguments are what ``args`` holds, and those need not fit the constructor.
    """
    base: Any = next(kind for kind in cls.__mro__ if not kind.__flags__ & (1 << 9))
    made: BaseException = base.__new__(cls, *args)
    try:
        base.__init__(made, *args)
    except TypeError:
        made.args = args
    return made


def get_part(owner: type, name: str, part: str) -> Any:
    """The function inside a class method or property of an installed class."""
    return getattr(owner.__dict__[name], part)


def set_exception(made: BaseException, state: dict[str, Any]) -> None:
    """Fill in attributes, cause and context."""
    links = state.pop("__links__", ())
    made.__dict__.update(state)
    if links:
        made.__cause__, made.__context__, made.__suppress_context__ = links


def exception(obj: BaseException) -> Reduced | None:
    """How an exception travels; None when its class says so itself."""
    cls = type(obj)
    own = cls.__reduce__
    if cls.__reduce_ex__ is not object.__reduce_ex__:
        return None
    if own is not BaseException.__reduce__ and own is not OSError.__reduce__:
        return None
    args = obj.args
    if isinstance(obj, OSError) and obj.filename is not None and len(args) == 2:
        args = (*args, obj.filename)
    state = dict(obj.__dict__)
    if obj.__cause__ is not None or obj.__context__ is not None or obj.__suppress_context__:
        state["__links__"] = (obj.__cause__, obj.__context__, obj.__suppress_context__)
    return make_exception, (cls, args), state, None, None, set_exception


def set_state(made: Any, state: Any) -> None:
    """Fill an instance as ``pickle`` does, but without asking its ``__getattr__``."""
    slots = None
    if type(state) is tuple and len(state) == 2:
        state, slots = state
    if state:
        object.__getattribute__(made, "__dict__").update(state)
    for name, value in (slots or {}).items():
        object.__setattr__(made, name, value)


def guarded(obj: Any) -> Reduced:
    """The default way of pickling, for classes whose ``__getattr__`` needs a whole instance."""
    reduced = obj.__reduce_ex__(4)
    if type(reduced) is tuple and 2 < len(reduced) < 6:
        reduced = (*reduced, None, None)[:5]
        return (*reduced, set_state)
    return reduced  # type: ignore[no-any-return]


def _weak_dict(obj: Any) -> Reduced:
    return type(obj), (dict(obj),)


def _opened(obj: Any) -> Reduced:
    for name in ("stdout", "stderr", "stdin"):
        if obj is getattr(sys, name) or obj is getattr(sys, f"__{name}__"):
            return getattr, (sys, name)
    name = getattr(obj, "name", "?")
    raise ShippingError(
        f"the open file {name!r} cannot travel", hint="pass its path and open it inside"
    )


def _generator(obj: Any) -> Reduced:
    raise ShippingError(
        f"the running generator {getattr(obj, '__qualname__', obj)!r} cannot travel",
        hint="pass a list of its items, or the function that makes it",
    )


def _dataclass_missing(_: Any) -> Reduced:
    return getattr, (dataclasses, "MISSING")


def _dataclass_kw_only(_: Any) -> Reduced:
    return getattr, (dataclasses, "KW_ONLY")


def _dataclass_factory(_: Any) -> Reduced:
    return getattr, (dataclasses, "_HAS_DEFAULT_FACTORY")


def make_new_type(name: str, qualname: str, module: str, supertype: Any) -> Any:
    """Rebuild a ``typing.NewType``."""
    new_type: Any = typing.NewType
    made = new_type(name, supertype)
    made.__qualname__ = qualname
    made.__module__ = module
    return made


def make_alias(name: str, value: Any, parameters: tuple[Any, ...]) -> Any:
    """Rebuild a ``type X = ...`` alias."""
    alias_type: Any = vars(typing)["TypeAliasType"]  # since 3.12
    return alias_type(name, value, type_params=parameters)


def type_variable(obj: Any, kind: Any) -> tuple[str, dict[str, Any]]:
    """What a type variable is made of: its name and its keyword arguments."""
    how: dict[str, Any] = {}
    if kind is not typing.TypeVarTuple:
        how = {"bound": obj.__bound__, "covariant": obj.__covariant__,
               "contravariant": obj.__contravariant__}  # fmt: skip
        if getattr(obj, "__infer_variance__", False):
            how["infer_variance"] = True
    if kind is typing.TypeVar and obj.__constraints__:
        how["constraints"] = obj.__constraints__
    if hasattr(obj, "has_default") and obj.has_default():
        how["default"] = obj.__default__
    return obj.__name__, how


BY_TYPE: dict[type, Callable[[Any], Reduced]] = {
    functools._lru_cache_wrapper: _lru_cache,
    functools.cached_property: _cached_property,
    weakref.WeakKeyDictionary: _weak_dict,
    weakref.WeakValueDictionary: _weak_dict,
    io.TextIOWrapper: _opened,
    type(dataclasses.MISSING): _dataclass_missing,
    type(dataclasses.KW_ONLY): _dataclass_kw_only,
    type(dataclasses._HAS_DEFAULT_FACTORY): _dataclass_factory,  # type: ignore[attr-defined]
    GeneratorType: _generator,
    AsyncGeneratorType: _generator,
    CoroutineType: _generator,
}
