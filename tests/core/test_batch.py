"""Batch implementations on SeqEngine: one call per map, columns as annotated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hypernodes import DualNode, GraphError, Pipeline, node


def sizes(calls: list[Any]) -> Any:
    @node(output_name="size")
    def size(text: str, extra: int) -> int:
        calls.append("single")
        return len(text) + extra

    @size.batch  # type: ignore[no-redef]  # like a property's setter
    def size(text: list[str], extra: int) -> list[int]:
        calls.append((type(text), len(text), extra))
        return [len(each) + extra for each in text]

    return size


@node(output_name="text")
def clean(raw: str) -> str:
    return raw.strip()


@node(output_name="doubled")
def double(size: int) -> int:
    return 2 * size


def test_map_calls_the_batch_function_once_between_plain_nodes() -> None:
    calls: list[Any] = []
    pipeline = Pipeline([clean, sizes(calls), double])
    rows = pipeline.map({"raw": [" a ", "bcd", ""], "extra": 1}, map_over="raw")
    assert rows.to_dict() == {"text": ["a", "bcd", ""], "size": [2, 4, 1], "doubled": [4, 8, 2]}
    assert calls == [(list, 3, 1)]


def test_run_calls_the_single_function_and_a_lone_item_is_a_batch_of_one() -> None:
    calls: list[Any] = []
    pipeline = Pipeline([clean, sizes(calls)])
    assert pipeline.run({"raw": " ab", "extra": 0})["size"] == 2
    assert pipeline.map({"raw": [" ab"], "extra": 0}, map_over="raw")["size"] == [2]
    assert calls == ["single", (list, 1, 0)]


def test_in_nested_pipelines_and_nested_maps() -> None:
    calls: list[Any] = []
    inner = Pipeline([clean, sizes(calls), double])
    nested = Pipeline([inner, node(output_name="last")(lambda_of_doubled)])
    assert nested.map({"raw": ["a", "bb"], "extra": 0}, map_over="raw")["last"] == [3, 5]
    assert calls == [(list, 2, 0)]
    calls.clear()
    each = inner.as_node(
        input_mapping={"raws": "raw"}, output_mapping={"doubled": "all"}, map_over="raws"
    )
    assert Pipeline([each]).run({"raws": ["a", "bb"], "extra": 0}) == {"all": [2, 4]}
    assert calls == [(list, 2, 0)]
    calls.clear()
    rows = Pipeline([each]).map({"raws": [["a", "bb"], [], ["c"]], "extra": 0}, map_over="raws")
    assert rows["all"] == [[2, 4], [], [2]]
    assert calls == [(list, 2, 0), (list, 1, 0)], "an empty batch is not called for"


def lambda_of_doubled(doubled: int) -> int:
    return doubled + 1


def test_columns_are_what_the_annotation_says() -> None:
    seen: list[type] = []

    @node(output_name="y")
    def scale(x: float, z: int) -> float:
        return x * z

    @scale.batch  # type: ignore[no-redef]  # like a property's setter
    def scale(x: np.ndarray, z: pa.Array) -> np.ndarray:
        seen.extend((type(x), type(z)))
        return np.asarray(x) * np.asarray(z)

    rows = Pipeline([scale]).map({"x": [1.0, 2.0], "z": [3, 4]}, map_over=["x", "z"])
    assert rows["y"] == [3.0, 8.0]
    assert all(type(each) is float for each in rows["y"])
    assert seen[0] is np.ndarray
    assert issubclass(seen[1], pa.Array)


def test_several_outputs_and_arrow_results() -> None:
    pair = DualNode(
        output_name=("low", "high"),
        singular=lambda x: (x - 1, x + 1),
        batch=lambda x: ([each - 1 for each in x], pa.array([each + 1 for each in x])),
    )
    rows = Pipeline([pair]).map({"x": [1, 5]}, map_over="x")
    assert rows.to_dict() == {"low": [0, 4], "high": [2, 6]}


def test_what_a_batch_function_does_to_its_columns_stays_there() -> None:
    @node(output_name="y")
    def last(text: str) -> str:
        return text

    @last.batch  # type: ignore[no-redef]  # like a property's setter
    def last(text: list[str]) -> list[str]:
        text.sort()
        return list(text)

    rows = Pipeline([clean, last]).map({"raw": ["b", "a"]}, map_over="raw")
    assert rows["text"] == ["b", "a"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([1], "got 2 items but returned 1 values for 'y'"),
        ("ab", "must return a list for 'y', got str"),
        (7, "must return a list for 'y', got int"),
    ],
)
def test_wrong_answers_name_node_and_lengths(answer: Any, told: str) -> None:
    bad = DualNode(output_name="y", singular=lambda x: x, batch=lambda x: answer, name="bad")
    with pytest.raises(GraphError, match="'bad'") as caught:
        Pipeline([bad]).map({"x": [1, 2]}, map_over="x")
    assert told in str(caught.value)


def test_other_parameters_are_refused_when_the_node_is_made() -> None:
    @node(output_name="y")
    def one(x: int) -> int:
        return x

    with pytest.raises(GraphError, match="must have the parameters 'x', got 'other'"):
        one.batch(lambda other: other)


def test_collect_finds_the_item_that_fails_in_a_batch() -> None:
    def single(x: int) -> float:
        return 1 / x

    inverse = DualNode(
        output_name="y", singular=single, batch=lambda x: [1 / each for each in x], name="inverse"
    )
    rows = Pipeline([inverse]).map({"x": [1, 0, 2]}, map_over="x", on_error="collect")
    assert rows["y"] == [1.0, None, 0.5]
    assert list(rows.errors) == [1]
    assert isinstance(rows.errors[1], ZeroDivisionError)
