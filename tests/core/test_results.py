"""MapResult: columns with row views, and what it is equal to."""

from __future__ import annotations

import collections.abc
import math
from typing import Any

import numpy as np
import pydantic
import pytest
from helpers import untyped_node as node

from hypernodes import InputError, MapResult, Pipeline

ROWS = MapResult({"x": [1, 2, 3], "y": ["a", "b", "c"]})


class Point(pydantic.BaseModel):
    at: int


def test_columns() -> None:
    assert ROWS["x"] == [1, 2, 3]
    assert type(ROWS["x"]) is list
    assert "x" in ROWS
    assert "z" not in ROWS
    assert 1 not in ROWS
    assert list(ROWS.keys()) == ["x", "y"]
    assert dict(ROWS.to_dict()) == {"x": [1, 2, 3], "y": ["a", "b", "c"]}


def test_to_dict_is_a_new_dict() -> None:
    ROWS.to_dict()["x"] = []
    ROWS.to_dict().clear()
    assert ROWS["x"] == [1, 2, 3]


def test_rows() -> None:
    assert ROWS[0] == {"x": 1, "y": "a"}
    assert ROWS[-1] == {"x": 3, "y": "c"}
    number: Any = np.int64(1)
    assert ROWS[number] == {"x": 2, "y": "b"}
    assert list(ROWS) == [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}, {"x": 3, "y": "c"}]
    assert len(ROWS) == 3
    assert repr(ROWS).startswith("<MapResult 3 rows x ['x', 'y']>")


@pytest.mark.parametrize("part", [slice(1, 3), slice(None), slice(5, 9), slice(None, None, -1)])
def test_a_slice_is_a_map_result(part: slice) -> None:
    sliced = ROWS[part]
    assert isinstance(sliced, MapResult)
    assert list(sliced) == list(ROWS)[part]
    assert len(sliced) == len(range(3)[part])
    assert list(sliced.index) == list(range(3))[part]


def test_what_is_not_there() -> None:
    with pytest.raises(KeyError, match="no output 'z': known names: 'x', 'y'"):
        ROWS["z"]
    with pytest.raises(KeyError, match="no output 'yy': did you mean 'y'"):
        ROWS["yy"]
    for number in (3, -4):
        with pytest.raises(IndexError):
            ROWS[number]
    with pytest.raises(TypeError):
        ROWS[1.5]  # type: ignore[call-overload]


def test_rows_without_outputs_still_count() -> None:
    empty = MapResult({}, 3)
    assert (len(empty), list(empty), empty[1], len(empty[1:])) == (3, [{}, {}, {}], {}, 2)


def test_no_items_give_empty_columns_under_every_name() -> None:
    pipeline = Pipeline([node(("p", "q"))(lambda x: (x, x))])
    result = pipeline.map({"x": []}, map_over="x")
    assert (len(result), list(result), result["p"], result["q"]) == (0, [], [], [])
    assert "q" in result
    assert list(result.keys()) == ["p", "q"]


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match=r"columns of different lengths: \[1, 2\]"):
        MapResult({"x": [1], "y": [1, 2]})


# Equality


@pytest.mark.parametrize(
    "other",
    [
        MapResult({"x": [1, 2, 3], "y": ["a", "b", "c"]}),
        MapResult({"y": ["a", "b", "c"], "x": [1, 2, 3]}),
        [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}, {"x": 3, "y": "c"}],
        ({"x": 1, "y": "a"}, {"x": 2, "y": "b"}, {"x": 3, "y": "c"}),
        {"x": [1, 2, 3], "y": ["a", "b", "c"]},
        {"x": [1.0, 2.0, 3.0], "y": ["a", "b", "c"]},
    ],
)
def test_equal(other: Any) -> None:
    assert other == ROWS
    assert other == ROWS
    assert not other != ROWS  # noqa: SIM202 - the operator is what is tested


@pytest.mark.parametrize(
    "other",
    [
        MapResult({"x": [1, 2, 3]}),
        MapResult({"x": [1, 2, 4], "y": ["a", "b", "c"]}),
        ROWS[:2],
        [{"x": 1, "y": "a"}],
        [{"x": 1}, {"x": 2}, {"x": 3}],
        {"x": [1, 2, 3]},
        {"x": [1, 2, 3], "y": ["a", "b", "c"], "z": [1, 2, 3]},
        {"x": [1, 2], "y": ["a", "b"]},
        [1, 2, 3],
        "abc",
        None,
        3,
    ],
)
def test_not_equal(other: Any) -> None:
    assert other != ROWS
    assert other != ROWS
    assert not other == ROWS  # noqa: SIM201 - the operator is what is tested


def test_empty_ones() -> None:
    assert MapResult({"x": []}) == []
    assert MapResult({"x": []}) == {"x": []}
    assert MapResult({"x": []}) != MapResult({"y": []})
    assert MapResult({}, 2) != MapResult({}, 3)


ARRAY = np.arange(6.0).reshape(2, 3)


def test_equality_with_arrays() -> None:
    result = MapResult({"v": [ARRAY, ARRAY + 1]})
    assert result == MapResult({"v": [ARRAY.copy(), ARRAY + 1]})
    assert result == [{"v": ARRAY.copy()}, {"v": ARRAY + 1}]
    assert result == {"v": [ARRAY.copy(), ARRAY + 1]}
    assert result != MapResult({"v": [ARRAY, ARRAY]})
    assert result != MapResult({"v": [ARRAY, ARRAY[0]]})
    assert result != MapResult({"v": [ARRAY, None]})
    assert result != MapResult({"v": [ARRAY, 1.0]})
    assert MapResult({"v": [np.array([])]}) != MapResult({"v": [np.array([1.0])]})


def test_equality_with_arrays_inside_values() -> None:
    def deep(last: Any) -> MapResult:
        return MapResult({"v": [{"a": [(1, ARRAY)], "b": last}]})

    assert deep(ARRAY) == deep(ARRAY.copy())
    assert deep(ARRAY) != deep(ARRAY * 2)
    assert deep([1]) != deep((1,))


def test_equality_of_objects_is_their_own() -> None:
    assert MapResult({"v": [Point(at=1)]}) == MapResult({"v": [Point(at=1)]})
    assert MapResult({"v": [Point(at=1)]}) != MapResult({"v": [Point(at=2)]})
    nan = math.nan
    assert MapResult({"v": [nan]}) == MapResult({"v": [nan]})


def test_equality_of_data_frames() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2]})
    assert MapResult({"v": [frame]}) == MapResult({"v": [frame.copy()]})
    assert MapResult({"v": [frame]}) != MapResult({"v": [frame + 1]})
    assert MapResult({"v": [frame.a]}) == MapResult({"v": [frame.a.copy()]})
    assert MapResult({"v": [frame]}) != MapResult({"v": [frame.rename(columns={"a": "b"})]})


def test_neither_hashable_nor_a_sequence() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(ROWS)
    assert not isinstance(ROWS, collections.abc.Sequence)
    assert not isinstance(ROWS, collections.abc.Mapping)


# Frames and tables


def test_to_pandas_keeps_objects_whole() -> None:
    pandas = pytest.importorskip("pandas")
    values: dict[str, list[Any]] = {
        "number": [1, 2],
        "text": ["a", "b"],
        "list": [[1, 2], [3]],
        "dict": [{"a": 1}, {}],
        "tuple": [(1, 2), ()],
        "array": [ARRAY, ARRAY[0]],
        "model": [Point(at=1), None],
        "mixed": [1, "a"],
        "set": [{1}, frozenset()],
    }
    frame = MapResult(values).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(values)
    assert list(frame.index) == [0, 1]
    for name in ("list", "dict", "tuple", "array", "model", "mixed", "set"):
        assert all(a is b for a, b in zip(frame[name], values[name], strict=True)), name
    assert frame["number"].tolist() == [1, 2]
    assert frame["number"].dtype == np.int64


def test_to_pandas_of_nothing() -> None:
    pytest.importorskip("pandas")
    assert MapResult({"x": []}).to_pandas().shape == (0, 1)
    assert MapResult({}, 3).to_pandas().shape == (3, 0)


def test_to_arrow() -> None:
    arrow = pytest.importorskip("pyarrow")
    table = MapResult({"x": [1, None], "v": [[1.0], []]}).to_arrow()
    assert isinstance(table, arrow.Table)
    assert table.to_pydict() == {"x": [1, None], "v": [[1.0], []]}
    with pytest.raises(arrow.ArrowInvalid):
        MapResult({"x": [Point(at=1)]}).to_arrow()
