"""Why something cannot travel, and by which path it is reached."""

from __future__ import annotations

from typing import Any

from hypernodes.code.closure import Item
from hypernodes.errors import ShippingError


def diagnosed(error: Exception, owner: Item | None, label: str, _call: Any) -> ShippingError:
    """The error to raise at home."""
    steps = owner.path() if owner is not None else []
    if label:
        steps.append(label)
    path = " -> ".join(steps) or "the object"
    made = ShippingError(
        f"{path} cannot travel: {error}",
        hint="use @stateful, build it inside the function, or pass a path",
        path=path,
    )
    made.__cause__ = error
    return made
