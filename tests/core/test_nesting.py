"""Pipelines as nodes of pipelines: mappings, maps, bound values, depth."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from helpers import untyped_node as node

from hypernodes import (
    CycleError,
    GraphError,
    InputError,
    Pipeline,
    PipelineNode,
    SeqEngine,
)


@node("y")
def double(x: Any) -> Any:
    return 2 * x


@node("z")
def plus(y: Any, by: int = 1) -> Any:
    return y + by


@node("pair")
def pair(a: Any, b: Any) -> Any:
    return a, b


INNER = Pipeline([double, plus], name="inner")


def counted(ran: list[str], output: str, *reads: str) -> Any:
    def work(**values: Any) -> Any:
        ran.append(output)
        return sum(values.values())

    return node(output, name=output, rename={name: name for name in reads})(work)


# Run once


def test_a_pipeline_among_the_nodes() -> None:
    after = node("w")(lambda z: z * 10)
    assert Pipeline([after, INNER]).run({"x": 1}) == {"y": 2, "z": 3, "w": 30}
    assert Pipeline([after, INNER.as_node()]).run({"x": 1, "by": 0})["w"] == 20


def test_mapped_names() -> None:
    wrapped = INNER.as_node(input_mapping={"raw": "x"}, output_mapping={"z": "final"})
    assert (wrapped.reads, wrapped.outputs) == (("raw", "by"), ("final",))
    outer = Pipeline([wrapped, node("shout")(lambda final: f"{final}!")])
    assert outer.run({"raw": 4}) == {"final": 9, "shout": "9!"}
    assert outer.inputs == ("raw", "by")


def test_names_may_trade_places() -> None:
    trade = Pipeline([pair]).as_node(input_mapping={"a": "b", "b": "a"})
    assert Pipeline([trade]).run({"a": 1, "b": 2}) == {"pair": (2, 1)}
    two = Pipeline([node(("p", "q"))(lambda x: (x, -x))])
    traded = two.as_node(output_mapping={"p": "q", "q": "p"})
    assert Pipeline([traded]).run({"x": 1}) == {"q": 1, "p": -1}


def test_one_outer_name_for_two_inner_ones() -> None:
    twice = Pipeline([pair]).as_node(input_mapping={"a": "b"})
    assert twice.reads == ("a",)
    assert Pipeline([twice]).run({"a": 5}) == {"pair": (5, 5)}


def test_the_same_pipeline_twice() -> None:
    first = INNER.as_node(input_mapping={"l": "x"}, output_mapping={"z": "left"})
    second = INNER.as_node(input_mapping={"r": "x"}, output_mapping={"z": "right"})
    total = node("total")(lambda left, right: left + right)
    assert Pipeline([first, second, total]).run({"l": 1, "r": 2}, "total") == {"total": 8}


def test_a_chain_of_the_same_pipeline() -> None:
    steps = [
        INNER.as_node(input_mapping={f"v{i}": "x"}, output_mapping={"z": f"v{i + 1}"})
        for i in range(5)
    ]
    assert Pipeline(steps[::-1]).run({"v0": 0})["v5"] == 31


def test_hidden_outputs_are_not_computed() -> None:
    ran: list[str] = []
    inner = Pipeline([counted(ran, "a", "x"), counted(ran, "b", "x"), counted(ran, "c", "costly")])
    wrapped = inner.as_node(output_mapping={"a": "a"})
    assert wrapped.reads == ("x",)
    assert Pipeline([wrapped]).run({"x": 1}) == {"a": 1}
    assert ran == ["a"]


def test_only_the_outputs_that_are_needed_are_computed() -> None:
    ran: list[str] = []
    inner = Pipeline([counted(ran, "a", "x"), counted(ran, "b", "a", "w")])
    outer = Pipeline([inner, node("end")(lambda a: a)])
    assert outer.run({"x": 1}, output_name="end") == {"end": 1}
    assert ran == ["a"]
    mapped = Pipeline([inner.as_node(map_over="x"), node("end")(lambda a: sum(a, 0))])
    assert mapped.run({"x": [1, 2]}, output_name="end") == {"end": 3}
    assert ran == ["a"] * 3


def test_inner_nodes_run_in_order_and_once() -> None:
    ran: list[str] = []
    inner = Pipeline([counted(ran, "a", "x"), counted(ran, "b", "a")])
    start = node("start")(lambda: ran.append("start"))
    Pipeline([counted(ran, "end", "b", "a"), inner, start]).run({"x": 1})
    assert ran == ["a", "b", "end", "start"]


def test_inner_defaults_are_optional_outside() -> None:
    outer = Pipeline([INNER])
    assert outer.unfulfilled_args == ("x",)
    assert outer.run({"x": 1})["z"] == 3
    assert outer.run({"x": 1, "by": 5})["z"] == 7
    assert Pipeline([INNER, node("by")(lambda x: 100)]).run({"x": 1})["z"] == 102


def test_a_value_for_an_output_replaces_the_nested_pipeline() -> None:
    ran: list[str] = []
    inner = Pipeline([counted(ran, "a", "x")])
    assert Pipeline([inner, node("end")(lambda a: a)]).run({"a": 9}) == {"a": 9, "end": 9}
    assert ran == []
    with pytest.raises(InputError, match="makes 'y', 'z' together, but only 'y' was given"):
        Pipeline([INNER], name="outer").run({"y": 1})


def test_an_inner_output_can_be_fed_from_outside() -> None:
    wrapped = INNER.as_node(input_mapping={"ready": "y"}, output_mapping={"z": "z"})
    assert wrapped.reads == ("by", "ready")
    assert Pipeline([wrapped]).run({"ready": 10}) == {"z": 11}
    passed = INNER.as_node(input_mapping={"ready": "y"}, output_mapping={"z": "z", "y": "same"})
    assert Pipeline([passed]).run({"ready": 10}) == {"same": 10, "z": 11}
    mapped = INNER.as_node(
        input_mapping={"ready": "y"}, output_mapping={"z": "z", "y": "same"}, map_over="ready"
    )
    assert Pipeline([mapped]).run({"ready": [1, 2]}) == {"same": [1, 2], "z": [2, 3]}


# Bound values inside


def test_bound_inside_is_not_asked_outside() -> None:
    wrapped = INNER.bind(by=100).as_node()
    assert wrapped.bound_inputs == {"by": 100}
    assert (wrapped.reads, wrapped.unfulfilled_args) == (("x",), ("x",))
    assert Pipeline([wrapped]).run({"x": 1})["z"] == 102
    with pytest.raises(InputError) as caught:
        Pipeline([wrapped]).run({"x": 1, "by": 5})
    assert "unexpected: 'by' (it is bound inside the nested pipeline 'inner')" in str(caught.value)


def test_bound_inside_can_be_fed_by_a_mapping() -> None:
    wrapped = INNER.bind(by=100).as_node(input_mapping={"offset": "by"})
    assert wrapped.unfulfilled_args == ("x",)
    assert Pipeline([wrapped]).run({"x": 1})["z"] == 102
    assert Pipeline([wrapped]).run({"x": 1, "offset": 5})["z"] == 7
    twin = Pipeline([wrapped, node("offset")(lambda: 50)])
    assert twin.run({"x": 1})["z"] == 52


def test_bound_inside_a_map() -> None:
    each = INNER.bind(by=100).as_node(map_over="x")
    assert Pipeline([each]).run({"x": [1, 2]})["z"] == [102, 104]


def test_mapping_over_a_value_bound_inside() -> None:
    each = Pipeline([pair]).bind(b=[1, 2]).as_node(map_over="b")
    assert each.reads == ("a",)
    assert Pipeline([each]).run({"a": 0}) == {"pair": [(0, 1), (0, 2)]}


def test_a_bound_output_inside() -> None:
    wrapped = INNER.bind(y=10).as_node()
    assert wrapped.unfulfilled_args == ()
    assert Pipeline([wrapped]).run() == {"y": 10, "z": 11}


def test_bound_outside_reaches_inside() -> None:
    outer = Pipeline([INNER]).bind(x=3)
    assert outer.run() == {"y": 6, "z": 7}
    assert Pipeline([outer]).run() == {"y": 6, "z": 7}


# Maps inside


def test_mapped_outputs_are_lists() -> None:
    each = INNER.as_node(input_mapping={"xs": "x"}, map_over="xs", output_mapping={"z": "zs"})
    outer = Pipeline([each, node("total")(lambda zs: sum(zs, 0))])
    assert outer.run({"xs": [1, 2, 3]}) == {"zs": [3, 5, 7], "total": 15}
    assert outer.run({"xs": (1,), "by": 10}) == {"zs": [12], "total": 12}


def test_map_over_several_names() -> None:
    zipped = Pipeline([pair]).as_node(map_over=["a", "b"])
    assert Pipeline([zipped]).run({"a": [1, 2], "b": ["x", "y"]})["pair"] == [(1, "x"), (2, "y")]
    product = Pipeline([pair]).as_node(map_over=("b", "a"), map_mode="product")
    result = Pipeline([product]).run({"a": [1, 2], "b": ["x", "y"]})
    assert result["pair"] == [(1, "x"), (2, "x"), (1, "y"), (2, "y")]


def test_a_name_twice_counts_once() -> None:
    each = Pipeline([double]).as_node(map_over=["x", "x"])
    assert Pipeline([each]).run({"x": [1, 2]}) == {"y": [2, 4]}


def test_other_inputs_stay_the_same_for_every_item() -> None:
    each = Pipeline([pair]).as_node(map_over="a")
    fixed = object()
    assert all(b is fixed for _, b in Pipeline([each]).run({"a": [1, 2], "b": fixed})["pair"])


def test_chained_maps() -> None:
    first = INNER.as_node(input_mapping={"xs": "x"}, output_mapping={"z": "zs"}, map_over="xs")
    second = INNER.as_node(input_mapping={"zs": "x"}, output_mapping={"z": "ends"}, map_over="zs")
    assert Pipeline([second, first]).run({"xs": [0, 1]}) == {"zs": [1, 3], "ends": [3, 7]}


def test_a_map_in_a_map() -> None:
    row = INNER.as_node(input_mapping={"row": "x"}, output_mapping={"z": "zs"}, map_over="row")
    rows = Pipeline([row, node("total")(lambda zs: sum(zs, 0))], name="rows")
    table = rows.as_node(input_mapping={"table": "row"}, map_over="table")
    outer = Pipeline([table])
    expected = {"zs": [[3, 5], [7], []], "total": [8, 7, 0]}
    assert outer.run({"table": [[1, 2], [3], []]}) == expected
    assert outer.map({"table": [[[1, 2]], []]}, map_over="table").to_dict() == {
        "zs": [[[3, 5]], []],
        "total": [[8], []],
    }


@pytest.mark.parametrize("items", [[], (), range(0), iter(())])
def test_no_items(items: Any) -> None:
    each = INNER.as_node(map_over="x")
    assert Pipeline([each]).run({"x": items}) == {"y": [], "z": []}


def test_two_maps_with_something_made_of_all_rows_between() -> None:
    embed = Pipeline([node("vector")(lambda text: len(text) * 1)], name="embed")
    docs = embed.as_node(
        input_mapping={"docs": "text"}, output_mapping={"vector": "doc_vectors"}, map_over="docs"
    )
    queries = embed.as_node(
        input_mapping={"queries": "text"}, output_mapping={"vector": "vectors"}, map_over="queries"
    )
    index = node("index")(lambda docs, doc_vectors: dict(zip(doc_vectors, docs, strict=True)))
    search = Pipeline([node("hit")(lambda vector, index: index.get(vector))]).as_node(
        input_mapping={"vectors": "vector"}, output_mapping={"hit": "hits"}, map_over="vectors"
    )
    pipeline = Pipeline([search, index, queries, docs])
    result = pipeline.run({"docs": ["a", "bb"], "queries": ["xx", "y", "zzz"]}, "hits")
    assert result == {"hits": ["bb", "a", None]}


def test_a_mapped_pipeline_in_a_map_of_the_outer() -> None:
    each = INNER.as_node(input_mapping={"xs": "x"}, output_mapping={"z": "zs"}, map_over="xs")
    result = Pipeline([each]).map({"xs": [[1, 2], []], "by": 0}, map_over="xs")
    assert result.to_dict() == {"zs": [[2, 4], []]}
    both = Pipeline([each]).map({"xs": [[1], [2]], "by": [1, 2]}, map_over=["xs", "by"])
    assert both["zs"] == [[3], [6]]


# Depth


def test_thirty_deep() -> None:
    pipeline = Pipeline([double])
    for i in range(30):
        pipeline = Pipeline([pipeline, node(f"n{i}")(lambda y: y)], name=f"level {i}")
    result = pipeline.run({"x": 1})
    assert (result["y"], len(result)) == (2, 31)
    assert pipeline.run({"x": 1}, output_name="n29") == {"n29": 2}
    assert pipeline.map({"x": [1, 2]}, "x", output_name="n0")["n0"] == [2, 4]
    assert pipeline.as_node(output_mapping={"n3": "three"})(x=2) == {"three": 4}


def test_maps_twenty_five_deep() -> None:
    pipeline = Pipeline([double])
    value: Any = 1
    expected: Any = 2
    for _ in range(25):
        pipeline = Pipeline([pipeline.as_node(map_over="x")])
        value, expected = [value], [expected]
    assert pipeline.run({"x": value}) == {"y": expected}
    assert pipeline.map({"x": [value, []]}, map_over="x")["y"] == [expected, []]


# The node itself


def test_what_it_tells() -> None:
    wrapped = INNER.as_node(name="wrapped", cache=False)
    assert isinstance(wrapped, PipelineNode)
    assert (wrapped.name, wrapped.cache) == ("wrapped", False)
    assert wrapped.output_name == ("y", "z")
    assert wrapped.unfulfilled_args == ("x",)
    assert wrapped.bound_inputs == {}
    plain = INNER.as_node(output_mapping={"z": "out"})
    assert (plain.name, plain.cache, plain.output_name) == ("inner", True, "out")
    assert Pipeline([double]).as_node().name == "pipeline"
    each = INNER.as_node(input_mapping={"xs": "x"}, map_over="xs")
    assert repr(each) == "<PipelineNode inner(xs, by) -> y, z, map_over=['xs']>"


def test_calling_it() -> None:
    wrapped = INNER.as_node(input_mapping={"raw": "x"})
    assert wrapped(raw=5) == {"y": 10, "z": 11}
    assert wrapped(raw=5, by=0) == {"y": 10, "z": 10}
    each = INNER.as_node(map_over="x", output_mapping={"z": "zs"})
    assert each(x=[1, 2]) == {"zs": [3, 5]}
    with pytest.raises(InputError, match="missing: 'raw', read by node 'inner'"):
        wrapped()


def test_bound_inputs_are_a_copy() -> None:
    wrapped = INNER.bind(by=1).as_node()
    wrapped.bound_inputs["by"] = 100
    assert wrapped(x=1)["z"] == 3


def test_immutable_and_its_own_copy() -> None:
    wrapped = INNER.as_node()
    with pytest.raises(AttributeError, match="node 'inner' is immutable: cannot set 'name'"):
        wrapped.name = "other"
    with pytest.raises(AttributeError, match="cannot delete 'name'"):
        del wrapped.name
    assert copy.copy(wrapped) is wrapped
    assert copy.deepcopy([wrapped])[0] is wrapped


# What is refused


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"input_mapping": {"raw": "xx"}}, "input_mapping names 'xx'", "did you mean 'x'?"),
        ({"output_mapping": {"zz": "a"}}, "output_mapping names 'zz'", "did you mean 'z'?"),
        ({"output_mapping": {"x": "a"}}, "output_mapping names 'x'", "known names: 'y', 'z'"),
        ({"map_over": "xx"}, "map_over names 'xx'", "did you mean 'x'?"),
        (
            {"input_mapping": {"raw": "x"}, "map_over": "x"},
            "map_over names 'x'",
            "known names: 'by', 'raw'",
        ),
        ({"input_mapping": {"a": "x", "b": "x"}}, "input_mapping uses 'x' twice", "once"),
        ({"output_mapping": {"y": "a", "z": "a"}}, "output_mapping uses 'a' twice", "once"),
        ({"map_mode": "zap"}, "map_mode must be 'zip' or 'product', got 'zap'", "zip pairs"),
        (
            {"input_mapping": {"by": "x"}, "map_over": "by"},
            "map_over names 'by', which feeds 'x', 'by'",
            "an outer name of its own",
        ),
    ],
)
def test_mappings_that_name_nothing(options: Any, message: str, hint: str) -> None:
    with pytest.raises(GraphError) as caught:
        INNER.as_node(**options)
    assert f"as_node of 'inner': {message}" in str(caught.value)
    assert f"\nHint: {hint}" in str(caught.value) or hint in str(caught.value)
    assert caught.value.node == "inner"


def test_nested_outputs_that_clash() -> None:
    with pytest.raises(GraphError) as caught:
        Pipeline([INNER, double])
    assert "two nodes make the output 'y': 'inner' and 'double'" in str(caught.value)
    assert "as_node(output_mapping={...})" in str(caught.value)


def test_a_nested_pipeline_in_a_cycle() -> None:
    with pytest.raises(CycleError, match="inner"):
        Pipeline([INNER, node("x")(lambda z: z)])
    with pytest.raises(CycleError, match="inner -> inner"):
        Pipeline([INNER.as_node(output_mapping={"z": "x"})])


def test_missing_inputs_of_a_nested_pipeline() -> None:
    outer = Pipeline([INNER.as_node(input_mapping={"raw": "x"})], name="outer")
    with pytest.raises(InputError) as caught:
        outer.run({"x": 1})
    assert "the inputs of 'outer' do not fit" in str(caught.value)
    assert "missing: 'raw', read by node 'inner'" in str(caught.value)
    assert "unexpected: 'x'" in str(caught.value)


def test_mapped_over_default_has_to_be_given() -> None:
    each = Pipeline([plus], name="adding").as_node(map_over="by")
    assert each.unfulfilled_args == ("y", "by")
    with pytest.raises(InputError, match="missing: 'by', read by node 'adding'"):
        Pipeline([each]).run({"y": 1})


def test_a_nested_engine_of_this_process_changes_nothing() -> None:
    inner = INNER.with_engine(SeqEngine())
    assert Pipeline([inner]).run({"x": 1}) == {"y": 2, "z": 3}
    assert Pipeline([inner.as_node(map_over="x")]).run({"x": [1]}) == {"y": [2], "z": [3]}
