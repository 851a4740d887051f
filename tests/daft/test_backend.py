"""Shapes of pipelines: DaftEngine gives what SeqEngine gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, RootModel

from hypernodes import DaftEngine, InputError, Pipeline, SeqEngine, node


@node(output_name="doubled")
def double(x: int) -> int:
    return x * 2


@node(output_name="increased")
def increase(doubled: int) -> int:
    return doubled + 1


@node(output_name="left")
def left(x: int) -> int:
    return x * 2


@node(output_name="right")
def right(x: int) -> int:
    return x + 10


@node(output_name="total")
def total(left: int, right: int) -> int:
    return left + right


@node(output_name="scaled")
def scale(x: int, factor: int) -> int:
    return x * factor


@node(output_name="clean")
def strip(text: str) -> str:
    return text.strip().lower()


@node(output_name="size")
def measure(clean: str) -> int:
    return len(clean)


def run(pipeline: Pipeline, inputs: dict[str, Any], **options: Any) -> Any:
    """The result on DaftEngine, after a look that SeqEngine's is the same."""
    result = pipeline.run(inputs, engine=DaftEngine(), **options)
    assert result == pipeline.run(inputs, engine=SeqEngine(), **options)
    return result


def mapped(pipeline: Pipeline, inputs: dict[str, Any], over: Any, **options: Any) -> Any:
    result = pipeline.map(inputs, over, engine=DaftEngine(), **options)
    assert result == pipeline.map(inputs, over, engine=SeqEngine(), **options)
    return result


def test_single_node():
    assert run(Pipeline([double]), {"x": 5}) == {"doubled": 10}


def test_two_in_sequence():
    assert run(Pipeline([double, increase]), {"x": 5}) == {"doubled": 10, "increased": 11}


def test_diamond():
    assert run(Pipeline([left, right, total]), {"x": 5})["total"] == 25


def test_map_over_one_parameter():
    assert mapped(Pipeline([double]), {"x": [1, 2, 3]}, "x")["doubled"] == [2, 4, 6]


def test_map_through_two_nodes():
    assert mapped(Pipeline([double, increase]), {"x": [1, 2, 3]}, "x")["increased"] == [3, 5, 7]


def test_map_with_a_fixed_parameter():
    rows = mapped(Pipeline([scale]), {"x": [1, 2, 3], "factor": 10}, "x")
    assert rows["scaled"] == [10, 20, 30]


def test_map_zip_and_product_of_two_parameters():
    inputs = {"x": [1, 2, 3], "factor": [10, 20, 30]}
    assert mapped(Pipeline([scale]), inputs, ["x", "factor"])["scaled"] == [10, 40, 90]
    rows = mapped(Pipeline([scale]), inputs, ["x", "factor"], map_mode="product")
    assert rows["scaled"] == [10, 20, 30, 20, 40, 60, 30, 60, 90]


def test_empty_map():
    rows = mapped(Pipeline([double, increase]), {"x": []}, "x")
    assert len(rows) == 0
    assert rows.to_dict() == {"doubled": [], "increased": []}
    assert len(mapped(Pipeline([double]), {"x": iter(())}, "x")) == 0


def test_several_inputs():
    assert run(Pipeline([scale]), {"x": 3, "factor": 7}) == {"scaled": 21}


def test_nested_pipeline():
    inner = Pipeline([double], name="inner")
    assert run(Pipeline([inner, increase]), {"x": 5}) == {"doubled": 10, "increased": 11}


def test_selected_output_computes_only_what_it_needs():
    seen = []

    @node(output_name="never")
    def never(x: int) -> int:
        seen.append(x)
        return x

    assert run(Pipeline([double, increase, never]), {"x": 5}, output_name="increased") == {
        "increased": 11
    }
    assert seen == []


def test_a_value_given_for_an_output_is_an_output_too():
    assert run(Pipeline([double, increase]), {"doubled": 5}) == {"doubled": 5, "increased": 6}


def test_strings():
    assert run(Pipeline([strip, measure]), {"text": "  Hello "}) == {"clean": "hello", "size": 5}
    rows = mapped(Pipeline([strip, measure]), {"text": [" A", "bb ", ""]}, "text")
    assert rows["size"] == [1, 2, 0]


class Numbers(RootModel[list[int]]):
    pass


@pytest.mark.parametrize(
    "series",
    [
        lambda: [1, 2, 3],
        lambda: (1, 2, 3),
        lambda: range(1, 4),
        lambda: (i for i in (1, 2, 3)),
        lambda: np.array([1, 2, 3]),
        lambda: Numbers([1, 2, 3]),
    ],
    ids=["list", "tuple", "range", "generator", "numpy", "pydantic"],
)
def test_any_series_can_be_mapped_over(series: Callable[[], Any]):
    outer = Pipeline([Pipeline([double]).as_node(map_over="xs", input_mapping={"xs": "x"})])
    rows = Pipeline([double]).map({"x": series()}, "x", engine=DaftEngine())
    assert rows["doubled"] == [2, 4, 6]
    assert outer.run({"xs": series()}, engine=DaftEngine())["doubled"] == [2, 4, 6]


@pytest.mark.parametrize("series", ["abc", {"a": 1}, 3])
def test_no_series_is_an_input_error_that_names_the_parameter(series: Any):
    with pytest.raises(InputError, match="'x'"):
        Pipeline([double]).map({"x": series}, "x", engine=DaftEngine())


def test_a_model_is_no_series_of_its_fields():
    class Pair(BaseModel):
        x: int

    with pytest.raises(InputError, match="'x'"):
        Pipeline([double]).map({"x": Pair(x=1)}, "x", engine=DaftEngine())


def test_many_rows_stay_in_order_over_several_batches():
    count = 300_000  # Daft's batches hold 131,072 rows
    seen: list[int] = []

    @node(output_name="same")
    def keep(x: int) -> int:
        seen.append(x)
        return x

    rows = Pipeline([keep]).map({"x": range(count)}, "x", engine=DaftEngine())
    assert rows["same"] == list(range(count))
    assert seen == list(range(count))


def test_ten_thousand_rows_in_processes():
    pipeline = Pipeline([double, increase])
    rows = pipeline.map({"x": range(10_000)}, "x", engine=DaftEngine(processes=True))
    assert rows == pipeline.map({"x": range(10_000)}, "x")


def test_maps_in_maps():
    word = Pipeline([strip, measure], name="word")
    words = word.as_node(map_over="texts", input_mapping={"texts": "text"})

    @node(output_name="most")
    def most(size: list[int]) -> int:
        return max(size, default=0)

    line = Pipeline([words, most], name="line")
    lines = line.as_node(map_over="pages", input_mapping={"pages": "texts"})
    inputs = {"pages": [[" a", "bb"], [], ["ccc"]]}
    assert run(Pipeline([lines]), inputs)["most"] == [2, 0, 3]
    assert mapped(line, {"texts": inputs["pages"]}, "texts")["most"] == [2, 0, 3]


def test_an_async_plan():
    @node(output_name="later")
    async def later(doubled: int) -> int:
        return doubled + 1

    pipeline = Pipeline([double, later])
    assert run(pipeline, {"x": 5}) == {"doubled": 10, "later": 11}
    assert mapped(pipeline, {"x": range(5)}, "x")["later"] == [1, 3, 5, 7, 9]


def test_an_empty_pipeline():
    assert run(Pipeline([]), {}) == {}
