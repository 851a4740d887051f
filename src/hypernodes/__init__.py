"""Write functions for one item, compose them, run the same pipeline anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypernodes.errors import (
    CacheError,
    ClassChangedError,
    CycleError,
    DependencyError,
    EngineError,
    GraphError,
    HyperNodesError,
    InputError,
    ShippingError,
)
from hypernodes.nesting import PipelineNode
from hypernodes.node import DualNode, Node, node
from hypernodes.pipeline import Pipeline
from hypernodes.results import MapResult
from hypernodes.stateful import stateful

if TYPE_CHECKING:
    from hypernodes.cache import DiskCache as DiskCache
    from hypernodes.cache import MemoryCache as MemoryCache
    from hypernodes.engines import DaftEngine as DaftEngine
    from hypernodes.engines import ParallelEngine as ParallelEngine
    from hypernodes.engines import SeqEngine as SeqEngine
    from hypernodes.listeners import CallbackContext as CallbackContext
    from hypernodes.listeners import PipelineCallback as PipelineCallback

__version__: str

__all__ = [
    "CacheError",
    "CallbackContext",
    "ClassChangedError",
    "CycleError",
    "DaftEngine",
    "DependencyError",
    "DiskCache",
    "DualNode",
    "EngineError",
    "GraphError",
    "HyperNodesError",
    "InputError",
    "MapResult",
    "MemoryCache",
    "Node",
    "ParallelEngine",
    "Pipeline",
    "PipelineCallback",
    "PipelineNode",
    "SeqEngine",
    "ShippingError",
    "node",
    "stateful",
]

# Tracebacks, reprs and docs name things where users import them from.
for _name, _value in list(globals().items()):
    if _name in __all__ and getattr(_value, "__module__", "").startswith("hypernodes."):
        _value.__module__ = __name__
del _name, _value


def __getattr__(name: str) -> Any:
    if name in ("DaftEngine", "ParallelEngine", "SeqEngine"):
        from hypernodes import engines

        value = globals()[name] = getattr(engines, name)
        return value
    if name in ("DiskCache", "MemoryCache"):
        from hypernodes import cache

        value = globals()[name] = getattr(cache, name)
        value.__module__ = __name__
        return value
    if name in ("CallbackContext", "PipelineCallback"):
        from hypernodes import listeners

        value = globals()[name] = getattr(listeners, name)
        value.__module__ = __name__
        return value
    if name == "__version__":
        from importlib.metadata import version

        return version("hypernodes")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
