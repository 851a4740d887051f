"""Values as bytes in a cache: builtins compactly, all else as shipping writes it.

Classes of the user's are references: a cached value comes back as an instance of the class
that is here, or not at all.
"""

from __future__ import annotations

import importlib
import marshal
import sys
from typing import Any

from hypernodes.code.closure import Closure, parametrised
from hypernodes.code.definition import class_fingerprint
from hypernodes.code.modules import logical_name
from hypernodes.errors import ClassChangedError, ShippingError

_PLAIN, _SHIPPED = b"m", b"p"
# Classes met while hashing and storing, for those that no module's name leads to.
_met: dict[tuple[str, str], Any] = {}


def meet(cls: type) -> None:
    """Remember a class, so that values of it can be read even if it is in no module."""
    module = sys.modules.get(cls.__module__)
    name = cls.__module__ if module is None else logical_name(vars(module))
    _met[name, cls.__qualname__] = cls


def encode(value: Any, plain: bool, key: bytes | None = None) -> bytes:
    """The bytes of a value; `plain` says that it is made of exact builtin types only."""
    if plain:
        try:
            return _PLAIN + marshal.dumps(value)
        except ValueError:  # too deep for it
            pass
    from hypernodes.shipping import envelope
    from hypernodes.shipping.writer import Writer

    writer = Writer(Closure())
    writer.pickler = _pickler()(writer.file, writer.closure)
    writer.write_root(value)
    return _SHIPPED + envelope.seal(writer, key)


def decode(data: bytes, key: bytes | None = None) -> Any:
    """The value. Raises what shipping raises where a class is gone or changed."""
    if data[:1] == _PLAIN:
        return marshal.loads(memoryview(data)[1:])  # noqa: S302 - the store checked it
    from hypernodes.shipping import envelope

    opened = envelope.unseal(memoryview(data)[1:].tobytes(), key)
    return _loader()(opened.digest[:10]).read(opened.body, opened.frames)


_made: dict[str, Any] = {}


def _pickler() -> Any:
    if "pickler" not in _made:
        from hypernodes.shipping import ops
        from hypernodes.shipping.pickler import Pickler

        class CachePickler(Pickler):
            def _class(self, cls: type) -> Any:
                if self.closure.travels(cls) and parametrised(cls) is None:
                    meet(cls)
                    return ops.home, self._token(cls)
                return super()._class(cls)

        _made["pickler"] = CachePickler
    return _made["pickler"]


def _loader() -> Any:
    if "loader" not in _made:
        from hypernodes.shipping.loader import Loader

        class CacheLoader(Loader):
            def home(self, token: Any, module: str, qualname: str, print_: str) -> Any:
                try:
                    return super().home(token, module, qualname, print_)
                except ClassChangedError:
                    raise
                except ShippingError:
                    found = _found(module, qualname)
                    if found is None or class_fingerprint(found) != print_:
                        raise
                    return found

        _made["loader"] = CacheLoader
    return _made["loader"]


def _found(module: str, qualname: str) -> Any:
    found = _met.get((module, qualname))
    if found is None and "<locals>" not in qualname:
        try:
            found = importlib.import_module(module)
        except Exception:
            return None
        for part in qualname.split("."):
            found = getattr(found, "__dict__", {}).get(part)
    return found
