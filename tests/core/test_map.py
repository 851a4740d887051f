"""map: items, how they combine, and what is no series of items."""

from __future__ import annotations

import collections
import re
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pydantic
import pytest
from helpers import untyped_node as node

from hypernodes import GraphError, InputError, MapResult, Pipeline, SeqEngine


@node("y")
def double(x: Any) -> Any:
    return 2 * x


@node("pair")
def pair(a: Any, b: Any) -> tuple[Any, Any]:
    return a, b


DOUBLE = Pipeline([double], name="doubling")
PAIR = Pipeline([pair], name="pairing")


class Numbers(pydantic.RootModel[list[int]]):
    pass


class Record(pydantic.BaseModel):
    left: int = 1
    items: list[int] = [1, 2]


class Listing(list[int]):
    pass


class Old:
    """Iterable the old way."""

    def __getitem__(self, index: int) -> int:
        return (1, 2, 3)[index]


def test_one_row_per_item_in_order() -> None:
    result = DOUBLE.map({"x": [3, 1, 2]}, map_over="x")
    assert isinstance(result, MapResult)
    assert result["y"] == [6, 2, 4]
    assert list(result) == [{"y": 6}, {"y": 2}, {"y": 4}]


@pytest.mark.parametrize(
    "items",
    [
        [1, 2, 3],
        (1, 2, 3),
        range(1, 4),
        {1: "a", 2: "b", 3: "c"}.keys(),
        collections.deque([1, 2, 3]),
        np.array([1, 2, 3]),
        Numbers([1, 2, 3]),
        Listing([1, 2, 3]),
        Old(),
        frozenset({1, 2, 3}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_can_be_mapped_over(items: Any) -> None:
    assert DOUBLE.map({"x": items}, map_over="x")["y"] == [2, 4, 6]
    nested = Pipeline([DOUBLE.as_node(map_over="x")])
    assert nested.run({"x": items})["y"] == [2, 4, 6]


def test_iterators_are_read_once() -> None:
    def numbers() -> Iterator[int]:
        yield from (1, 2, 3)

    assert DOUBLE.map({"x": numbers()}, map_over="x")["y"] == [2, 4, 6]
    assert DOUBLE.map({"x": map(int, "123")}, map_over="x")["y"] == [2, 4, 6]
    product = PAIR.map({"a": numbers(), "b": numbers()}, ["a", "b"], map_mode="product")
    assert len(product) == 9


def test_pydantic_lists_hold_models() -> None:
    class Records(pydantic.RootModel[list[Record]]):
        pass

    records = Records([Record(left=1), Record(left=2)])
    pipeline = Pipeline([node("left")(lambda r: r.left)])
    assert pipeline.map({"r": records}, map_over="r")["left"] == [1, 2]
    assert pipeline.map({"r": records.root}, map_over="r")["left"] == [1, 2]


def test_rows_of_an_array() -> None:
    matrix = np.arange(6).reshape(3, 2)
    assert Pipeline([node("s")(lambda r: int(r.sum()))]).map({"r": matrix}, "r")["s"] == [1, 5, 9]


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        b"abc",
        bytearray(b"abc"),
        {"a": 1},
        collections.UserDict(a=1),
        collections.Counter("aab"),
        5,
        1.5,
        None,
        object(),
        Record(),
        np.array(3),
        len,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_mapped_over(value: Any) -> None:
    kind = type(value).__name__
    nested = Pipeline([DOUBLE.as_node(input_mapping={"xs": "x"}, map_over="xs")])
    for run, where, name in (
        (lambda: DOUBLE.map({"x": value}, map_over="x"), "doubling", "x"),
        (lambda: nested.run({"xs": value}), "doubling", "xs"),
    ):
        with pytest.raises(InputError) as caught:
            run()
        message = str(caught.value)
        assert f"{where!r} maps over {name!r}, which needs a list, tuple, range, array" in message
        assert f"got {kind}: " in message
        assert f"Hint: pass a list: {{{name!r}: [...]}}" in message
        assert (caught.value.parameter, caught.value.given) == (name, kind)


def test_a_type_error_of_an_iterable_is_its_own() -> None:
    class Broken:
        def __iter__(self) -> Iterator[int]:
            yield 1
            raise TypeError("my own")

    for items in (Broken(), iter(Broken())):
        with pytest.raises(TypeError, match="my own"):
            DOUBLE.map({"x": items}, map_over="x")


@pytest.mark.parametrize("items", [[], (), range(0), iter([]), np.array([])])
def test_no_items(items: Any) -> None:
    pipeline = Pipeline([double, node(("p", "q"))(lambda y: (y, y))])
    result = pipeline.map({"x": items}, map_over="x")
    assert len(result) == 0
    assert result.to_dict() == {"y": [], "p": [], "q": []}
    assert list(result) == []


def test_no_items_in_a_product() -> None:
    result = PAIR.map({"a": [1, 2], "b": []}, ["a", "b"], map_mode="product")
    assert result.to_dict() == {"pair": []}


# Several names


@pytest.mark.parametrize("names", [["a", "b"], ("a", "b"), ["b", "a"], {"a": 0, "b": 0}])
def test_zip_pairs_the_items(names: Any) -> None:
    result = PAIR.map({"a": [1, 2], "b": ["x", "y"]}, map_over=names)
    assert result["pair"] == [(1, "x"), (2, "y")]


def test_product_is_row_major_in_the_order_of_map_over() -> None:
    inputs = {"a": [1, 2], "b": iter("xyz")}
    result = PAIR.map(inputs, map_over=["a", "b"], map_mode="product")
    assert result["pair"] == [(1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z")]
    other = PAIR.map({"a": [1, 2], "b": ["x", "y"]}, ["b", "a"], map_mode="product")
    assert other["pair"] == [(1, "x"), (2, "x"), (1, "y"), (2, "y")]


def test_product_over_one_name() -> None:
    assert DOUBLE.map({"x": [1, 2]}, map_over="x", map_mode="product")["y"] == [2, 4]


def test_a_name_twice_counts_once() -> None:
    assert DOUBLE.map({"x": [1, 2]}, map_over=["x", "x"])["y"] == [2, 4]
    result = PAIR.map({"a": [1, 2], "b": 0}, ["a", "a"], map_mode="product")
    assert result["pair"] == [(1, 0), (2, 0)]


def test_other_inputs_stay_the_same_for_every_item() -> None:
    fixed = object()
    result = PAIR.map({"a": [1, 2], "b": fixed}, map_over="a")
    assert all(b is fixed for _, b in result["pair"])


def test_three_names() -> None:
    triple = Pipeline([node("t")(lambda a, b, c: (a, b, c))])
    inputs = {"a": [1, 2], "b": [3, 4], "c": [5, 6]}
    assert triple.map(inputs, ["a", "b", "c"])["t"] == [(1, 3, 5), (2, 4, 6)]
    product = triple.map(inputs, ["c", "a", "b"], map_mode="product")["t"]
    assert product == [(a, b, c) for c in (5, 6) for a in (1, 2) for b in (3, 4)]


def test_items_may_be_tuples() -> None:
    assert DOUBLE.map({"x": [(1, 2), (3,)]}, map_over="x")["y"] == [(1, 2, 1, 2), (3, 3)]


# What is computed


def test_selected_outputs_only() -> None:
    ran: list[int] = []
    pipeline = Pipeline([double, node("z")(lambda y, extra: ran.append(y))])
    assert pipeline.map({"x": [1, 2]}, "x", output_name="y").to_dict() == {"y": [2, 4]}
    assert pipeline.map({"x": [1, 2]}, "x", output_name=["y"]).to_dict() == {"y": [2, 4]}
    assert ran == []
    assert len(pipeline.map({"x": [1, 2]}, "x", output_name=[])) == 2


def test_mapping_over_a_name_that_is_not_needed() -> None:
    pipeline = Pipeline([double, node("z")(lambda w: w)])
    assert pipeline.map({"x": 1, "w": [1, 2, 3]}, "w", output_name="y")["y"] == [2, 2, 2]


def test_mapping_over_an_output_replaces_its_node() -> None:
    pipeline = Pipeline([double, node("z")(lambda y: y + 1)])
    result = pipeline.map({"y": [10, 20]}, map_over="y")
    assert result.to_dict() == {"y": [10, 20], "z": [11, 21]}


def test_nodes_run_item_by_item() -> None:
    seen: list[tuple[str, int]] = []

    def note(which: str, value: int) -> int:
        seen.append((which, value))
        return value

    first = node("a")(lambda x: note("first", x))
    second = node("b")(lambda a: note("second", a))
    Pipeline([first, second]).map({"x": [1, 2]}, map_over="x")
    assert seen == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


def test_defaults_and_several_outputs() -> None:
    pipeline = Pipeline([node(("low", "high"))(lambda x, by=1: (x - by, x + by))])
    assert pipeline.map({"x": [1, 2]}, "x").to_dict() == {"low": [0, 1], "high": [2, 3]}
    result = pipeline.map({"x": 0, "by": [1, 2]}, "by", output_name="high")
    assert result.to_dict() == {"high": [1, 2]}


def test_maps_in_threads_at_once() -> None:
    barrier = threading.Barrier(4)
    results: dict[int, list[int]] = {}

    def work(k: int) -> None:
        barrier.wait(10)
        for _ in range(20):
            results[k] = DOUBLE.map({"x": range(k, k + 50)}, map_over="x")["y"]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == {k: [2 * x for x in range(k, k + 50)] for k in range(4)}


# What is refused


def refused(make: Any, *parts: str) -> InputError:
    with pytest.raises(InputError) as caught:
        make()
    for part in parts:
        assert part in str(caught.value)
    assert "\nHint: " in str(caught.value)
    return caught.value


def test_unknown_map_over() -> None:
    error = refused(
        lambda: PAIR.map({"a": [1], "b": [2]}, map_over="aa"),
        "pipeline 'pairing' has no input 'aa' to map over",
        "did you mean 'a'?",
    )
    assert error.parameter == "map_over"


@pytest.mark.parametrize("names", [None, [], ()])
def test_map_over_nothing(names: Any) -> None:
    refused(
        lambda: PAIR.map({"a": [1], "b": [2]}, map_over=names),
        "pipeline 'pairing': map needs the name of an input to map over",
        "map_over='a'",
    )


@pytest.mark.parametrize("names", [3, ["a", 3], [["a"]], len])
def test_map_over_that_is_no_name(names: Any) -> None:
    error = refused(
        lambda: PAIR.map({"a": [1], "b": [2]}, map_over=names),
        "map_over must be a name or a list of names, got ",
    )
    assert error.parameter == "map_over"
    with pytest.raises(GraphError, match="map_over must be a name or a list of names, got "):
        PAIR.as_node(map_over=names)


def test_map_over_a_name_without_a_value() -> None:
    error = refused(
        lambda: PAIR.map({"c": 3}, map_over="a"),
        "missing: 'a', read by node 'pair'",
        "missing: 'b', read by node 'pair'",
        "unexpected: 'c'",
    )
    assert (error.missing, error.unexpected) == (("a", "b"), ("c",))


def test_map_over_a_default() -> None:
    pipeline = Pipeline([node("y")(lambda x=(1, 2): x)], name="defaults")
    error = refused(
        lambda: pipeline.map({}, map_over="x"),
        "pipeline 'defaults' maps over 'x', which has no value",
        "pass inputs={'x': [...]}",
    )
    assert error.missing == ("x",)


def test_unequal_lengths_tell_them() -> None:
    error = refused(
        lambda: PAIR.map({"a": [1, 2, 3], "b": [1]}, map_over=["a", "b"]),
        "zip over 'pairing' needs equal lengths: 'a' has 3, 'b' has 1",
        "or use map_mode='product'",
    )
    assert error.lengths == {"a": 3, "b": 1}


def test_unequal_lengths_in_a_nested_map_tell_the_outer_names() -> None:
    each = PAIR.as_node(input_mapping={"lefts": "a", "rights": "b"}, map_over=["lefts", "rights"])
    refused(
        lambda: Pipeline([each]).run({"lefts": [1, 2], "rights": [1]}),
        "zip over 'pairing' needs equal lengths: 'lefts' has 2, 'rights' has 1",
    )


def test_an_unknown_mode() -> None:
    error = refused(
        lambda: DOUBLE.map({"x": [1]}, map_over="x", map_mode="zap"),  # type: ignore[arg-type]
        "map_mode of 'doubling' must be 'zip' or 'product', got 'zap'",
    )
    assert error.parameter == "map_mode"


def test_nothing_runs_before_the_items_are_checked() -> None:
    ran: list[int] = []
    pipeline = Pipeline([node("y")(lambda x, z: ran.append(x))])
    for inputs in ({"x": [1], "z": 5}, {"x": [1], "z": [1, 2]}, {"x": [1]}):
        with pytest.raises(InputError):
            pipeline.map(inputs, map_over=["x", "z"])
    assert ran == []


def test_a_huge_value_is_told_short() -> None:
    with pytest.raises(InputError) as caught:
        DOUBLE.map({"x": "abc" * 10**6}, map_over="x", engine=SeqEngine())
    assert len(str(caught.value)) < 400
    assert re.search(r"got str: 'abcabc.*\.\.\.", str(caught.value))
