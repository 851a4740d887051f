"""MapResult: the outputs of a map as columns, with views of its rows."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from hypernodes.errors import InputError, did_you_mean
from hypernodes.extras import require

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Errors(dict[int, BaseException]):
    """The exceptions of failed rows by number; None for a row that did not fail.

    >>> Errors({3: ValueError("no")})[2] is None
    True
    """

    def __missing__(self, number: int) -> None:
        return None


class MapResult:
    """What `Pipeline.map` returns: one list per output, and rows on demand.

    `errors` tells which rows failed, `index` the number of each row's item in the map.

    >>> rows = MapResult({"x": [1, 2, 3], "y": ["a", "b", "c"]})
    >>> rows["y"], rows[0], len(rows)
    (['a', 'b', 'c'], {'x': 1, 'y': 'a'}, 3)
    >>> rows[1:].to_dict()
    {'x': [2, 3], 'y': ['b', 'c']}
    >>> rows == [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}, {"x": 3, "y": "c"}]
    True
    """

    __slots__ = ("_columns", "_length", "errors", "index")
    __hash__ = None  # type: ignore[assignment]  # holds lists: equal by content, not hashable

    errors: Errors
    index: Sequence[int]

    def __init__(
        self,
        columns: Mapping[str, list[Any]],
        length: int | None = None,
        *,
        errors: Mapping[int, BaseException] | None = None,
        index: Sequence[int] | None = None,
    ) -> None:
        self._columns = dict(columns)
        self.errors = Errors(errors or {})
        lengths = {len(column) for column in self._columns.values()}
        self._length = length if length is not None else max(lengths, default=0)
        if lengths - {self._length}:
            raise InputError(
                f"columns of different lengths: {sorted(lengths)}",
                hint="every output needs one value per item",
            )
        self.index = range(self._length) if index is None else index

    @overload
    def __getitem__(self, key: str) -> list[Any]: ...
    @overload
    def __getitem__(self, key: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, key: slice) -> MapResult: ...
    def __getitem__(self, key: str | int | slice) -> Any:
        if isinstance(key, str):
            try:
                return self._columns[key]
            except KeyError:
                raise KeyError(f"no output {key!r}: {did_you_mean(key, self._columns)}") from None
        if isinstance(key, slice):
            chosen = range(self._length)[key]
            errors = {new: self.errors[i] for new, i in enumerate(chosen) if i in self.errors}
            columns = {name: column[key] for name, column in self._columns.items()}
            return MapResult(columns, len(chosen), errors=errors, index=self.index[key])
        index = range(self._length)[key]
        return {name: column[index] for name, column in self._columns.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = tuple(self._columns)
        if not names:
            return ({} for _ in range(self._length))
        columns = self._columns.values()
        return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))

    def __len__(self) -> int:
        return self._length

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def keys(self) -> KeysView[str]:
        """The names of the outputs."""
        return self._columns.keys()

    def without_errors(self) -> MapResult:
        """The rows that did not fail; `index` holds the numbers that they had.

        >>> rows = MapResult({"x": [1, None, 3]}, errors={1: ValueError("no")})
        >>> rows.errors[1], rows.errors[2], rows.without_errors().index
        (ValueError('no'), None, [0, 2])
        """
        kept = [i for i in range(self._length) if i not in self.errors]
        columns = {name: [column[i] for i in kept] for name, column in self._columns.items()}
        return MapResult(columns, len(kept), index=[self.index[i] for i in kept])

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns as a new dict of the same lists."""
        return dict(self._columns)

    def to_pandas(self) -> pd.DataFrame:
        """The columns as a pandas DataFrame; objects stay the objects they are."""
        pandas = require("pandas", "MapResult.to_pandas")
        series = {name: _series(pandas, column) for name, column in self._columns.items()}
        return pandas.DataFrame(series, index=range(self._length))

    def to_arrow(self) -> pa.Table:
        """The columns as a pyarrow Table; raises pyarrow's error for what has no Arrow type."""
        arrow = require("pyarrow", "MapResult.to_arrow")
        return arrow.table({name: arrow.array(column) for name, column in self._columns.items()})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MapResult):
            return self._length == other._length and same(self._columns, other._columns)
        if isinstance(other, Mapping):
            return same(self._columns, other)
        if isinstance(other, Sequence) and not isinstance(other, str | bytes):
            return len(other) == self._length and all(map(same, self, other))
        return NotImplemented

    def _repr_html_(self) -> str:
        from hypernodes.viz.table import html_table

        return html_table(self)

    def __repr__(self) -> str:
        from hypernodes.viz.table import text_table

        failed = f", {len(self.errors)} failed" if self.errors else ""
        head = f"<MapResult {self._length} rows x {list(self._columns)}{failed}>"
        return f"{head}\n{text_table(self)}".rstrip()


def same(left: Any, right: Any) -> bool:
    """Equality of values that also decides for arrays, by content.

    >>> same({"a": [1, (2, 3)]}, {"a": [1, (2, 3)]}), same([1], [2])
    (True, False)
    """
    if left is right:
        return True
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        alike = isinstance(left, list) == isinstance(right, list)
        return alike and len(left) == len(right) and all(map(same, left, right))
    shapes = getattr(left, "shape", None), getattr(right, "shape", None)
    if None not in shapes and shapes[0] != shapes[1]:
        return False
    try:
        verdict = left == right
    except ValueError:  # how frames with other labels say no
        return False
    if isinstance(verdict, bool):
        return verdict
    if shapes[0] != shapes[1]:
        return False
    every = getattr(verdict, "all", None)
    while callable(every):  # a DataFrame answers per column first
        verdict = every()
        every = getattr(verdict, "all", None) if getattr(verdict, "shape", ()) else None
    return bool(verdict)


def _series(pandas: Any, column: list[Any]) -> Any:
    scalars = (int, float, str, bool, bytes, type(None))
    if all(isinstance(value, scalars) for value in column):
        return pandas.Series(column)
    # pandas would take lists, dicts and models apart; put in one by one they stay whole.
    values = require("numpy", "MapResult.to_pandas").empty(len(column), dtype=object)
    for i, value in enumerate(column):
        values[i] = value
    return pandas.Series(values, dtype=object)
