"""Where pipelines run. Each engine is imported when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypernodes.engines.local import SeqEngine as SeqEngine
    from hypernodes.engines.parallel import ParallelEngine as ParallelEngine
    from hypernodes.integrations.daft import DaftEngine as DaftEngine

_HOMES = {
    "DaftEngine": "hypernodes.integrations.daft",
    "ParallelEngine": "hypernodes.engines.parallel",
    "SeqEngine": "hypernodes.engines.local",
}

__all__ = ["DaftEngine", "ParallelEngine", "SeqEngine"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    value.__module__ = "hypernodes"  # where users import it from
    globals()[name] = value
    return value
