"""Values as bytes that are equal for equal values of the same type, in every process.

Short scalars are their own encoding, all else is a digest. Sets and dicts have no order.
What is a definition (a function, a class) is left to the reader: its fingerprint, or its
place in a closure.
"""

from __future__ import annotations

import array
import copyreg
import enum
import functools
import hashlib
import importlib
import logging
import math
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from io import IOBase
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from hypernodes.code.instructions import code_digest
from hypernodes.code.versions import distribution_version

_SHORT = 40
_DOUBLE = struct.Struct(">d")
_NAN = b"f\x08" + _DOUBLE.pack(math.nan)
_LENGTHS = [bytes((n,)) for n in range(256)]
_MAX_DEPTH = 200
_VALUELESS = (type(threading.Lock()), type(threading.RLock()), logging.Logger, threading.Event,
              threading.Condition, threading.Semaphore, threading.local)  # fmt: skip
_BUILTIN_BASES = (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset)


class Unhashable(Exception):  # noqa: N818 - says what the value is; it never leaves the house
    """A value that cannot be told from others reliably."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []

    def __str__(self) -> str:
        where = "".join(reversed(self.path))
        return f"{where}: {self.reason}" if where else self.reason


@functools.lru_cache(256)
def _head(count: int) -> struct.Struct:
    return struct.Struct(f">{count + 1}Q")


def digest(*parts: bytes) -> bytes:
    """Sixteen bytes for any number of parts."""
    count = len(parts)
    head = _head(count).pack(count, *map(len, parts))
    return hashlib.blake2b(head + b"".join(parts), digest_size=16).digest()


def _short(tag: bytes, raw: bytes) -> bytes:
    if len(raw) <= _SHORT:
        return tag + _LENGTHS[len(raw)] + raw
    return tag + b"\xff" + hashlib.blake2b(raw, digest_size=16).digest()


def _int(value: int) -> bytes:
    return _short(b"i", value.to_bytes((value.bit_length() + 8) // 8, "big", signed=True))


def _float(value: float) -> bytes:
    return b"f\x08" + _DOUBLE.pack(value) if value == value else _NAN  # noqa: PLR0124 - NaN


def _str(value: str) -> bytes:
    return _short(b"s", value.encode("utf-8", "surrogatepass"))


SCALARS: dict[type, Callable[[Any], bytes]] = {
    int: _int,
    float: _float,
    str: _str,
    bytes: lambda value: _short(b"b", value),
    bool: lambda value: b"T" if value else b"F",
    type(None): lambda _: b"N",
    complex: lambda value: b"c" + _float(value.real) + _float(value.imag),
    type(...): lambda _: b"E",
    type(NotImplemented): lambda _: b"I",
}


def big_digest(data: Any) -> bytes:
    """The digest of a large buffer, by the fastest algorithm that is here, and its name."""
    view = memoryview(data).cast("B") if memoryview(data).nbytes else b""
    if len(view) < 1 << 16:
        return b"2" + hashlib.sha256(view).digest()[:16]
    made = _xxhash()
    return b"x" + made(view).digest() if made else b"2" + hashlib.sha256(view).digest()[:16]


@functools.cache
def _xxhash() -> Any:
    try:
        xxhash = importlib.import_module("xxhash")
    except ImportError:
        return None
    return xxhash.xxh3_128


class Encoder:
    """Encodes one value; `define` gives the bytes of a function or class of the user's.

    `plain` turns False when something is met that is no exact builtin type. `skip` says
    which attributes of a captured instance are its code's own state.
    """

    def __init__(
        self,
        define: Callable[[Any], bytes],
        skip: Callable[[Any], Iterable[str]] | None = None,
    ) -> None:
        self.define = define
        self.skip = skip
        self.plain = True
        self.packages: dict[str, None] = {}
        self._open: dict[int, int] = {}
        self._lowest = sys.maxsize
        self._done: dict[int, tuple[Any, bytes]] = {}

    def encode(self, value: Any) -> bytes:
        """The encoding; raises `Unhashable`."""
        scalar = SCALARS.get(type(value))
        if scalar is not None:
            return scalar(value)
        key = id(value)
        if key in self._open:
            self.plain = False
            self._lowest = min(self._lowest, self._open[key])
            return b"R" + self._open[key].to_bytes(4, "big")
        if key in self._done:
            return self._done[key][1]
        depth = len(self._open)
        if depth > _MAX_DEPTH:
            raise Unhashable("it is nested too deeply")
        self._open[key] = depth
        outer, self._lowest = self._lowest, sys.maxsize
        try:
            made = self._container(value)
        finally:
            del self._open[key]
        if self._lowest >= depth:
            self._done[key] = (value, made)
            self._lowest = outer
        else:
            self._lowest = min(self._lowest, outer)
        return made

    def _container(self, value: Any) -> bytes:
        kind = type(value)
        if kind is list or kind is tuple:
            return (b"l" if kind is list else b"t") + self._series(value)
        if kind is dict:
            return b"d" + self._mapping(value)
        if kind is set or kind is frozenset:
            return (b"e" if kind is set else b"z") + digest(*sorted(map(self.encode, value)))
        if kind is bytearray:
            return b"B" + digest(bytes(value))
        self.plain = False
        return self._other(value, kind)

    def _series(self, value: Any) -> bytes:
        if len(value) > 8:
            kinds = set(map(type, value))
            if kinds == {float}:
                return digest(b"floats", array.array("d", value).tobytes())
            if kinds == {str}:
                lengths = array.array("q", map(len, value)).tobytes()
                return digest(b"strs", lengths, "".join(value).encode("utf-8", "surrogatepass"))
        parts = []
        for place, each in enumerate(value):
            parts.append(self._at(each, f"[{place}]"))
        return digest(*parts)

    def _mapping(self, value: Any) -> bytes:
        pairs = [self.encode(k) + self._at(v, f"[{k!r:.40}]") for k, v in value.items()]
        return digest(*sorted(pairs))

    def _at(self, value: Any, where: str) -> bytes:
        scalar = SCALARS.get(type(value))
        if scalar is not None:
            return scalar(value)
        try:
            return self.encode(value)
        except Unhashable as error:
            error.path.append(where)
            raise

    def _other(self, value: Any, kind: type) -> bytes:
        if isinstance(value, type) or kind is FunctionType:
            return self.define(value)
        if isinstance(value, _VALUELESS):
            return b"V" + _str(kind.__qualname__)
        if isinstance(value, ModuleType):
            return self.define(value)
        code = self._code(value, kind)
        if code is not None:
            return code
        if hasattr(kind, "_hn_real"):
            return self._stateful(value)
        if hasattr(kind, "__cache_key__"):
            return b"k" + digest(
                self.encode(kind), self._at(value.__cache_key__(), ".__cache_key__()")
            )
        if isinstance(value, enum.Enum):
            return b"n" + digest(
                self.encode(kind), _str(str(value._name_)), self._at(value._value_, ".value")
            )
        known = self._known(value, kind)
        if known is not None:
            return known
        if isinstance(value, PurePath):
            return b"h" + digest(
                kind.__name__.encode(), str(value).encode("utf-8", "surrogatepass")
            )
        if isinstance(value, Iterator | IOBase):
            raise Unhashable(f"{kind.__qualname__}: reading it would change it")
        if isinstance(value, ContextVar):
            return b"v" + self.encode((value.name, value.get(None)))
        return self._instance(value, kind)

    def _code(self, value: Any, kind: type) -> bytes | None:
        if kind is MethodType:
            return b"M" + digest(self.encode(value.__func__), self._at(value.__self__, ".__self__"))
        if isinstance(value, functools.partial):
            parts = (kind, value.func, value.args, value.keywords)
            return b"P" + digest(*map(self.encode, parts))
        if kind is functools._lru_cache_wrapper:
            return b"L" + digest(
                self.encode(value.__wrapped__), self.encode(value.cache_parameters())
            )
        if kind in (staticmethod, classmethod):
            return b"S" + _str(kind.__name__) + self.encode(value.__func__)
        if kind is property:
            return b"p" + digest(*map(self.encode, (value.fget, value.fset, value.fdel)))
        if kind is functools.cached_property:
            return b"C" + self.encode(value.func)
        if kind is BuiltinFunctionType:
            owner = value.__self__
            if owner is None or isinstance(owner, ModuleType | type):
                return (
                    b"U"
                    + _str(f"{value.__module__}.{value.__qualname__}")
                    + self.version(value.__module__)
                )
            return b"U" + digest(_str(value.__name__), self.encode(owner))
        if kind in (
            WrapperDescriptorType,
            MethodDescriptorType,
            GetSetDescriptorType,
            MemberDescriptorType,
        ):
            return b"D" + _str(value.__name__)
        if kind is MappingProxyType:
            return b"x" + self._mapping(value)
        if isinstance(value, CodeType):
            return b"O" + code_digest(value)[0]
        return None

    def _stateful(self, value: Any) -> bytes:
        cls, args, kwargs, _ = value._hn_recipe
        if hasattr(cls, "__cache_key__"):
            own = self._at(value.__cache_key__(), ".__cache_key__()")
        else:
            own = digest(self._at(args, " arguments"), self._at(kwargs, " arguments"))
        return b"y" + digest(self.encode(cls), own)

    def _known(self, value: Any, kind: type) -> bytes | None:
        top = kind.__module__.partition(".")[0]
        if not any(base.__module__.partition(".")[0] in _LIBRARIES for base in kind.__mro__):
            return None
        from hypernodes.code import arrays

        found = arrays.encode(value, self)
        if found is None:
            return None
        return b"A" + digest(
            _str(f"{kind.__module__}.{kind.__qualname__}"), found, self.version(top)
        )

    def _instance(self, value: Any, kind: type) -> bytes:
        local = bool(kind.__flags__ & (1 << 9)) and not self._is_installed(kind)
        head = self.encode(kind)
        first: Unhashable | None = None
        if local or not _says_itself(kind):
            try:
                return b"o" + digest(head, self._base(value, kind), self._state(value, kind))
            except Unhashable as error:
                if not _says_itself(kind):
                    raise
                first = error
        try:
            return b"r" + digest(head, self._reduced(value))
        except Unhashable as error:
            raise (first or error) from None

    def _is_installed(self, kind: type) -> bool:
        from hypernodes.code.origin import DEFAULT

        return DEFAULT.refers(kind)

    def _base(self, value: Any, kind: type) -> bytes:
        for base in _BUILTIN_BASES:
            if isinstance(value, base):
                made: Any = base
                if base in (list, tuple, set, frozenset):
                    return self.encode(made(made.__iter__(value)))
                if base is dict:
                    return self.encode(dict(made.items(value)))
                if base is int:
                    return self.encode(made.__index__(value))
                plain = {str: str.__str__, bytes: bytes.__bytes__, float: float.__float__}
                return self.encode(plain.get(base, made)(value))
        if not _says_itself(kind) and _is_opaque(kind):
            raise Unhashable(f"the state of a {kind.__qualname__} cannot be seen")
        return b"-"

    def _state(self, value: Any, kind: type) -> bytes:
        skipped = set(self.skip(value)) if self.skip is not None else set()
        state = dict(_instance_state(value, kind))
        for base in kind.__mro__:
            for name, entry in vars(base).items():
                if type(entry) is functools.cached_property:
                    skipped.add(name)  # made from the rest
        parts = []
        for name in sorted(state, key=str):
            if name not in skipped and name != "__stateful_recipe__":
                parts += [_str(str(name)), self._at(state[name], f".{name}")]
        return digest(*parts)

    def _reduced(self, value: Any) -> bytes:
        kind = type(value)
        try:
            special = copyreg.dispatch_table.get(kind)
            reduced = special(value) if special is not None else value.__reduce_ex__(4)
        except Exception as error:
            raise Unhashable(f"a {kind.__qualname__} does not tell its state ({error})") from error
        if isinstance(reduced, str):
            return _str(reduced)
        func, args, *rest = (*reduced, None, None, None)[:5]
        state, items, pairs = rest
        parts = [self.encode(func), self._at(args, ""), self._at(state, "")]
        parts.append(self.encode(list(items)) if items is not None else b"-")
        parts.append(self.encode([list(p) for p in pairs]) if pairs is not None else b"-")
        return digest(*parts)

    def version(self, module: str | None) -> bytes:
        top = (module or "").partition(".")[0]
        found = distribution_version(top)
        if found:
            self.packages[top] = None
        return _str(found)


_LIBRARIES = frozenset({"numpy", "pandas", "pyarrow", "polars", "torch"})


def _says_itself(kind: type) -> bool:
    names = ("__reduce_ex__", "__reduce__", "__getstate__")
    own = any(getattr(kind, name) is not getattr(object, name) for name in names)
    return own or kind in copyreg.dispatch_table


def _is_opaque(kind: type) -> bool:
    """Is a base of it written in C, with state that Python cannot see?"""
    return any(
        not base.__flags__ & (1 << 9)
        and base not in (object, *_BUILTIN_BASES)
        and base.__basicsize__ > object.__basicsize__
        for base in kind.__mro__
    ) and not issubclass(kind, BaseException)


def _dict(value: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found


def _instance_state(value: Any, kind: type) -> Iterator[tuple[str, Any]]:
    yield from _dict(value).items()
    if isinstance(value, BaseException):
        yield "args", value.args
    for base in kind.__mro__:
        for name, slot in vars(base).items():
            if isinstance(slot, MemberDescriptorType) and base.__flags__ & (1 << 9):
                try:
                    yield name, slot.__get__(value)
                except AttributeError:
                    continue
