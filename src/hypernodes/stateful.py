"""@stateful: objects that are built where they are used, once per process."""

from __future__ import annotations

import functools
import inspect
import os
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any, TypeVar, overload

from hypernodes.errors import ShippingError, preview

T = TypeVar("T")

_OWN_NEW = "__stateful_new__"
_RECIPE = "__stateful_recipe__"
_known: weakref.WeakValueDictionary[str, Lazy] = weakref.WeakValueDictionary()


@overload
def stateful(cls: type[T], /) -> type[T]: ...
@overload
def stateful() -> Callable[[type[T]], type[T]]: ...
def stateful(cls: Any = None, /) -> Any:
    """Mark a class whose instances are expensive: models, clients, indexes.

    An instance is built on first use, once in every process that uses it, from its
    constructor's arguments; only these travel. State set from outside would not travel,
    so setting it raises AttributeError.

    >>> @stateful
    ... class Model:
    ...     def __init__(self, size: int):
    ...         print("loading")
    ...         self.size = size
    >>> model = Model(3)
    >>> model.size
    loading
    3
    """
    if cls is None:
        return stateful
    if not isinstance(cls, type):
        raise TypeError(f"@stateful marks a class, got {type(cls).__name__}")
    if "__new__" in vars(cls) and vars(cls)["__new__"] is not _NEW:
        setattr(cls, _OWN_NEW, vars(cls)["__new__"])
    cls.__new__ = _NEW  # type: ignore[method-assign, assignment]  # what the decorator is for
    cls.__ship_state__ = _instance_state  # type: ignore[attr-defined]
    cls.__reduce_ex__ = _reduce_ex  # type: ignore[method-assign, assignment]
    return cls


def lazy_new(cls: type, *args: Any, **kwargs: Any) -> Any:
    """The `__new__` of stateful classes: notes the arguments, builds nothing yet."""
    return restore(cls, args, kwargs, os.urandom(16).hex())


_NEW = staticmethod(lazy_new)


def restore(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any], token: str) -> Any:
    """The one stand-in for this object in this process."""
    lazy = _known.get(token)
    if lazy is None:
        lazy = _known.setdefault(token, _lazy_type(cls)(cls, args, kwargs, token))
    return lazy


class Lazy:
    """Stands for an instance of a stateful class until, and after, it is built."""

    __slots__ = ("__weakref__", "_hn_lock", "_hn_real", "_hn_recipe")

    def __init__(
        self, cls: type, args: tuple[Any, ...], kwargs: dict[str, Any], token: str
    ) -> None:
        put = functools.partial(object.__setattr__, self)
        put("_hn_recipe", (cls, args, kwargs, token))
        put("_hn_lock", threading.RLock())

    @property  # type: ignore[misc]  # read-only on purpose
    def __class__(self) -> type:
        return object.__getattribute__(self, "_hn_recipe")[0]  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        # Python and its tools ask everything for __wrapped__, __signature__ and the like.
        if name.startswith("__") and name.endswith("__"):
            cls = self._hn_recipe[0]
            owner = next((base for base in cls.__mro__ if name in vars(base)), None)
            if owner is None:
                raise AttributeError(f"{cls.__qualname__!r} object has no attribute {name!r}")
            if not hasattr(vars(owner)[name], "__get__"):
                return vars(owner)[name]
        return getattr(real_of(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"cannot set {name!r} on a stateful {self._hn_recipe[0].__qualname__}: it is built "
            "anew in every process from its constructor's arguments, so pass it there"
        )

    def __repr__(self) -> str:
        cls, args, kwargs, _ = self._hn_recipe
        shown = [preview(a) for a in args] + [f"{k}={preview(v)}" for k, v in kwargs.items()]
        return f"<stateful {cls.__qualname__}({', '.join(shown)})>"

    def __copy__(self) -> Lazy:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Lazy:
        return self

    def __ship_state__(self) -> tuple[Any, tuple[Any, ...]]:
        return restore, self._hn_recipe

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _reduce_ex(self, protocol)


def real_of(lazy: Lazy) -> Any:
    """The built instance; the first caller builds it, others wait."""
    try:
        return object.__getattribute__(lazy, "_hn_real")
    except AttributeError:
        pass
    with lazy._hn_lock:
        try:
            return object.__getattribute__(lazy, "_hn_real")
        except AttributeError:
            pass
        cls, args, kwargs, _ = lazy._hn_recipe
        real = _own_new(cls)(cls, *args, **kwargs)
        if isinstance(real, cls):
            cls.__init__(real, *args, **kwargs)
            # A method may hand out `self`: it travels as its recipe too.
            getattr(real, "__dict__", {})[_RECIPE] = lazy
        object.__setattr__(lazy, "_hn_real", real)
        return real


def _own_new(cls: type) -> Callable[..., Any]:
    for base in cls.__mro__:
        own = vars(base).get(_OWN_NEW) or vars(base).get("__new__")
        own = getattr(own, "__func__", own)
        if own is not None and own is not lazy_new:
            # object's takes no further arguments once __init__ is the class's own.
            return own if own is not object.__new__ else lambda cls, *_, **__: object.__new__(cls)
    raise TypeError(f"{cls.__qualname__} cannot be built")  # object ends every MRO


def _instance_state(self: Any) -> tuple[Any, tuple[Any, ...]]:
    lazy = getattr(self, "__dict__", {}).get(_RECIPE)
    if lazy is None:
        raise ShippingError(
            f"a built {type(self).__qualname__} has no note of its constructor's arguments",
            hint="pass the object that the class's call returned, not `self`",
        )
    return restore, lazy._hn_recipe


def _reduce_ex(self: Any, _protocol: Any) -> Any:
    from hypernodes.shipping import reduce_payload

    return reduce_payload(self)


# Special methods that the stand-in has itself, or that must not build anything.
_KEPT = frozenset(
    {
        "__new__",
        "__init__",
        "__class__",
        "__getattribute__",
        "__getattr__",
        "__setattr__",
        "__delattr__",
        "__dict__",
        "__weakref__",
        "__slots__",
        "__init_subclass__",
        "__subclasshook__",
        "__class_getitem__",
        "__set_name__",
        "__reduce__",
        "__reduce_ex__",
        "__getstate__",
        "__setstate__",
        "__getnewargs__",
        "__getnewargs_ex__",
        "__copy__",
        "__deepcopy__",
        "__repr__",
        "__del__",
        "__doc__",
        "__module__",
        "__annotations__",
        "__ship_state__",
        "__stateful_new__",
        "__qualname__",
        "__dir__",
        "__sizeof__",
    }
)
_lazy_types: weakref.WeakKeyDictionary[type, type[Lazy]] = weakref.WeakKeyDictionary()


def _lazy_type(cls: type) -> type[Lazy]:
    """`Lazy` with the class's own special methods, which Python looks up on the type."""
    found = _lazy_types.get(cls)
    if found is None:
        special: dict[str, Any] = {"__slots__": (), "__doc__": cls.__doc__}
        for base in cls.__mro__[:-1]:
            for name, value in vars(base).items():
                if name.startswith("__") and name.endswith("__") and name not in _KEPT:
                    special.setdefault(name, _forward(name, value) if callable(value) else value)
        if "__call__" in special:  # what inspect asks for first, and needs nothing built for
            special["__signature__"] = property(_call_signature)
        found = _lazy_types[cls] = type(f"stateful {cls.__name__}", (Lazy,), special)
    return found


def _forward(name: str, own: Callable[..., Any]) -> Any:
    """The special method of the real one, async where it is."""

    def forward(self: Lazy, *args: Any, **kwargs: Any) -> Any:
        return getattr(real_of(self), name)(*args, **kwargs)

    async def forward_async(self: Lazy, *args: Any, **kwargs: Any) -> Any:
        return await getattr(real_of(self), name)(*args, **kwargs)

    chosen: Any = forward_async if inspect.iscoroutinefunction(own) else forward
    chosen.__name__ = name
    if isinstance(own, types.FunctionType):
        # The signature alone: the function itself may hold on to its class.
        chosen.__signature__ = inspect.signature(own)
    return chosen


def _call_signature(self: Lazy) -> inspect.Signature:
    return inspect.signature(functools.partial(self._hn_recipe[0].__call__, None))
