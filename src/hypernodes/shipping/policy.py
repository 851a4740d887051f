"""What the user knows and the general rule cannot: exceptions to by value and by reference."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from hypernodes.code.origin import DEFAULT as DEFAULT_ORIGIN
from hypernodes.code.origin import Origin


class Policy:
    """Modules that travel by value or by reference, and data files that travel along.

    >>> Policy(by_reference=["mylib"]).origin.is_installed("mylib.part")
    True
    """

    __slots__ = ("by_reference", "by_value", "files", "origin")

    def __init__(
        self,
        by_value: Iterable[Any] = (),
        by_reference: Iterable[Any] = (),
        files: Iterable[str] = (),
    ) -> None:
        self.by_value = tuple(map(_module_name, by_value))
        self.by_reference = tuple(map(_module_name, by_reference))
        self.files = tuple(map(str, files))
        changed = bool(self.by_value or self.by_reference)
        self.origin = Origin(self.by_value, self.by_reference) if changed else DEFAULT_ORIGIN

    def __reduce__(self) -> Any:
        return Policy, (self.by_value, self.by_reference, self.files)


def _module_name(module: Any) -> str:
    return module.__name__ if isinstance(module, ModuleType) else str(module)


DEFAULT = Policy()
