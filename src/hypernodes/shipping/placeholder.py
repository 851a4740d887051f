"""Stands on a worker for a global that could not travel and that, so far, nobody needs."""

from __future__ import annotations

from typing import Any, NoReturn

from hypernodes.errors import ShippingError


class Placeholder:
    """Raises ShippingError, naming its path, as soon as it is touched."""

    __slots__ = ("_path", "_reason")

    def __init__(self, path: str, reason: str) -> None:
        object.__setattr__(self, "_path", path)
        object.__setattr__(self, "_reason", reason)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        path = object.__getattribute__(self, "_path")
        reason = object.__getattribute__(self, "_reason")
        raise ShippingError(
            f"{path} did not travel to this process: {reason}",
            hint="build it inside the function, or use @stateful",
            path=path,
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by inspection, not by the program
            raise AttributeError(name)
        self._refuse()

    def __reduce__(self) -> Any:
        path = object.__getattribute__(self, "_path")
        return Placeholder, (path, object.__getattribute__(self, "_reason"))

    def __repr__(self) -> str:
        return f"<{object.__getattribute__(self, '_path')}: did not travel>"

    __setattr__ = __delattr__ = __call__ = __iter__ = __next__ = __len__ = _refuse
    __getitem__ = __setitem__ = __delitem__ = __contains__ = __bool__ = _refuse
    __enter__ = __exit__ = __aenter__ = __aexit__ = __await__ = __aiter__ = _refuse
    __add__ = __radd__ = __sub__ = __mul__ = __truediv__ = __lt__ = __gt__ = _refuse
    __int__ = __float__ = __str__ = _refuse
