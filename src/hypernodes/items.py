"""What a map runs over: the mapped columns, checked, and how they combine to rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hypernodes.errors import InputError, preview
from hypernodes.plan import MapMode, SubMap

_END: Any = object()


class Items:
    """The items of one map.

    `names` are the mapped inputs, `values` those that stay the same for every item.
    `size` is the number of rows, or None while they come from an iterator whose end is
    not known; such items can be read once, and are never held whole unless someone asks
    for their length or for a slice of them.
    """

    __slots__ = ("_columns", "_labels", "mode", "names", "size", "values", "where")

    def __init__(
        self,
        names: tuple[str, ...],
        columns: Sequence[Any],
        mode: MapMode,
        values: Mapping[str, Any],
        where: str = "pipeline",
        labels: tuple[str, ...] | None = None,
    ) -> None:
        self.names = names
        self._labels = labels or names  # what the names are called in messages
        self.mode = mode
        self.values = values
        self.where = where
        self._columns = tuple(columns)
        if mode == "product" and len(names) > 1:
            self._columns = tuple(map(_held, columns))
        self.size = self._measure()

    def __len__(self) -> int:
        if self.size is None:
            self._hold()
        return self.size or 0

    def rows(self, start: int = 0, stop: int | None = None) -> Iterable[Any]:
        """What a compiled map loops over: values for one name, tuples for several."""
        if (start, stop) != (0, None) and self.size is None:
            self._hold()
        if self.mode == "product" and len(self.names) > 1:
            rows: Iterator[Any] = itertools.product(*self._columns)
            return rows if (start, stop) == (0, None) else itertools.islice(rows, start, stop)
        columns: Sequence[Any] = self._columns
        if (start, stop) != (0, None):
            columns = [column[start:stop] for column in columns]
        if len(columns) == 1:
            self._refuse_async()
            only: Iterable[Any] = columns[0]
            return only
        if self.size is None:
            self._refuse_async()
            return _zipped(self._labels, columns, self.where)
        return zip(*columns, strict=True)

    def source_async(self) -> AsyncIterator[Any] | None:
        """The async iterator that the items come from, if they do."""
        only = self._columns[0]
        return only if isinstance(only, AsyncIterator) else None

    def batches(self, size: Callable[[], int]) -> Iterator[tuple[int, list[Any]]]:
        """The rows in lists of ``size()`` rows, each with the number of its first row.

        Reads no further ahead than that.
        """
        rows = iter(self.rows())
        start = 0
        while batch := list(itertools.islice(rows, size())):
            yield start, batch
            start += len(batch)

    def _refuse_async(self) -> None:
        for name, column in zip(self._labels, self._columns, strict=True):
            if isinstance(column, AsyncIterator):
                raise _only_async(name, self.where)

    def _hold(self) -> None:
        self._refuse_async()
        self._columns = tuple(map(_held, self._columns))
        self.size = self._measure()

    def _measure(self) -> int | None:
        lengths: dict[str, int] = {}
        for name, column in zip(self._labels, self._columns, strict=True):
            if isinstance(column, Iterator | AsyncIterator):
                return None
            lengths[name] = len(column)
        if self.mode == "product":
            return math.prod(lengths.values())
        if len(set(lengths.values())) > 1:
            raise _unequal(lengths, self.where)
        return next(iter(lengths.values()), 0)


def items_from(
    values: Mapping[str, Any],
    names: tuple[str, ...],
    mode: MapMode,
    where: str,
    labels: tuple[str, ...] | None = None,
) -> Items:
    """The items of a map over `names` of `values`.

    In messages `where` names the pipeline, and `labels` the names. Raises `InputError`
    for a value that is no series of items, for zipped lengths that differ and for an
    unknown mode.
    """
    if mode not in ("zip", "product"):
        raise InputError(
            f"map_mode of {where!r} must be 'zip' or 'product', got {mode!r}",
            hint="zip pairs the items, product combines each with each",
            parameter="map_mode",
        )
    told = zip(names, labels or names, strict=True)
    columns = [as_items(values[name], label, where) for name, label in told]
    rest = {name: value for name, value in values.items() if name not in names}
    return Items(names, columns, mode, rest, where, labels)


def items_of(step: SubMap, values: Mapping[str, Any]) -> Items:
    """The items of a nested map; messages call them what the outer pipeline does."""
    labels = tuple(step.feeds.get(name, name) for name in step.map_over)
    return items_from(values, step.map_over, step.map_mode, step.name, labels)


def rows_of(names: tuple[str, ...], mode: MapMode, where: str) -> Callable[..., Iterable[Any]]:
    """``function(*values) -> rows`` for a map of these names within a compiled plan."""
    if len(names) == 1:
        (name,) = names
        return lambda value: as_items(value, name, where)
    return lambda *values: items_from(
        dict(zip(names, values, strict=True)), names, mode, where
    ).rows()


def unzipped(rows: Iterable[tuple[Any, ...]], count: int) -> tuple[list[Any], ...]:
    """Rows of `count` values as `count` columns; also for no rows."""
    columns: tuple[list[Any], ...] = tuple(map(list, zip(*rows, strict=True)))
    return columns or tuple([] for _ in range(count))


def as_items(value: Any, name: str, where: str) -> Any:
    """`value` as a sequence or iterator of items; strings, mappings, scalars are refused."""
    if isinstance(value, list | tuple | range | Iterator | AsyncIterator):
        return value
    if not isinstance(value, str | bytes | bytearray | Mapping):
        fields = getattr(type(value), "model_fields", None)
        if fields is not None:
            # A pydantic model iterates over its fields; only a root list holds items.
            root = getattr(value, "root", None)
            if "root" in fields and isinstance(root, list | tuple):
                return root
        else:
            try:
                items = iter(value)
            except TypeError:
                pass
            else:
                return list(items)
    raise InputError(
        f"{where!r} maps over {name!r}, which needs a list, tuple, range, array or "
        f"other iterable of items, got {type(value).__name__}: {preview(value)}",
        hint=f"pass a list: {{{name!r}: [...]}}",
        parameter=name,
        given=type(value).__name__,
    )


def _held(column: Any) -> Any:
    return list(column) if isinstance(column, Iterator) else column


def _only_async(name: str, where: str) -> InputError:
    return InputError(
        f"{where!r} maps over {name!r}, an async iterator, which plain code cannot read",
        hint="use amap or astream, with this one name in map_over",
        parameter=name,
    )


def _zipped(
    names: Sequence[str], columns: Sequence[Iterable[Any]], where: str
) -> Iterator[tuple[Any, ...]]:
    for count, row in enumerate(itertools.zip_longest(*columns, fillvalue=_END)):
        if any(value is _END for value in row):
            lengths = {
                name: f"{count}" if value is _END else f"more than {count}"
                for name, value in zip(names, row, strict=True)
            }
            raise _unequal(lengths, where)
        yield row


def _unequal(lengths: Mapping[str, Any], where: str) -> InputError:
    told = ", ".join(f"{name!r} has {count}" for name, count in lengths.items())
    return InputError(
        f"zip over {where!r} needs equal lengths: {told}",
        hint="make them equally long, or use map_mode='product'",
        lengths=dict(lengths),
    )
