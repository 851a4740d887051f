"""Large and deep: no recursion per node, no needless memory."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from helpers import untyped_node as node

from hypernodes import Node, Pipeline

SIZE = 10_000


def increment(x: int) -> int:
    return x + 1


def chain(size: int, function: Any = increment) -> list[Node]:
    return [node(f"v{i + 1}", rename={"x": f"v{i}"})(function) for i in range(size)]


def with_low_limit(work: Callable[[], Any]) -> Any:
    """Run in a thread of its own, whose stack is short, under a recursion limit of 200."""
    found: list[Any] = []

    def body() -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(200)
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)
        finally:
            sys.setrecursionlimit(limit)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(120)
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def test_a_long_chain_builds_and_runs() -> None:
    nodes = chain(SIZE)

    def work() -> tuple[int, list[int], int]:
        pipeline = Pipeline(nodes[::-1])
        last = f"v{SIZE}"
        return (
            pipeline.run({"v0": 0}, output_name=last)[last],
            pipeline.map({"v0": [1, 2]}, map_over="v0", output_name=last)[last],
            len(pipeline.run({"v0": 0})),
        )

    assert with_low_limit(work) == (SIZE, [SIZE + 1, SIZE + 2], SIZE)


def test_a_failure_at_the_end_of_a_long_chain() -> None:
    nodes = [*chain(SIZE), node("end", rename={"x": f"v{SIZE}"})(lambda x: x // 0)]

    def work() -> str:
        try:
            Pipeline(nodes).run({"v0": 0})
        except ZeroDivisionError as error:
            return str(error.__notes__[0])
        return "no failure"

    assert f"inputs: x={SIZE}" in with_low_limit(work)


def test_a_long_cycle_is_found() -> None:
    nodes = [*chain(SIZE), node("v0", rename={"x": f"v{SIZE}"})(increment)]

    def work() -> str:
        try:
            Pipeline(nodes)
        except ValueError as error:
            return str(error)
        return "no cycle"

    assert "wait for each other" in with_low_limit(work)


def test_a_wide_node() -> None:
    names = [f"v{i}" for i in range(2_000)]
    makers = [node(name)(lambda x: x) for name in names]
    total = node("total", rename={name: name for name in names})(lambda **v: sum(v.values()))
    assert Pipeline([total, *makers]).run({"x": 2}, output_name="total") == {"total": 4_000}


def test_many_outputs() -> None:
    names = tuple(f"v{i}" for i in range(1_000))
    pipeline = Pipeline([node(names)(lambda: range(1_000))])
    wanted = Pipeline([node(names)(lambda: tuple(range(1_000)))]).run(output_name="v999")
    assert wanted == {"v999": 999}
    assert len(pipeline.outputs) == 1_000


class Value:
    pass


def test_intermediate_values_are_dropped_on_the_way() -> None:
    alive: list[weakref.ref[Value]] = []
    most: list[int] = []

    def make(x: Any) -> Value:
        most.append(sum(ref() is not None for ref in alive))
        value = Value()
        alive.append(weakref.ref(value))
        return value

    pipeline = Pipeline(chain(20, make))
    pipeline.run({"v0": None}, output_name="v20")
    assert max(most) <= 2
    most.clear()
    pipeline.map({"v0": [None] * 3}, map_over="v0", output_name="v20")
    assert max(most) <= 5  # and the outputs of rows that are done
    del most[:]
    assert all(ref() is None for ref in alive)


def test_plans_for_many_requests_do_not_pile_up() -> None:
    pipeline = Pipeline(chain(40))
    for i in range(1, 41):
        for j in range(1, 41):
            pipeline.run({"v0": 0}, output_name=[f"v{i}", f"v{j}"])
    assert len(pipeline.graph.plans) <= 512
