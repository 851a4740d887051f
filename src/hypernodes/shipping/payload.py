"""What travels: bytes that rebuild an object on a machine that lacks its source."""

from __future__ import annotations

import copyreg
import os
import threading
from collections import OrderedDict
from types import ModuleType
from typing import Any

from hypernodes.code.closure import Closure
from hypernodes.errors import ClassChangedError, ShippingError, preview
from hypernodes.shipping import envelope, returning
from hypernodes.shipping.memo import memo
from hypernodes.shipping.policy import DEFAULT, Policy

_KEPT = 256


class Payload:
    """Bytes and the hash of their content; all that a transport ever pickles of ours.

    >>> payload = Payload.of([1, 2])
    >>> payload.load()
    [1, 2]
    """

    __slots__ = ("data", "digest")

    def __init__(self, data: bytes, digest: str) -> None:
        self.data = data
        self.digest = digest

    @classmethod
    def of(cls, obj: Any, policy: Policy | None = None) -> Payload:
        """The payload of an object."""
        data = dumps(obj, policy=policy)
        return cls(data, envelope.digest_of(data))

    def load(self) -> Any:
        """The object, read once per process and content."""
        return _once(self.digest, self.data)

    def __reduce__(self) -> tuple[Any, tuple[bytes, str]]:
        return Payload, (self.data, self.digest)

    def __repr__(self) -> str:
        return f"Payload({len(self.data):,} bytes, {self.digest[:12]})"


returning.install()
_lock = threading.RLock()
_loaded: OrderedDict[str, Any] = OrderedDict()


def _once(digest: str, data: bytes) -> Any:
    with _lock:
        if digest in _loaded:
            _loaded.move_to_end(digest)
            return _loaded[digest]
        value = _loaded[digest] = loads(data)
        while len(_loaded) > _KEPT:
            _loaded.popitem(last=False)
        return value


def dumps(obj: Any, *, key: bytes | str | None = None, policy: Policy | None = None) -> bytes:
    """Bytes that rebuild ``obj`` where its source does not exist.

    Args:
        obj: Any object; functions and classes that are not installed travel by value.
        key: Signs the bytes; without one, the environment's ``HYPERNODES_KEY`` does.
        policy: Exceptions to the rule of what travels by value.

    Raises:
        ShippingError: Something cannot travel; the message names the path to it.

    >>> square = loads(dumps(lambda x: x * x))
    >>> square(4)
    16
    """
    policy = policy or DEFAULT
    if key is None and not os.environ.get(envelope.KEY_VARIABLE):
        known = memo.get(obj, policy)
        if known is not None:
            return known
    return _write(obj, key, policy, light=False)


def dumps_light(obj: Any, *, by_token: type | None = None) -> bytes:
    """Bytes for home: classes and functions that came from there are references only."""
    return _write(obj, None, DEFAULT, light=True, by_token=by_token)


def _write(
    obj: Any,
    key: bytes | str | None,
    policy: Policy,
    *,
    light: bool,
    by_token: type | None = None,
) -> bytes:
    from hypernodes.shipping.writer import Writer

    closure = Closure(policy.origin)
    if not light:
        closure.visit(obj)
    writer = Writer(closure, light=light, by_token=by_token, files=policy.files)
    writer.write_root(obj)
    data = envelope.seal(writer, key)
    if not light and not envelope.is_signed(data):
        memo.keep(obj, policy, closure, data)
    return data


def loads(data: bytes, *, key: bytes | str | None = None) -> Any:
    """The object in bytes made by ``dumps``.

    Args:
        data: The bytes.
        key: With a key (or ``HYPERNODES_KEY`` set), unsigned or altered bytes are refused
            before anything is unpickled. Without one, read only bytes that you trust.

    Raises:
        ShippingError: Not our bytes, altered, or made for another Python version.
        ClassChangedError: A class in it exists here and is another one now.
    """
    from hypernodes.shipping.loader import Loader

    opened = envelope.unseal(data, key)
    return Loader(opened.digest[:10]).read(opened.body, opened.frames)


def reduce_payload(obj: Any, policy: Policy | None = None) -> tuple[Any, tuple[Payload]]:
    """What ``__reduce_ex__`` returns so that any pickler carries our bytes.

    >>> reduce_payload([1])[0] is open_payload
    True
    """
    return open_payload, (Payload.of(obj, policy),)


def open_payload(payload: Payload) -> Any:
    """The object of a payload."""
    return payload.load()


def reduce_instance(obj: Any) -> tuple[Any, tuple[Payload, bytes]]:
    """An instance of a local class: a light pickle, and the class for who lacks it."""
    kind = type(obj)
    return open_instance, (_class_payload(kind), dumps_light(obj, by_token=kind))


def open_instance(code: Payload, data: bytes) -> Any:
    """The instance, of the class that is here, or else of the one that came with it."""
    try:
        return loads(data)
    except ClassChangedError:
        raise
    except ShippingError:
        code.load()
        return loads(data)


def register(target: type | ModuleType) -> None:
    """Let instances of a class, or of the classes of a module, travel by any pickler.

    For values that stand beside a pipeline in a call, where a transport pickles them.

    Args:
        target: A class, or a module whose classes are meant.

    >>> class Config: ...
    >>> register(Config)
    """
    from hypernodes.shipping.pickler import go_home

    if isinstance(target, ModuleType):
        for value in list(vars(target).values()):
            if isinstance(value, type) and value.__module__ == target.__name__:
                register(value)
    elif isinstance(target, type):
        copyreg.pickle(target, go_home)
    else:
        raise ShippingError(
            f"register() takes a class or a module, not {preview(target)}",
            hint="pass the class itself",
        )


_class_payloads: dict[type, Payload] = {}


def _class_payload(cls: type) -> Payload:
    found = _class_payloads.get(cls)
    if found is None:
        found = _class_payloads[cls] = Payload.of(cls)
    return found
