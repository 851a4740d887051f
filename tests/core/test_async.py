"""Async nodes under run and map: in scripts, inside a running loop, mixed with plain ones."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any, NoReturn

import pytest
from helpers import note_of
from helpers import untyped_node as node

from hypernodes import Pipeline

variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)


@node("y")
async def double(x: int) -> int:
    await asyncio.sleep(0)
    return 2 * x


@node("z")
def plus(y: int) -> int:
    return y + 1


PIPELINE = Pipeline([double, plus], name="mixed")


def everything() -> list[Any]:
    inner = PIPELINE.as_node(input_mapping={"xs": "x"}, output_mapping={"z": "zs"}, map_over="xs")
    deep = Pipeline([inner]).as_node(map_over="xs")
    return [
        PIPELINE.run({"x": 1}),
        PIPELINE.run({"x": 1}, output_name="z"),
        PIPELINE.run({"y": 1}),
        PIPELINE.map({"x": [1, 2]}, map_over="x").to_dict(),
        PIPELINE.map({"x": []}, map_over="x").to_dict(),
        Pipeline([PIPELINE]).run({"x": 1}),
        Pipeline([inner]).run({"xs": [1, 2]}),
        Pipeline([deep]).run({"xs": [[1], [2, 3]]}),
        inner(xs=[4]),
    ]


EXPECTED = [
    {"y": 2, "z": 3},
    {"z": 3},
    {"y": 1, "z": 2},
    {"y": [2, 4], "z": [3, 5]},
    {"y": [], "z": []},
    {"y": 2, "z": 3},
    {"zs": [3, 5]},
    {"zs": [[3], [5, 7]]},
    {"zs": [9]},
]


def test_in_plain_code() -> None:
    assert everything() == EXPECTED


def test_inside_a_running_loop() -> None:
    async def main() -> list[Any]:
        return everything()

    assert asyncio.run(main()) == EXPECTED


def test_the_loop_around_goes_on_afterwards() -> None:
    async def main() -> int:
        first = PIPELINE.run({"x": 1})["z"]
        await asyncio.sleep(0)
        second = await asyncio.create_task(double.func(first))
        return int(second)

    assert asyncio.run(main()) == 6


def test_a_node_may_run_async_pipelines() -> None:
    outer = Pipeline([node("out")(lambda x: PIPELINE.run({"x": x})["z"]), node("a")(double.func)])
    assert outer.run({"x": 1}) == {"out": 3, "a": 2}


def test_methods_partials_and_callables() -> None:
    class Client:
        async def get(self, x: int) -> int:
            return x + 1

        async def __call__(self, y: int) -> int:
            return y * 10

    assert Pipeline([node("y")(Client().get), node("z", name="call")(Client())]).run({"x": 1}) == {
        "y": 2,
        "z": 20,
    }


def test_several_outputs() -> None:
    async def both(x: int) -> tuple[int, int]:
        return x, -x

    assert Pipeline([node(("a", "b"))(both)]).map({"x": [1, 2]}, "x").to_dict() == {
        "a": [1, 2],
        "b": [-1, -2],
    }


@pytest.mark.parametrize("running", [False, True])
def test_context_variables_are_seen(running: bool) -> None:
    async def read(x: int) -> int:
        return variable.get() + x

    pipeline = Pipeline([node("y")(read)])

    async def main() -> Any:
        return pipeline.run({"x": 1})

    token = variable.set(5)
    try:
        result = asyncio.run(main()) if running else pipeline.run({"x": 1})
    finally:
        variable.reset(token)
    assert result == {"y": 6}


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("mapped", [False, True])
def test_failures(running: bool, mapped: bool) -> None:
    error = LookupError("mine")

    async def bad(x: int) -> NoReturn:
        await asyncio.sleep(0)
        raise error

    pipeline = Pipeline([double, node("b")(bad)], name="p")

    async def main() -> Any:
        return pipeline.map({"x": [7]}, map_over="x") if mapped else pipeline.run({"x": 7})

    with pytest.raises(LookupError) as caught:
        asyncio.run(main()) if running else main().send(None)
    assert caught.value is error
    item = ", item 0" if mapped else ""
    assert note_of(error) == f"hypernodes: node 'bad' failed in pipeline 'p'{item}\n  inputs: x=7"
    assert caught.traceback[-1].name == "bad"


def test_async_nodes_are_the_coroutine_functions_they_were() -> None:
    assert double.is_async
    assert not plus.is_async
    assert asyncio.run(double(4)) == 8
