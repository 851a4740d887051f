"""Pipeline: an immutable value, its names, and what is refused when it is built."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from helpers import untyped_node as node

from hypernodes import (
    CycleError,
    DependencyError,
    GraphError,
    HyperNodesError,
    InputError,
    Pipeline,
    SeqEngine,
)


@node("b")
def make_b(a: int) -> int:
    return a + 1


@node("c")
def make_c(b: int, k: int = 10) -> int:
    return b * k


PIPELINE = Pipeline([make_c, make_b], name="letters")


def test_what_it_tells() -> None:
    assert PIPELINE.name == "letters"
    assert PIPELINE.engine is None
    assert PIPELINE.nodes == (make_b, make_c)
    assert list(PIPELINE.inputs) == ["a", "k"]
    assert list(PIPELINE.outputs) == ["b", "c"]
    assert list(PIPELINE.unfulfilled_args) == ["a"]
    assert PIPELINE.bound_inputs == {}
    assert repr(PIPELINE) == "Pipeline('letters', nodes=[make_b, make_c], needs=[a])"
    assert repr(PIPELINE.bind(a=1)) == "Pipeline('letters', nodes=[make_b, make_c], bound=[a])"


@pytest.mark.parametrize("nodes", [(make_b, make_c), iter([make_b, make_c])])
def test_nodes_may_be_any_iterable_and_go_by_keyword(nodes: Any) -> None:
    assert Pipeline(nodes=nodes).run({"a": 1}) == {"b": 2, "c": 20}


def test_independent_nodes_run_in_the_order_given() -> None:
    seen: list[str] = []
    names = ["delta", "alpha", "charlie", "bravo"]
    nodes = [
        node(n, name=n, rename={"tag": f"{n}_tag"})(lambda tag=n: seen.append(tag)) for n in names
    ]
    Pipeline(nodes).run()
    assert seen == names


def test_a_producer_moves_no_further_forward_than_it_must() -> None:
    late = node("x")(lambda: 1)
    reader = node("y")(lambda x: x)
    other = node("z")(lambda: 2)
    assert Pipeline([reader, other, late]).outputs == ("z", "x", "y")


def test_an_empty_pipeline_builds_and_runs() -> None:
    empty = Pipeline([])
    assert empty.run() == {}
    assert empty.run({}, output_name=[]) == {}
    assert (empty.inputs, empty.outputs, empty.unfulfilled_args) == ((), (), ())
    assert Pipeline([empty, make_b]).run({"a": 1}) == {"b": 2}
    with pytest.raises(InputError, match="unexpected: 'x'"):
        empty.run({"x": 1})


def test_other_pipelines_made_from_it_leave_it_alone() -> None:
    engine = SeqEngine()
    assert PIPELINE.with_name("other").name == "other"
    assert PIPELINE.with_engine(engine).engine is engine
    assert PIPELINE.with_engine(engine).with_engine(None).engine is None
    assert PIPELINE.with_name("other").bind(a=1).with_engine(engine).bound_inputs == {"a": 1}
    assert (PIPELINE.name, PIPELINE.engine, PIPELINE.bound_inputs) == ("letters", None, {})


@pytest.mark.parametrize("name", ["name", "engine", "_graph", "new"])
def test_immutable(name: str) -> None:
    with pytest.raises(AttributeError, match=f"a pipeline is immutable: cannot set '{name}'"):
        setattr(PIPELINE, name, None)
    with pytest.raises(AttributeError):
        delattr(PIPELINE, name)
    assert PIPELINE.run({"a": 1}) == {"b": 2, "c": 20}


def test_what_it_hands_out_cannot_change_it() -> None:
    bound = PIPELINE.bind(a=1)
    bound.bound_inputs["a"] = 5
    assert bound.run(output_name="b") == {"b": 2}
    result = bound.run()
    result["b"] = 5
    assert bound.run()["b"] == 2


def test_copies_are_the_pipeline_itself() -> None:
    assert copy.copy(PIPELINE) is PIPELINE
    assert copy.deepcopy([PIPELINE])[0] is PIPELINE
    assert PIPELINE in {PIPELINE: 1}


def test_one_node_may_stand_in_several_pipelines() -> None:
    assert Pipeline([make_b]).run({"a": 1}) == {"b": 2}
    assert Pipeline([make_b, make_c]).run({"a": 1}) == {"b": 2, "c": 20}


# What is refused when it is built


def refused(kind: type[HyperNodesError], make: Any, *parts: str) -> HyperNodesError:
    with pytest.raises(kind) as caught:
        make()
    message = str(caught.value)
    for part in parts:
        assert part in message
    assert "\nHint: " in message
    return caught.value


def test_duplicate_outputs() -> None:
    other = node("b", name="other")(lambda: 0)
    error = refused(
        GraphError,
        lambda: Pipeline([make_b, other]),
        "two nodes make the output 'b': 'make_b' and 'other'",
        "give one of them another output_name",
    )
    assert (error.name, error.nodes) == ("b", ("make_b", "other"))


def test_a_cycle_names_its_nodes_in_order() -> None:
    one = node("p", name="one")(lambda r: r)
    two = node("q", name="two")(lambda p: p)
    three = node("r", name="three")(lambda q: q)
    error = refused(
        CycleError,
        lambda: Pipeline([make_b, three, one, two]),
        "these nodes wait for each other: ",
        "it goes through 'p', 'q', 'r'",
    )
    assert isinstance(error, GraphError)
    assert len(error.cycle) == 4
    assert error.cycle[0] == error.cycle[-1]
    follows = {"one": "two", "two": "three", "three": "one"}
    assert all(follows[a] == b for a, b in zip(error.cycle, error.cycle[1:], strict=False))
    assert " -> ".join(error.cycle) in str(error)


def test_a_node_that_reads_what_it_writes() -> None:
    again = node("x", name="again")(lambda x: x)
    error = refused(CycleError, lambda: Pipeline([again]), "again -> again", "goes through 'x'")
    assert error.cycle == ("again", "again")


def test_a_long_cycle_has_a_short_message() -> None:
    nodes = [
        node(f"v{(i + 1) % 500}", name=f"n{i}", rename={"x": f"v{i}"})(lambda x: x)
        for i in range(500)
    ]
    error = refused(CycleError, lambda: Pipeline(nodes), " -> ...", "and 488 more")
    assert len(str(error)) < 500
    assert len(error.cycle) == 501


def test_a_bare_function_comes_with_the_line_that_makes_it_a_node() -> None:
    def plain(x: int) -> int:
        return x

    error = refused(
        GraphError,
        lambda: Pipeline([make_b, plain]),  # type: ignore[list-item]
        "nodes[1] is the plain function 'plain', not a node",
        "@node(output_name='plain')",
        "node('plain')(plain)",
    )
    assert (error.index, error.node) == (1, "plain")
    fixed = Pipeline([make_b, node("plain")(plain)])
    assert fixed.run({"a": 1, "x": 7}) == {"b": 2, "plain": 7}


@pytest.mark.parametrize(("value", "what"), [(3, "int"), (None, "NoneType"), ("make_b", "str")])
def test_something_else_among_the_nodes(value: Any, what: str) -> None:
    refused(GraphError, lambda: Pipeline([value]), f"nodes[0] is {what}, not a node")


@pytest.mark.parametrize("nodes", [make_b, PIPELINE, PIPELINE.as_node(), 3, None])
def test_nodes_that_are_no_list(nodes: Any) -> None:
    kind = type(nodes).__name__
    refused(
        GraphError,
        lambda: Pipeline(nodes),
        f"nodes must be a list of nodes, got {kind}",
        "Pipeline([first, second])",
    )


@pytest.mark.parametrize("engine", [SeqEngine, "seq", 3])
def test_an_engine_that_is_none(engine: Any) -> None:
    message = "an engine must have run and map, got "
    refused(GraphError, lambda: Pipeline([make_b], engine=engine), message, "SeqEngine()")
    refused(GraphError, lambda: PIPELINE.with_engine(engine), message)
    refused(GraphError, lambda: PIPELINE.run({"a": 1}, engine=engine), message)
    refused(GraphError, lambda: PIPELINE.map({"a": [1]}, map_over="a", engine=engine), message)


@pytest.mark.parametrize(
    ("output_name", "message", "hint"),
    [
        ("bb", "no node makes the output 'bb'", "did you mean 'b'?"),
        (["b", "zzz"], "no node makes the output 'zzz'", "known names: 'b', 'c'"),
        ("a", "no node makes the output 'a'", "known names: 'b', 'c'"),
        (3, "output_name must be a name or a list of names, got 3", "output_name='result'"),
        ([3], "output_name must be a name or a list of names, got [3]", "output_name='result'"),
        ([["b"]], "must be a name or a list of names, got [['b']]", "output_name='result'"),
    ],
)
def test_unknown_output_name(output_name: Any, message: str, hint: str) -> None:
    def call(a: int) -> int:
        raise AssertionError("must not run")

    pipeline = Pipeline([node("b")(call), make_c])
    for run in (
        lambda: pipeline.run({"a": 1}, output_name),
        lambda: pipeline.map({"a": [1]}, "a", output_name=output_name),
    ):
        refused(DependencyError, run, message, hint)
