"""Every engine gives what SeqEngine gives: values, types, order, exceptions, cached or traced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import fold, pipes, values

from hypernodes import (
    DaftEngine,
    InputError,
    MemoryCache,
    Node,
    ParallelEngine,
    Pipeline,
    SeqEngine,
    node,
)

INPUTS = {"a": 0, "b": 1, "c": 2}
HOW_MANY = {"threads": 60, "traced": 80, "cached": 80, "daft": 12, "processes": 20}


def engine_for(where: str) -> Any:
    if where in ("threads", "processes"):
        return ParallelEngine(where, workers=2, chunk_size=2)  # type: ignore[arg-type]  # a Literal
    if where == "daft":
        return DaftEngine()
    if where == "cached":
        return SeqEngine(cache=MemoryCache())
    return SeqEngine(callbacks=[lambda event: None])


@pytest.fixture(scope="module", params=sorted(HOW_MANY))
def where_and_engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    engine = engine_for(request.param)
    yield request.param, engine
    if isinstance(engine, ParallelEngine):
        engine.close()


class PickyError(Exception):
    def __init__(self, value: int, *, reason: str) -> None:
        super().__init__(f"{value}: {reason}")
        self.value = value


def picky(source: str) -> Node[..., Any]:
    """A node that fails for some values of what it reads."""

    @node(output_name="picked", rename={"value": source})
    def pick(value: Any) -> int:
        number: int = fold(value)
        if number % 3 == 0:
            raise PickyError(number, reason="divisible by three")
        return number

    return pick


def outcome(work: Callable[[], Any]) -> Any:
    """What comes out, or what is raised, with where it was."""
    try:
        return work()
    except PickyError as error:
        return type(error), str(error), error.value, error.__notes__[0]
    except InputError as error:
        return type(error), str(error)


def typed(value: Any) -> Any:
    """The value with the types of all that is in it: 1 and True are not the same."""
    if isinstance(value, dict):
        return {name: typed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [typed(each) for each in value]
    return type(value), value


def check(data: st.DataObject, engine: Any) -> None:
    pipe, made = data.draw(pipes(INPUTS))
    pipeline = Pipeline([*pipe.build().nodes, picky(data.draw(st.sampled_from(sorted(made))))])
    inputs = {n: data.draw(values(INPUTS[n])) for n in sorted(pipe.inputs & set(INPUTS))}

    def run(on: Any) -> Any:
        return outcome(lambda: typed(pipeline.run(inputs, engine=on)))

    assert run(engine) == run(None)
    assert run(engine) == run(None)  # once more: a cache has it now
    if not inputs:
        return
    over = data.draw(st.sampled_from(sorted(inputs)))
    mapped = inputs | {over: data.draw(st.lists(values(INPUTS[over]), max_size=5))}

    def map_(on: Any, on_error: Any) -> Any:
        def work() -> Any:
            rows = pipeline.map(mapped, over, engine=on, on_error=on_error)
            told = [(i, type(e), str(e), e.__notes__[0]) for i, e in rows.errors.items()]
            return typed(rows.to_dict()), told, list(rows.index)

        return outcome(work)

    for on_error in ("raise", "collect", "skip"):
        assert map_(engine, on_error) == map_(None, on_error)


def test_agreement(where_and_engine: tuple[str, Any]) -> None:
    where, engine = where_and_engine

    @given(st.data())
    @settings(max_examples=HOW_MANY[where], deadline=None, suppress_health_check=list(HealthCheck))
    def agree(data: st.DataObject) -> None:
        check(data, engine)

    agree()
