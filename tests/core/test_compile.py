"""The compiled plan: plain code, in which nothing of the user's can stand but as a value."""

from __future__ import annotations

import linecache
import re
import traceback
from typing import Any

import pytest
from helpers import untyped_node as node

from hypernodes import Pipeline
from hypernodes.plan import plan_for

DOUBLE = Pipeline([node("y")(lambda x: 2 * x)], name="doubling")


def source_of(pipeline: Pipeline, *given: str, over: tuple[str, ...] = ()) -> str:
    plan = plan_for(pipeline.graph, None, frozenset(given), "p")
    return plan.mapper(over).source if over else plan.program.source


def test_a_run_is_one_call_per_node() -> None:
    pipeline = Pipeline([DOUBLE, node("z")(lambda y, k=1: y + k)])
    lines = source_of(pipeline, "x").splitlines()
    assert lines[0] == "def run(values):"
    assert len([line for line in lines if re.search(r"= f\d+\(", line)]) == 2
    assert lines[-1].startswith("    return {'y': v")
    assert "try" not in "".join(lines)


def test_a_map_is_one_loop() -> None:
    lines = source_of(DOUBLE, "x", over=("x",)).splitlines()
    assert [line.strip().split("(")[0].split(" ")[0] for line in lines] == [
        "def",
        "v0",
        "for",
        "v0.append",
        "return",
    ]


def test_a_plan_is_compiled_once() -> None:
    plan = plan_for(DOUBLE.graph, None, frozenset({"x"}), "p")
    assert plan is plan_for(DOUBLE.graph, None, frozenset({"x"}), "p")
    assert plan.program is plan.program
    assert plan.mapper(("x",)) is plan.mapper(("x",))


@pytest.mark.parametrize("text", ["'); raise SystemExit(('", '"""', "\\'", "\n    raise", "{0}"])
def test_names_cannot_become_code(text: str) -> None:
    pipeline = Pipeline([node(text, name=text, rename={"x": text + "in"})(lambda x: x)], name=text)
    outer = Pipeline([pipeline.as_node(map_over=text + "in", name=text)], name=text)
    assert pipeline.run({text + "in": 1}) == {text: 1}
    assert outer.run({text + "in": [1]}) == {text: [1]}


@pytest.mark.parametrize("value", [None, "x", [1], float("nan"), len, object()])
def test_bound_values_are_passed_not_written(value: Any) -> None:
    inner = Pipeline([node("y")(lambda x, k: k)]).bind(k=value)
    for made in (inner.as_node(), inner.as_node(map_over="x")):
        result = Pipeline([made]).run({"x": [1]})["y"]
        assert (result[0] if made.map_over else result) is value


def test_the_source_of_a_failed_line_is_shown() -> None:
    measure = Pipeline([node("n", rename={"obj": "x"})(len)])
    with pytest.raises(TypeError) as caught:
        measure.run({"x": 5})
    linecache.checkcache()
    text = "".join(traceback.format_exception(caught.value))
    assert re.search(r"v\d+ = f\d+\(v\d+\)", text)


def test_nothing_global_keeps_plans() -> None:
    before = len(linecache.cache)
    for i in range(20):
        Pipeline([node(f"y{i}")(lambda x: x)]).run({"x": 1})
    assert len(linecache.cache) == before
