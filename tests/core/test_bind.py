"""bind and unbind: fixed inputs, and what overrides them."""

from __future__ import annotations

import re

import pytest
from helpers import untyped_node as node

from hypernodes import InputError, Pipeline


@node("scaled")
def scale(x: int, factor: int) -> int:
    return x * factor


@node("shifted")
def shift(scaled: int, offset: int = 0) -> int:
    return scaled + offset


PIPELINE = Pipeline([scale, shift], name="linear")


def test_bound_values_are_used_and_need_not_be_given() -> None:
    bound = PIPELINE.bind(factor=3, offset=1)
    assert bound.run({"x": 2}) == {"scaled": 6, "shifted": 7}
    assert bound.map({"x": [1, 2]}, map_over="x")["shifted"] == [4, 7]
    assert bound.bound_inputs == {"factor": 3, "offset": 1}
    assert bound.inputs == ("x", "factor", "offset")
    assert bound.unfulfilled_args == ("x",)


def test_inputs_of_a_run_override_bound_ones() -> None:
    bound = PIPELINE.bind(factor=3)
    assert bound.run({"x": 2, "factor": 10})["scaled"] == 20
    assert bound.run({"x": 2})["scaled"] == 6
    assert bound.map({"x": [1, 2], "factor": 10}, map_over="x")["scaled"] == [10, 20]


def test_everything_bound() -> None:
    assert PIPELINE.bind(x=1, factor=2).run() == {"scaled": 2, "shifted": 2}


def test_binding_again_replaces_and_keeps_the_others() -> None:
    first = PIPELINE.bind(factor=3, x=1)
    second = first.bind(factor=5)
    assert first.run()["scaled"] == 3
    assert second.run()["scaled"] == 5
    assert PIPELINE.bound_inputs == {}


def test_bound_value_is_the_object_itself() -> None:
    value: list[int] = []
    pipeline = Pipeline([node("y")(lambda x: x)]).bind(x=value)
    assert pipeline.run()["y"] is value
    assert pipeline.bound_inputs["x"] is value


def test_a_bound_output_replaces_its_node() -> None:
    bound = PIPELINE.bind(scaled=100)
    assert bound.unfulfilled_args == ()
    assert bound.run() == {"scaled": 100, "shifted": 100}
    assert bound.run({"offset": 1}, output_name="shifted") == {"shifted": 101}


def test_a_bound_name_can_be_mapped_over() -> None:
    bound = PIPELINE.bind(x=1, factor=[1, 2, 3])
    assert bound.map(map_over="factor")["scaled"] == [1, 2, 3]
    assert bound.map({"factor": [5]}, map_over="factor")["scaled"] == [5]


def test_bound_values_that_a_request_does_not_need() -> None:
    calls: list[int] = []
    pipeline = Pipeline([node("a")(lambda x: x), node("b")(calls.append)])
    assert pipeline.bind(object=1, x=2).run(output_name="a") == {"a": 2}
    assert calls == []


def test_unbind() -> None:
    bound = PIPELINE.bind(x=1, factor=3, offset=1)
    assert bound.unbind("factor").bound_inputs == {"x": 1, "offset": 1}
    assert bound.unbind("factor", "x").unfulfilled_args == ("x", "factor")
    assert bound.unbind().bound_inputs == {}
    assert bound.unbind("offset").run()["shifted"] == 3
    assert bound.run()["shifted"] == 4


def test_bind_refuses_what_it_does_not_know() -> None:
    with pytest.raises(InputError) as caught:
        PIPELINE.bind(factr=1)
    assert str(caught.value) == (
        "pipeline 'linear' has no input 'factr' to bind\nHint: did you mean 'factor'?"
    )
    assert caught.value.parameter == "factr"
    with pytest.raises(InputError, match="the pipeline has no input 'zzz' to bind"):
        PIPELINE.with_name(None).bind(zzz=1)


def test_unbind_refuses_what_is_not_bound() -> None:
    with pytest.raises(InputError) as caught:
        PIPELINE.bind(factor=1).unbind("fctor")
    assert str(caught.value) == (
        "pipeline 'linear' has no bound input 'fctor'\nHint: did you mean 'factor'?"
    )
    with pytest.raises(InputError, match=re.escape("there are no names to choose from")):
        PIPELINE.unbind("factor")


def test_bound_values_show_as_missing_no_more() -> None:
    with pytest.raises(InputError) as caught:
        PIPELINE.bind(factor=1).run({"y": 2})
    assert (caught.value.missing, caught.value.unexpected) == (("x",), ("y",))
