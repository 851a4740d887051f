"""What a map runs over: the mapped columns, checked, and how they combine to rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypernodes.errors import InputError, preview
from hypernodes.plan import MapMode


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The items of one map.

    `columns[i]` holds the values of `names[i]`; `values` are the inputs that stay the
    same for every item. Length is the number of rows.
    """

    names: tuple[str, ...]
    columns: tuple[Sequence[Any], ...]
    mode: MapMode
    values: Mapping[str, Any]

    def __len__(self) -> int:
        if self.mode == "product":
            return math.prod(len(column) for column in self.columns)
        return len(self.columns[0])

    def rows(self, start: int = 0, stop: int | None = None) -> Iterable[Any]:
        """What a compiled map loops over: values for one name, tuples for several."""
        if self.mode == "product" and len(self.names) > 1:
            rows: Iterator[Any] = itertools.product(*self.columns)
            return rows if (start, stop) == (0, None) else itertools.islice(rows, start, stop)
        columns = self.columns
        if (start, stop) != (0, None):
            columns = tuple(column[start:stop] for column in columns)
        return columns[0] if len(columns) == 1 else zip(*columns, strict=True)


def items_from(
    values: Mapping[str, Any], names: tuple[str, ...], mode: MapMode, where: str
) -> Items:
    """The items of a map over `names` of `values`.

    `where` names the pipeline in messages. Raises `InputError` for a value that is no
    series of items, for zipped lengths that differ and for an unknown mode.
    """
    if mode not in ("zip", "product"):
        raise InputError(
            f"map_mode of {where!r} must be 'zip' or 'product', got {mode!r}",
            hint="zip pairs the items, product combines each with each",
            parameter="map_mode",
        )
    columns = tuple(as_items(values[name], name, where) for name in names)
    lengths = {name: len(column) for name, column in zip(names, columns, strict=True)}
    if mode == "zip" and len(set(lengths.values())) > 1:
        told = ", ".join(f"{name!r} has {count}" for name, count in lengths.items())
        raise InputError(
            f"zip over {where!r} needs equal lengths: {told}",
            hint="make them equally long, or use map_mode='product'",
            lengths=lengths,
        )
    rest = {name: value for name, value in values.items() if name not in lengths}
    return Items(names, columns, mode, rest)


def rows_of(names: tuple[str, ...], mode: MapMode, where: str) -> Callable[..., Iterable[Any]]:
    """``function(*values) -> rows`` for a map of these names within a compiled plan."""
    if len(names) == 1:
        (name,) = names
        return lambda value: as_items(value, name, where)
    return lambda *values: items_from(
        dict(zip(names, values, strict=True)), names, mode, where
    ).rows()


def as_items(value: Any, name: str, where: str) -> Sequence[Any]:
    """`value` as a sequence of items; strings, mappings and scalars are refused."""
    if isinstance(value, list | tuple | range):
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
                return list(value)
            except TypeError:
                # A user's generator may raise TypeError of its own: that one is the news.
                if hasattr(value, "__next__"):
                    raise
    raise InputError(
        f"{where!r} maps over {name!r}, which needs a list, tuple, range, array or "
        f"other iterable of items, got {type(value).__name__}: {preview(value)}",
        hint=f"pass a list: {{{name!r}: [...]}}",
        parameter=name,
        given=type(value).__name__,
    )
