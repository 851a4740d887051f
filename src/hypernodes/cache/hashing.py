"""Content hashes of inputs and outputs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from hypernodes.code.closure import parametrised
from hypernodes.code.fingerprint import fingerprint
from hypernodes.code.origin import DEFAULT
from hypernodes.code.values import SCALARS, Encoder, Unhashable, digest
from hypernodes.code.versions import distribution_version

__all__ = ["Hasher", "Unhashable", "content_hash", "digest"]


class Hasher:
    """Hashes values; looks at each class and function once, so it lives for one run."""

    def __init__(self) -> None:
        self._definitions: dict[int, tuple[Any, bytes]] = {}

    def hash(self, value: Any) -> tuple[bytes, bool]:
        """(hash, whether the value is made of exact builtin types only)."""
        scalar = SCALARS.get(type(value))
        if scalar is not None:
            return scalar(value), True
        encoder = Encoder(self._define)
        try:
            return encoder.encode(value), encoder.plain
        except Unhashable:
            raise
        except Exception as error:  # a user's property or __cache_key__
            raise Unhashable(f"reading it raised {type(error).__name__}: {error}") from error

    def _define(self, obj: Any) -> bytes:
        found = self._definitions.get(id(obj))
        if found is None:
            found = self._definitions[id(obj)] = (obj, _definition(obj))
        return found[1]


def _definition(obj: Any) -> bytes:
    made_of = parametrised(obj)
    if made_of is not None:
        return b"g" + digest(*map(_argument, (made_of[0], *made_of[1])))
    module = obj.__name__ if isinstance(obj, ModuleType) else obj.__module__
    installed = (
        not DEFAULT.is_local_module(obj) if isinstance(obj, ModuleType) else DEFAULT.refers(obj)
    )
    if installed or (isinstance(obj, type) and not obj.__flags__ & (1 << 9)):
        top = (module or "").partition(".")[0]
        name = f"{module}:{getattr(obj, '__qualname__', '')}:{distribution_version(top)}"
        return b"q" + digest(name.encode())
    return b"F" + fingerprint(obj)


def _argument(argument: Any) -> bytes:
    return Hasher().hash(argument)[0]


def content_hash(value: Any) -> bytes:
    """Bytes that are equal for equal values of the same type, in every process.

    Raises:
        Unhashable: The value cannot be told from others reliably.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    >>> content_hash(1) == content_hash(1.0)
    False
    """
    return Hasher().hash(value)[0]
