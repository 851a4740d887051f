"""The engine protocol from outside: a small engine of one's own, and which engine runs what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers import note_of
from helpers import untyped_node as node

from hypernodes import EngineError, Pipeline, SeqEngine
from hypernodes.engines.base import Chunk, Engine


class Toy:
    """A whole engine: one plan at a time, rows in chunks of `size`, the last chunk first."""

    previews = True

    def __init__(self, size: int = 2) -> None:
        self.size = size
        self.ran: list[str] = []

    def run(self, plan: Any, values: Any, ctx: Any) -> dict[str, Any]:
        self.ran.append(f"run {plan.name}")
        return SeqEngine().run(plan, values, ctx)

    def map(self, plan: Any, items: Any, ctx: Any) -> Iterator[Chunk]:
        self.ran.append(f"map {plan.name}")
        function = plan.mapper(items.names).function
        for start in reversed(range(0, len(items), self.size)):
            stop = min(start + self.size, len(items))
            columns = function(items.rows(start, stop), items.values)
            yield Chunk(range(start, stop), dict(zip(plan.outputs, columns, strict=True)))


class Shuffling(Toy):
    """Gives all rows at once, in an order of its own."""

    order: tuple[int, ...] = (2, 0, 3, 1)

    def map(self, plan: Any, items: Any, ctx: Any) -> Iterator[Chunk]:
        rows = list(items.rows())
        chosen = [rows[i] for i in self.order if i < len(rows)]
        columns = plan.mapper(items.names).function(chosen, items.values)
        indices = [i for i in self.order if i < len(rows)]
        yield Chunk(indices, dict(zip(plan.outputs, columns, strict=True)))


PIPELINE = Pipeline([node("y")(lambda x: 2 * x), node(("p", "q"))(lambda y: (y, -y))], name="p")


@pytest.mark.parametrize("engine", [Toy(), Toy(1), Toy(100), Shuffling()])
def test_an_engine_of_ones_own(engine: Any) -> None:
    assert isinstance(engine, Engine)
    assert PIPELINE.run({"x": 1}, engine=engine) == {"y": 2, "p": 2, "q": -2}
    result = PIPELINE.map({"x": [1, 2, 3, 4]}, map_over="x", engine=engine)
    assert result == PIPELINE.map({"x": [1, 2, 3, 4]}, map_over="x")
    assert PIPELINE.map({"x": []}, map_over="x", engine=engine)["q"] == []
    assert PIPELINE.map({"x": iter([1, 2])}, map_over="x", engine=engine)["y"] == [2, 4]


@pytest.mark.parametrize(
    ("order", "count"),
    [((0, 1, 2), 3), ((), 0), ((0, 1, 2, 3, 3), 5), ((0, 0, 2, 3), 3), ((3,), 1)],
)
def test_rows_that_are_lost_or_come_twice(order: tuple[int, ...], count: int) -> None:
    engine = Shuffling()
    engine.order = order
    with pytest.raises(EngineError) as caught:
        PIPELINE.map({"x": [1, 2, 3, 4]}, map_over="x", engine=engine)
    assert f"Shuffling returned {count} of 4 rows of 'p'" in str(caught.value)
    assert "Hint: this is a defect of the engine" in str(caught.value)


def test_the_calls_engine_wins_then_the_pipelines() -> None:
    own, other = Toy(), Toy()
    pipeline = PIPELINE.with_engine(own)
    pipeline.run({"x": 1})
    pipeline.map({"x": [1]}, map_over="x")
    assert (own.ran, other.ran) == (["run p", "map p"], [])
    pipeline.run({"x": 1}, engine=other)
    pipeline.map({"x": [1]}, map_over="x", engine=other)
    assert (len(own.ran), other.ran) == (2, ["run p", "map p"])


def test_a_nested_pipeline_keeps_its_engine() -> None:
    inner_engine, outer_engine = Toy(), Toy()
    inner = PIPELINE.with_engine(inner_engine)
    each = inner.as_node(
        name="each", input_mapping={"xs": "x"}, output_mapping={"y": "ys"}, map_over="xs"
    )
    outer = Pipeline([inner, each, node("z")(lambda y, ys: (y, ys))], name="outer")
    expected = (2, [2, 4, 6])
    for engine in (None, outer_engine):
        inner_engine.ran.clear()
        assert outer.run({"x": 1, "xs": [1, 2, 3]}, "z", engine=engine) == {"z": expected}
        assert inner_engine.ran == ["run p", "map each"]
    assert outer_engine.ran == ["run outer"]


def test_an_engine_that_counts_for_false_is_one() -> None:
    class Sized(Toy):
        def __len__(self) -> int:
            return 0

    engine = Sized()
    PIPELINE.run({"x": 1}, engine=engine)
    PIPELINE.with_engine(engine).run({"x": 1})
    assert engine.ran == ["run p", "run p"]


def test_failures_within_a_nested_engine() -> None:
    bad = Pipeline([node("y", name="bad")(lambda x: 1 // x)], name="inner", engine=SeqEngine())
    outer = Pipeline([bad.with_engine(Toy())], name="outer")
    with pytest.raises(ZeroDivisionError) as caught:
        outer.run({"x": 0})
    assert "node 'bad' failed in pipeline 'inner'" in caught.value.__notes__[0]
    plain = Pipeline([bad], name="outer")
    with pytest.raises(ZeroDivisionError) as caught:
        plain.run({"x": 0})
    assert "'outer' > 'inner'" in note_of(caught.value)
