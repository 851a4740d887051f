"""Every engine yields the events that `SeqEngine` yields."""

from __future__ import annotations

import asyncio
import functools
import os
from typing import Any

import pytest
from trees import PIPELINES, clean, divide, listen, tree

from hypernodes import DaftEngine, ParallelEngine, Pipeline, PipelineNode, SeqEngine, node
from hypernodes import events as ev

ENGINES: dict[str, Any] = {
    "threads": functools.partial(ParallelEngine, "threads", workers=2),
    "threads in chunks": functools.partial(ParallelEngine, "threads", workers=2, chunk_size=2),
    "branches": functools.partial(ParallelEngine, "threads", workers=2, parallel_branches=True),
    "processes": functools.partial(ParallelEngine, "processes", workers=2, chunk_size=2),
    "daft": DaftEngine,
    "daft processes": functools.partial(DaftEngine, processes=True),
}


@pytest.mark.parametrize("case", PIPELINES, ids=lambda case: case.__name__)
@pytest.mark.parametrize("name", ENGINES)
def test_the_tree_is_that_of_a_loop(name: str, case: Any) -> None:
    if "daft" in name:
        pytest.importorskip("daft")
    expected = tree(listen(SeqEngine, case))
    assert expected[0][-1], "something happened"
    assert tree(listen(ENGINES[name], case)) == expected


@pytest.mark.parametrize("name", ["processes", "daft processes"])
def test_events_of_other_processes_come_home(name: str) -> None:
    if "daft" in name:
        pytest.importorskip("daft")

    @node(output_name="pid")
    def where(word: str, secret: list[str]) -> int:
        import os

        return os.getpid()

    heard: list[ev.Event] = []
    engine = ENGINES[name](callbacks=[heard.append])
    pids = Pipeline([where], name="p").map(
        {"word": ["a", "b"], "secret": ["hush"]}, "word", engine=engine
    )["pid"]
    getattr(engine, "close", lambda: None)()
    assert os.getpid() not in pids
    ends = [e for e in heard if isinstance(e, ev.NodeEnd)]
    assert sorted(int(e.worker.split("/")[0]) for e in ends) == sorted(pids)
    starts = [e for e in heard if isinstance(e, ev.NodeStart)]
    assert {str(e.inputs) for e in starts} == {
        str({"word": repr(w), "secret": "['hush']"}) for w in "ab"
    }


def test_without_previews_no_value_comes_home() -> None:
    heard: list[ev.Event] = []
    with ParallelEngine("processes", workers=1, previews=False, callbacks=[heard.append]) as engine:
        Pipeline([clean], name="p").map({"raw": ["hush"]}, "raw", engine=engine)
    assert any(isinstance(e, ev.NodeEnd) for e in heard)
    assert "hush" not in str(heard)


@pytest.mark.parametrize("name", ["threads", "processes", "daft", "daft processes"])
def test_the_exception_told_is_the_one_raised(name: str) -> None:
    if "daft" in name:
        pytest.importorskip("daft")
    heard: list[ev.Event] = []
    engine = ENGINES[name](callbacks=[heard.append])
    with pytest.raises(ZeroDivisionError) as caught:
        Pipeline([divide], name="p").map({"number": [1, 0]}, "number", engine=engine)
    getattr(engine, "close", lambda: None)()
    errors = [e for e in heard if isinstance(e, ev.Error)]
    assert [type(e).__name__ for e in errors] == ["NodeError", "ItemError", "MapError"]
    assert all(e.error is caught.value for e in errors)
    assert tree(heard)


def test_a_nested_engine_closes_only_what_is_its_own() -> None:
    inner = Pipeline([divide], name="inner", engine=ParallelEngine("threads", workers=1))
    step: PipelineNode = inner.as_node(
        input_mapping={"numbers": "number"}, output_mapping={"share": "shares"}, map_over="numbers"
    )
    heard: list[ev.Event] = []
    engine = SeqEngine(callbacks=[heard.append])
    rows = Pipeline([step], name="outer").map(
        {"numbers": [[1], [0], [2]]}, "numbers", engine=engine, on_error="collect"
    )
    assert list(rows.errors) == [1]
    (outer,) = tree(heard)
    assert outer[0] == "MapEnd"
    assert [each[0] for each in outer[-1]] == ["ItemEnd", "ItemEnd", "ItemError"]


def test_items_of_a_process_that_was_ended_are_told() -> None:
    @node(output_name="y", timeout=0.2)
    def slow(x: int) -> int:
        import time

        time.sleep(x)
        return x

    heard: list[ev.Event] = []
    with ParallelEngine("processes", workers=2, callbacks=[heard.append]) as engine:
        rows = Pipeline([slow], name="p").map(
            {"x": [0, 30, 0]}, "x", engine=engine, on_error="collect"
        )
    assert list(rows.errors) == [1]
    (found,) = tree(heard)
    assert [each[0] for each in found[-1]] == ["ItemEnd", "ItemEnd", "ItemError"]


def test_errors_that_cannot_travel_are_told_all_the_same() -> None:
    @node(output_name="y", retries=1)
    def stubborn(x: int) -> int:
        import threading

        raise ValueError(x, threading.Lock())

    heard: list[ev.Event] = []
    with ParallelEngine("processes", workers=1, callbacks=[heard.append]) as engine:
        rows = Pipeline([stubborn], name="p").map(
            {"x": [1]}, "x", engine=engine, on_error="collect"
        )
    assert list(rows.errors) == [0]
    (found,) = tree(heard)
    assert found[-1][0][0] == "ItemError"
    assert any(isinstance(e, ev.NodeRetry) for e in heard)


def test_nested_pipelines_on_engines_of_their_own_are_told() -> None:
    inner = Pipeline([divide], name="inner", engine=ParallelEngine("threads", workers=1))
    plain = Pipeline([divide], name="inner")
    mapping: dict[str, Any] = {
        "input_mapping": {"numbers": "number"},
        "map_over": "numbers",
        "name": "each",
    }
    trees = []
    for one in (inner, plain):
        once = Pipeline([one.as_node(name="once")], name="outer")
        each = Pipeline([one.as_node(**mapping)], name="outer")
        found = []
        for pipeline, inputs in ((once, {"number": 3}), (each, {"numbers": [1, 2]})):
            heard: list[ev.Event] = []
            pipeline.run(inputs, engine=SeqEngine(callbacks=[heard.append]))
            found.append(tree(heard))
        trees.append(found)
    assert trees[0] == trees[1]


@pytest.mark.parametrize("case", PIPELINES, ids=lambda case: case.__name__)
def test_async_verbs_tell_the_same(case: Any) -> None:
    pipeline, inputs, options = case()
    heard: list[ev.Event] = []
    engine = SeqEngine(callbacks=[heard.append])
    work: Any = pipeline.amap if options else pipeline.arun
    asyncio.run(work(inputs, engine=engine, **options))
    assert tree(heard) == tree(listen(SeqEngine, case))
