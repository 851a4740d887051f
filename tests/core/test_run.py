"""run: what is computed, from which inputs, and what comes back."""

from __future__ import annotations

import re
import threading
from collections import UserDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from helpers import untyped_node as node

from hypernodes import GraphError, InputError, Pipeline


class Counting:
    """Nodes that add up what they read and note that they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def make(self, output: str | tuple[str, ...], *reads: str) -> Any:
        outputs = (output,) if isinstance(output, str) else output

        def work(**values: int) -> Any:
            self.ran.append(outputs[0])
            total = sum(values.values()) + 1
            if isinstance(output, str):
                return total
            return tuple(total + i for i in range(len(output)))

        if not reads:
            return node(output, name=outputs[0])(lambda: work(start=0))
        return node(output, name=outputs[0], rename={name: name for name in reads})(work)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def diamond(counting: Counting) -> Pipeline:
    nodes = [("top", "x"), ("left", "top"), ("right", "top"), ("end", "left", "right", "y")]
    return Pipeline([counting.make(*each) for each in nodes], name="diamond")


def test_all_outputs_in_order_of_execution(diamond: Pipeline, counting: Counting) -> None:
    result = diamond.run({"x": 1, "y": 100})
    assert type(result) is dict
    assert list(result.items()) == [("top", 2), ("left", 3), ("right", 3), ("end", 107)]
    assert counting.ran == ["top", "left", "right", "end"]


@pytest.mark.parametrize(
    ("output_name", "expected", "ran"),
    [
        ("left", {"left": 3}, ["top", "left"]),
        (["left"], {"left": 3}, ["top", "left"]),
        (("right", "top"), {"right": 3, "top": 2}, ["top", "right"]),
        (["right", "right"], {"right": 3}, ["top", "right"]),
        ([], {}, []),
    ],
)
def test_selected_outputs(
    diamond: Pipeline, counting: Counting, output_name: Any, expected: Any, ran: list[str]
) -> None:
    # `y` is not needed, `end` is not computed.
    for inputs in ({"x": 1}, {"x": 1, "y": 100}):
        counting.ran.clear()
        result = diamond.run(inputs, output_name=output_name)
        assert list(result.items()) == list(expected.items())
        assert counting.ran == ran


def test_output_name_by_position(diamond: Pipeline) -> None:
    assert diamond.run({"x": 1}, "left") == {"left": 3}
    assert diamond.run(inputs={"x": 1}, output_name="left") == {"left": 3}


def test_no_inputs(counting: Counting) -> None:
    pipeline = Pipeline([counting.make("one")])
    assert pipeline.run() == pipeline.run({}) == pipeline.run(None) == {"one": 1}
    assert counting.ran == ["one"] * 3


def test_any_mapping_gives_inputs(diamond: Pipeline) -> None:
    assert diamond.run(UserDict(x=1, y=0))["end"] == 7
    assert diamond.run({"y": 0, "x": 1})["end"] == 7


def test_inputs_are_left_alone(diamond: Pipeline) -> None:
    inputs = {"y": 0, "x": 1}
    diamond.bind(y=5).run(inputs)
    diamond.run(inputs)
    assert list(inputs.items()) == [("y", 0), ("x", 1)]


def test_objects_go_through_as_they_are() -> None:
    value = object()
    pipeline = Pipeline([node("b")(lambda a: a), node("c")(lambda b: b)])
    assert pipeline.run({"a": value})["c"] is value


@pytest.mark.parametrize("value", [None, [], {}, "", 0, float("nan"), NotImplemented, ...])
def test_odd_values_are_values(value: Any) -> None:
    pipeline = Pipeline([node("b")(lambda a: a), node("c")(lambda b, k=1: b)])
    result = pipeline.run({"a": value, "k": value})
    assert result["b"] is value
    assert result["c"] is value


# Several outputs of one node


class Pair(NamedTuple):
    low: int
    high: int


@pytest.mark.parametrize("value", [(1, 2), [1, 2], Pair(1, 2)])
def test_several_outputs(value: Any) -> None:
    pipeline = Pipeline([node(("a", "b"), name="two")(lambda: value), node("c")(lambda b: b * 10)])
    assert pipeline.run() == {"a": 1, "b": 2, "c": 20}
    assert pipeline.run(output_name="b") == {"b": 2}
    assert pipeline.run(output_name=["c", "a"]) == {"c": 20, "a": 1}


@pytest.mark.parametrize(
    ("value", "came", "given"),
    [
        ((1,), "1 values", 1),
        ((1, 2, 3), "3 values", 3),
        ([], "0 values", 0),
        (7, "int", None),
        (None, "NoneType", None),
        ("ab", "str", None),
        ({"a": 1, "b": 2}, "dict", None),
    ],
)
@pytest.mark.parametrize("mapped", [False, True])
def test_a_wrong_number_of_outputs(value: Any, came: str, given: Any, mapped: bool) -> None:
    pipeline = Pipeline([node(("a", "b"), name="two")(lambda x: value)])
    with pytest.raises(GraphError) as caught:
        pipeline.map({"x": [1]}, "x") if mapped else pipeline.run({"x": 1})
    assert f"node 'two' declares 2 outputs 'a', 'b' but returned {came}\n" in str(caught.value)
    assert "Hint: return a tuple of 2 values, or change output_name" in str(caught.value)
    assert (caught.value.node, caught.value.expected, caught.value.given) == ("two", 2, given)


# Values given for outputs


def test_a_value_for_an_output_replaces_its_node(diamond: Pipeline, counting: Counting) -> None:
    assert diamond.run({"top": 10, "y": 0}) == {"top": 10, "left": 11, "right": 11, "end": 23}
    assert counting.ran == ["left", "right", "end"]


def test_what_only_a_replaced_node_needs_may_still_be_given(
    diamond: Pipeline, counting: Counting
) -> None:
    assert diamond.run({"x": 1, "top": 10}, "left") == {"left": 11}
    assert counting.ran == ["left"]


def test_a_replaced_node_takes_what_it_needs_with_it(diamond: Pipeline, counting: Counting) -> None:
    result = diamond.run({"left": 1, "right": 2, "y": 0}, output_name="end")
    assert result == {"end": 4}
    assert counting.ran == ["end"]


def test_a_given_output_can_be_asked_for(diamond: Pipeline, counting: Counting) -> None:
    assert diamond.run({"end": 5}, output_name="end") == {"end": 5}
    assert counting.ran == []


def test_all_of_several_outputs_replace_the_node(counting: Counting) -> None:
    pipeline = Pipeline([counting.make(("a", "b"), "x"), counting.make("c", "a", "b")])
    assert pipeline.run({"a": 1, "b": 2}) == {"a": 1, "b": 2, "c": 4}
    assert counting.ran == ["c"]


@pytest.mark.parametrize("output_name", [None, "c", "a"])
def test_some_of_several_outputs_are_refused(counting: Counting, output_name: Any) -> None:
    pipeline = Pipeline([counting.make(("a", "b"), "x"), counting.make("c", "a")])
    with pytest.raises(InputError) as caught:
        pipeline.run({"a": 1, "x": 1}, output_name=output_name)
    assert "node 'a' makes 'a', 'b' together, but only 'a' was given" in str(caught.value)
    assert "Hint: give all of its outputs to replace the node, or none" in str(caught.value)
    assert (caught.value.node, caught.value.missing) == ("a", ("b",))
    assert counting.ran == []


# Inputs that do not fit


def test_missing_and_unexpected_together(diamond: Pipeline, counting: Counting) -> None:
    with pytest.raises(InputError) as caught:
        diamond.run({"yy": 1, "zebra": 2})
    assert str(caught.value) == (
        "the inputs of 'diamond' do not fit:\n"
        "  missing: 'x', read by node 'top'\n"
        "  missing: 'y', read by node 'end'\n"
        "  unexpected: 'yy' (did you mean 'y'?)\n"
        "  unexpected: 'zebra' (known names: 'end', 'left', 'right', 'top', 'x', 'y')\n"
        "Hint: pass inputs={'x': ..., 'y': ...}, or fix them once with .bind(x=...)"
    )
    assert (caught.value.missing, caught.value.unexpected) == (("x", "y"), ("yy", "zebra"))
    assert isinstance(caught.value, ValueError)
    assert caught.value.__context__ is None
    assert counting.ran == []


def test_only_unexpected(diamond: Pipeline) -> None:
    with pytest.raises(InputError, match="Hint: leave out 'zebra'") as caught:
        diamond.run({"x": 1, "y": 1, "zebra": 2})
    assert (caught.value.missing, caught.value.unexpected) == ((), ("zebra",))


def test_names_that_are_no_strings(diamond: Pipeline) -> None:
    with pytest.raises(InputError) as caught:
        diamond.run({1: 1, "x": 1, "y": 1, None: 2, ("a",): 3})  # type: ignore[dict-item]
    for name in ("1", "None", "('a',)"):
        assert f"unexpected: {name} (" in str(caught.value)


@pytest.mark.parametrize("inputs", [[("x", 1)], 3, "x", {"x"}])
def test_inputs_that_are_no_mapping(diamond: Pipeline, inputs: Any) -> None:
    kind = type(inputs).__name__
    message = f"inputs of pipeline 'diamond' must be a dict of names to values, got {kind}"
    for run in (lambda: diamond.run(inputs), lambda: diamond.map(inputs, "x")):
        with pytest.raises(InputError, match=message) as caught:
            run()
        assert "Hint: pass {'name': value}" in str(caught.value)
        assert caught.value.parameter == "inputs"


def test_a_failed_request_does_not_spoil_the_next(diamond: Pipeline) -> None:
    for _ in range(2):
        with pytest.raises(InputError):
            diamond.run({"x": 1})
        assert diamond.run({"x": 1, "y": 1})["end"] == 8


# Defaults


def test_a_default_gives_way_to_a_producer() -> None:
    pipeline = Pipeline([node("k")(lambda: 5), node("y")(lambda x, k=1: x * k)])
    assert pipeline.run({"x": 2}) == {"k": 5, "y": 10}


def test_each_reader_has_its_own_default() -> None:
    pipeline = Pipeline([node("a")(lambda k=1: k), node("b")(lambda k=2: k)])
    assert pipeline.run() == {"a": 1, "b": 2}
    assert pipeline.run({"k": 3}) == {"a": 3, "b": 3}


def test_a_default_of_one_reader_does_not_serve_another() -> None:
    pipeline = Pipeline([node("a")(lambda k=1: k), node("b")(lambda k: k)])
    assert pipeline.unfulfilled_args == ("k",)
    assert pipeline.run(output_name="a") == {"a": 1}
    with pytest.raises(InputError, match=r"missing: 'k', read by node 'b'"):
        pipeline.run()


# Names


NAMES = ["with space", "quote's", 'double "quotes"', "new\nline", "class", "größe", "{x}", "%s"]


@pytest.mark.parametrize("name", [*NAMES, "\\", "\ud800", "v0", "f0", "run", "values"])
def test_any_string_is_a_name(name: str) -> None:
    first = node(name, rename={"x": name + "?"})(lambda x: x)
    second = node("z", rename={"x": name})(lambda x: x)
    pipeline = Pipeline([first, second], name=name)
    assert pipeline.run({name + "?": 1}) == {name: 1, "z": 1}
    assert pipeline.map({name + "?": [1]}, name + "?")["z"] == [1]
    with pytest.raises(InputError, match=re.escape(repr(name + "?"))):
        pipeline.run()


# Many at once


def test_threads_share_a_pipeline() -> None:
    barrier = threading.Barrier(8)

    @node("y")
    def wait(x: int) -> int:
        barrier.wait(10)
        return x + 1

    pipeline = Pipeline([wait, node("z")(lambda y: y * 2)])
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda i: pipeline.run({"x": i}), range(8)))
    assert results == [{"y": i + 1, "z": 2 * i + 2} for i in range(8)]


def test_a_node_may_run_the_pipeline_it_is_in() -> None:
    @node("y")
    def countdown(x: int) -> list[int]:
        return [x, *pipeline.run({"x": x - 1})["y"]] if x else [0]

    pipeline = Pipeline([countdown])
    assert pipeline.run({"x": 3}) == {"y": [3, 2, 1, 0]}
