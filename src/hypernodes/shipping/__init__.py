"""Code by value: objects that run where their source does not exist.

``dumps`` and ``loads`` for people who move bytes themselves, ``Payload`` for transports,
``Shipment`` for engines.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypernodes.shipping.payload import Payload, dumps, loads, reduce_payload, register
    from hypernodes.shipping.policy import Policy
    from hypernodes.shipping.shipment import Shipment

_HOMES = {
    "Payload": "payload",
    "Policy": "policy",
    "Shipment": "shipment",
    "dumps": "payload",
    "loads": "payload",
    "reduce_payload": "payload",
    "register": "payload",
}

__all__ = ["Payload", "Policy", "Shipment", "dumps", "loads", "reduce_payload", "register"]


def __getattr__(name: str) -> Any:
    # cloudpickle is imported when something is shipped, not before.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
