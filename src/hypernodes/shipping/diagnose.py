"""Why something cannot travel, and by which path it is reached."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from typing import Any

from hypernodes.code.closure import Closure, Item
from hypernodes.errors import ShippingError
from hypernodes.shipping.pickler import Pickler

HINT = "use @stateful, build it inside the function, or pass a path"
_SlowPickler: Any = vars(pickle)["_Pickler"]  # the same in Python
_CONTAINERS = (list, tuple, dict, set, frozenset)


def diagnosed(
    error: Exception, owner: Item | None, label: str, part: Any, closure: Closure
) -> ShippingError:
    """The error to raise at home: it names the path from what was shipped to the culprit.

    ``part`` is what could not be pickled; a one-entry mapping stands for its value, whose
    name is the label.
    """
    if label and isinstance(part, Mapping):
        part = next(iter(part.values()))
    steps = owner.path() if owner is not None else []
    if label:
        steps.append(label)
    steps += _inner_path(part, closure)
    path = " -> ".join(steps) or "the object"
    reason = error.message if isinstance(error, ShippingError) else str(error)
    if isinstance(error, RecursionError):
        reason = "it is nested too deeply to be pickled"
    made = ShippingError(
        f"{path} cannot travel: {reason}",
        hint=getattr(error, "hint", None) or HINT,
        path=path,
        steps=steps,
    )
    made.__cause__ = error
    return made


class _Tracer(_SlowPickler):  # type: ignore[misc] # has no annotation
    """Pickles slowly, in Python, and remembers the way to where it fails."""

    def __init__(self, closure: Closure) -> None:
        super().__init__(io.BytesIO(), protocol=5)
        inner = Pickler(io.BytesIO(), closure)
        self.dispatch_table = inner.dispatch_table
        setattr(self, "reducer_override", inner.reducer_override)  # noqa: B010 (only looked up)
        self.way: list[Any] = []

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        self.way.append(obj)
        super().save(obj, save_persistent_id)
        self.way.pop()


def _inner_path(part: Any, closure: Closure) -> list[str]:
    tracer = _Tracer(closure)
    try:
        tracer.dump(part)
    except Exception:
        return _steps(tracer.way)
    return []


def _steps(way: list[Any]) -> list[str]:
    steps: list[str] = []
    for above, child, before in zip(way, way[1:], [None, *way], strict=False):
        if type(above) not in _CONTAINERS:
            continue
        inside = before is not None and type(before) not in _CONTAINERS  # its arguments or state
        if isinstance(above, dict):
            key = next((key for key, value in above.items() if value is child), None)
            if key is not None:
                steps.append(f".{key}" if inside or _is_slots(above, before) else f"[{key!r}]")
        elif isinstance(above, list | tuple) and not inside:
            if isinstance(above, tuple) and len(above) == 2 and above[0] is None:
                continue  # the state of an instance with slots
            place = next((place for place, value in enumerate(above) if value is child), None)
            steps.append(f"[{place}]")
    return steps


def _is_slots(state: dict[Any, Any], before: Any) -> bool:
    return isinstance(before, tuple) and len(before) == 2 and before[1] is state
