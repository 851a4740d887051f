"""Independent nodes of one run, side by side."""

from __future__ import annotations

import time

import pytest

from hypernodes import ParallelEngine, Pipeline, node


@pytest.mark.parametrize("where", ["threads", "processes"])
def test_parallel_branches(where):
    def sleeper(name, *reads):
        def work(**values):
            began = time.monotonic()
            time.sleep(0.3)
            return name, began, time.monotonic()

        return node(name, name=name, rename=dict(zip(reads, reads, strict=True)))(work)

    pipeline = Pipeline(
        [sleeper("a", "x"), sleeper("b", "x"), sleeper("c", "a", "b"), sleeper("d", "x")]
    )
    with ParallelEngine(where, workers=4, parallel_branches=True) as engine:
        result = pipeline.run({"x": 1}, engine=engine)
    assert [value[0] for value in result.values()] == ["a", "b", "c", "d"]
    starts = {name: value[1] for name, value in result.items()}
    ends = {name: value[2] for name, value in result.items()}
    assert starts["c"] >= max(ends["a"], ends["b"])
    assert max(starts["a"], starts["b"], starts["d"]) < min(ends["a"], ends["b"], ends["d"])


def test_parallel_branches_raise_what_a_loop_raises():
    ran = []

    @node(output_name="slow")
    def slow(x):
        time.sleep(0.2)
        raise LookupError("first in the plan")

    @node(output_name="fast")
    def fast(x):
        raise ValueError("first in time")

    @node(output_name="after")
    def after(fast):
        ran.append("after")

    engine = ParallelEngine("threads", parallel_branches=True)
    with pytest.raises(LookupError) as caught:
        Pipeline([slow, fast, after], name="two").run({"x": 1}, engine=engine)
    assert caught.value.__notes__[0].startswith("hypernodes: node 'slow' failed in pipeline 'two'")
    assert not ran


@pytest.mark.parametrize("where", ["threads", "processes"])
def test_stop_iteration_stays_what_it_is(where):
    @node(output_name="y")
    def first(x):
        return next(iter([]))

    with ParallelEngine(where, workers=2) as engine, pytest.raises(StopIteration) as caught:
        Pipeline([first], engine=engine).map({"x": [1, 2]}, map_over="x")
    assert caught.value.__notes__[0].startswith("hypernodes: node 'first' failed")
