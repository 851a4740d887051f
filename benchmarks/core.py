"""run, map, nested map, build and import, against the same calls by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.timing import Row, ratio, start_up
from hypernodes import Pipeline, node


def chain_functions(length: int) -> list[Callable[..., Any]]:
    """Real functions of one parameter each: v1 = v0 + 1, v2 = v1 + 1, ..."""
    names: dict[str, Any] = {}
    for i in range(length):
        exec(f"def f{i}(v{i}):\n    return v{i} + 1\n", names)
    return [names[f"f{i}"] for i in range(length)]


def chain(functions: list[Callable[..., Any]]) -> Pipeline:
    return Pipeline([node(output_name=f"v{i + 1}")(f) for i, f in enumerate(functions)])


def by_hand(functions: list[Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The same chain as a person would write it, for every shape of result."""
    count = len(functions)
    calls = "\n".join(f"{{0}}v{i + 1} = f{i}(v{i})" for i in range(count))
    every = ", ".join(f"'v{i + 1}': v{i + 1}" for i in range(count))
    columns = "\n".join(f"    c{i + 1} = []" for i in range(count))
    appends = "\n".join(f"        c{i + 1}.append(v{i + 1})" for i in range(count))
    lists = ", ".join(f"'v{i + 1}': c{i + 1}" for i in range(count))
    once, looped = calls.replace("{0}", "    "), calls.replace("{0}", "        ")
    source = f"""
def run_last(inputs):
    v0 = inputs['v0']
{once}
    return {{'v{count}': v{count}}}
def run_all(inputs):
    v0 = inputs['v0']
{once}
    return {{{every}}}
def map_last(values):
    out = []
    for v0 in values:
{looped}
        out.append(v{count})
    return {{'v{count}': out}}
def map_columns(values):
{columns}
    for v0 in values:
{looped}
{appends}
    return {{{lists}}}
def map_rows(values):
    out = []
    for v0 in values:
{looped}
        out.append({{{every}}})
    return out
"""
    names: dict[str, Any] = {f"f{i}": f for i, f in enumerate(functions)}
    exec(source, names)
    return names


def rows() -> list[Row]:
    return [*_runs(), *_maps(), _nested(), *_builds(), _imports()]


def _runs() -> list[Row]:
    found = []
    for length, times, goals in ((10, 5000, ("2.5", "2.0")), (100, 500, ("1.5", "1.5"))):
        functions = chain_functions(length)
        pipeline, hand = chain(functions), by_hand(functions)
        values, last = {"v0": 1}, f"v{length}"
        found += [
            Row(
                f"run(), chain of {length}, last output",
                "the calls, a dict of one",
                ratio(
                    lambda p=pipeline, v=values, n=last: p.run(v, n),
                    lambda h=hand, v=values: h["run_last"](v),
                    times=times,
                ),
                f"<= {goals[0]}",
            ),
            Row(
                f"run(), chain of {length}, all outputs",
                "the calls, a dict of all",
                ratio(
                    lambda p=pipeline, v=values: p.run(v),
                    lambda h=hand, v=values: h["run_all"](v),
                    times=times,
                ),
                f"<= {goals[1] if length == 10 else '1.5'}",
            ),
        ]
    return found


def _maps() -> list[Row]:
    functions = chain_functions(10)
    pipeline, hand = chain(functions), by_hand(functions)
    items = list(range(10_000))
    inputs = {"v0": items}
    return [
        Row(
            "map(), 10k items x 10, last output",
            "a loop that appends",
            ratio(
                lambda: pipeline.map(inputs, "v0", output_name="v10").to_dict(),
                lambda: hand["map_last"](items),
                rounds=31,
            ),
            "<= 1.0",
        ),
        Row(
            "map(), 10k items x 10, all outputs as columns",
            "a loop that appends to ten lists",
            ratio(
                lambda: pipeline.map(inputs, "v0").to_dict(),
                lambda: hand["map_columns"](items),
            ),
            "<= 1.0",
        ),
        Row(
            "map(), 10k items x 10, all outputs",
            "a loop that makes a dict for each item",
            ratio(
                lambda: pipeline.map(inputs, "v0"),
                lambda: hand["map_rows"](items),
            ),
            "<= 1.0",
        ),
    ]


def _nested() -> Row:
    functions = chain_functions(1)
    inner = chain(functions).as_node(
        input_mapping={"row": "v0"}, output_mapping={"v1": "done"}, map_over="row"
    )
    outer = Pipeline([inner])
    table = [list(range(100)) for _ in range(100)]
    f = functions[0]

    def loop() -> dict[str, Any]:
        done = []
        for row in table:
            made = []
            for value in row:
                made.append(f(value))  # noqa: PERF401 - a loop, as in the line it is held to
            done.append(made)
        return {"done": done}

    return Row(
        "nested map 100 x 100",
        "two loops",
        ratio(lambda: outer.map({"row": table}, "row").to_dict(), loop, times=3),
        "<= 1.5",
    )


def _builds() -> list[Row]:
    found = []
    for length, goal in ((1_000, "0.2"), (10_000, "3")):
        functions = chain_functions(length)
        start = time.perf_counter()
        result = chain(functions).run({"v0": 0}, f"v{length}")
        took = time.perf_counter() - start
        if result != {f"v{length}": length}:
            raise AssertionError(result)
        found.append(Row(f"build and first run, {length:,} nodes", "seconds", took, f"<= {goal} s"))
    return found


def _imports() -> Row:
    return Row(
        "import hypernodes",
        "ms over a bare interpreter",
        start_up("import hypernodes"),
        "<= 60 ms",
    )
