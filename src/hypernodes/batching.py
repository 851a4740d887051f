"""Batch implementations: whole columns in, whole columns out, as annotated."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypernodes.errors import GraphError, quoted
from hypernodes.extras import require


class BatchCall:
    """Calls a node's batch function with columns, and takes its answer apart.

    Columns arrive as `list`, `numpy.ndarray` or `pyarrow.Array`, as the parameter is
    annotated; constants arrive as they are.
    """

    def __init__(self, func: Callable[..., Any], node: str, outputs: tuple[str, ...]) -> None:
        self.func = func
        self.node = node
        self.outputs = outputs
        self._makers: dict[str, Callable[[list[Any]], Any]] | None = None

    def column(self, parameter: str, values: list[Any]) -> Any:
        """A column of values as the batch function wants it."""
        if self._makers is None:
            self._makers = _makers(self.func)
        maker = self._makers.get(parameter)
        # A copy: the function may keep or change what it gets, and others read it too.
        return list(values) if maker is None else maker(values)

    def results(self, answer: Any, count: int) -> tuple[list[Any], ...]:
        """One list per output, each as long as the batch; else `GraphError`."""
        if not count:
            return tuple([] for _ in self.outputs)
        if len(self.outputs) == 1:
            return (self._listed(answer, count, self.outputs[0]),)
        if not isinstance(answer, tuple | list) or len(answer) != len(self.outputs):
            given = (
                f"{len(answer)} values"
                if isinstance(answer, tuple | list)
                else type(answer).__name__
            )
            raise GraphError(
                f"the batch function of node {self.node!r} has {len(self.outputs)} outputs "
                f"{quoted(self.outputs)} but returned {given}",
                hint="return a tuple of one list for each output",
                node=self.node,
            )
        pairs = zip(self.outputs, answer, strict=True)
        return tuple(self._listed(column, count, name) for name, column in pairs)

    def _listed(self, column: Any, count: int, name: str) -> list[Any]:
        size = len(column) if hasattr(column, "__len__") else None
        if size is None or isinstance(column, str | bytes | Mapping):
            raise GraphError(
                f"the batch function of node {self.node!r} must return a list for {name!r}, "
                f"got {type(column).__name__}",
                hint="return one value for each item of the batch",
                node=self.node,
            )
        if size != count:
            raise GraphError(
                f"the batch function of node {self.node!r} got {count} items "
                f"but returned {size} values for {name!r}",
                hint="return one value for each item of the batch, in the same order",
                node=self.node,
                expected=count,
                given=size,
            )
        if isinstance(column, list):
            return column
        if getattr(column, "ndim", 0) == 1 and hasattr(column, "tolist"):
            return list(column.tolist())
        if hasattr(column, "to_pylist"):
            return list(column.to_pylist())
        return list(column)


def check_batch(batch: Callable[..., Any], node: str, names: Sequence[str]) -> None:
    """Raise `GraphError` where the batch function reads other names than the single one."""
    if not callable(batch):
        raise GraphError(
            f"the batch implementation of node {node!r} must be callable, "
            f"got {type(batch).__name__}",
            hint="decorate a function with @<node>.batch",
            node=node,
        )
    found = [
        p.name
        for p in inspect.signature(batch).parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    differ = sorted(set(found) ^ set(names))
    if differ:
        raise GraphError(
            f"the batch function of node {node!r} must have the parameters "
            f"{quoted(names)}, got {quoted(found)}",
            hint="the same names, each a column of the values that the single function gets",
            node=node,
            parameter=differ[0],
        )


def _makers(func: Callable[..., Any]) -> dict[str, Callable[[list[Any]], Any]]:
    try:
        hints = typing.get_type_hints(func)
    except Exception:
        # Names that cannot be resolved here: what the annotation says is enough.
        hints = dict(getattr(func, "__annotations__", {}))
    makers: dict[str, Callable[[list[Any]], Any]] = {}
    for name, hint in hints.items():
        text = hint if isinstance(hint, str) else _qualified(hint)
        if "ndarray" in text or "NDArray" in text:
            makers[name] = _to_numpy
        elif ("pyarrow" in text or "pa." in text) and "Array" in text:
            makers[name] = _to_arrow
    return makers


def _qualified(hint: Any) -> str:
    origin = typing.get_origin(hint) or hint
    return f"{getattr(origin, '__module__', '')}.{getattr(origin, '__qualname__', '')}"


def _to_numpy(values: list[Any]) -> Any:
    return require("numpy", "a batch parameter annotated as numpy.ndarray").asarray(values)


def _to_arrow(values: list[Any]) -> Any:
    return require("pyarrow", "a batch parameter annotated as pyarrow.Array").array(values)
