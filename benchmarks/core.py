"""run, map, nested map, build and import, against the same calls by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.hand import (
    by_hand,
    chain_functions,
    fan_by_hand,
    fan_functions,
    nested_by_hand,
)
from benchmarks.timing import Row, ratio, start_up
from hypernodes import Pipeline, node

__all__ = ["chain", "chain_functions", "rows"]


def chain(functions: list[Callable[..., Any]]) -> Pipeline:
    return Pipeline([node(output_name=f.__name__)(f) for f in functions])


def rows() -> list[Row]:
    return [*_runs(), *_maps(), _nested(), _fan(), *_builds(), _imports()]


def _runs() -> list[Row]:
    return [
        *_run_rows(10, 5000, "2.5", "2.0"),
        *_run_rows(100, 500, "1.5", "1.5"),
        *_run_rows(1000, 50, "1.5", "1.5"),
    ]


def _run_rows(length: int, times: int, last_goal: str, all_goal: str) -> list[Row]:
    functions = chain_functions(length)
    pipeline, hand = chain(functions), by_hand(functions)
    values, last = {"v0": 1}, f"v{length}"
    run_last, run_all = hand["run_last"], hand["run_all"]
    return [
        Row(
            f"run(), chain of {length:,}, last output",
            "the calls, a dict of one",
            ratio(lambda: pipeline.run(values, last), lambda: run_last(values), times=times),
            f"<= {last_goal}",
        ),
        Row(
            f"run(), chain of {length:,}, all outputs",
            "the calls, a dict of all",
            ratio(lambda: pipeline.run(values), lambda: run_all(values), times=times),
            f"<= {all_goal}",
        ),
    ]


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
    loop = nested_by_hand(functions[0])

    return Row(
        "nested map 100 x 100",
        "two loops",
        ratio(lambda: outer.map({"row": table}, "row").to_dict(), lambda: loop(table), times=3),
        "<= 1.5",
    )


def _fan() -> Row:
    functions = fan_functions(1000)
    pipeline, hand = chain(functions), fan_by_hand(functions)
    return Row(
        "fan out to 1,000 nodes and in again, run()",
        "the calls",
        ratio(lambda: pipeline.run({"v0": 1}, "total"), lambda: hand({"v0": 1}), times=50),
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
