"""DaftEngine against a plain loop, a UDF per node, and Daft's own one-row query."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import daft

from benchmarks.core import chain
from benchmarks.hand import by_hand, chain_functions
from benchmarks.timing import Row, ratio
from hypernodes import DaftEngine

ROWS = 200_000
NODES = 5


def rows() -> list[Row]:
    functions = chain_functions(NODES)
    pipeline = chain(functions).with_engine(DaftEngine())
    hand = by_hand(functions)
    items = list(range(ROWS))
    last = f"v{NODES}"

    def ours_last() -> dict[str, Any]:
        return pipeline.map({"v0": items}, "v0", output_name=last).to_dict()

    def ours_all() -> dict[str, Any]:
        return pipeline.map({"v0": items}, "v0").to_dict()

    return [
        Row(
            f"DaftEngine, {ROWS // 1000}k items x {NODES}, last output",
            "a loop that appends",
            ratio(ours_last, lambda: hand["map_last"](items), rounds=7),
            "<= 4 now, 1.5 later",
        ),
        Row(
            f"DaftEngine, {ROWS // 1000}k items x {NODES}, all outputs",
            "a loop that appends to five lists",
            ratio(ours_all, lambda: hand["map_columns"](items), rounds=7),
            "<= 4 now, 3 later",
        ),
        Row(
            f"one row-wise UDF per node, {ROWS // 1000}k items x {NODES}",
            "DaftEngine, last output",
            _udf_per_node(functions, items, ours_last),
            ">= 20",
        ),
        Row(
            "DaftEngine, one row",
            "Daft's own one-row query",
            _one_row(functions),
            "<= 1.3",
        ),
    ]


def _udf_per_node(
    functions: list[Callable[..., Any]], items: list[int], ours: Callable[[], dict[str, Any]]
) -> float:
    udfs = [daft.func(f, return_dtype=daft.DataType.int64()) for f in functions]

    def naive() -> dict[str, Any]:
        frame = daft.from_pydict({"v0": items})
        for i, udf in enumerate(udfs):
            frame = frame.with_column(f"v{i + 1}", udf(daft.col(f"v{i}")))
        last = f"v{NODES}"
        return {last: frame.select(last).to_pydict()[last]}

    return ratio(naive, ours, rounds=3)


def _one_row(functions: list[Callable[..., Any]]) -> float:
    pipeline = chain(functions[:1]).with_engine(DaftEngine())
    udf = daft.func(functions[0], return_dtype=daft.DataType.int64())

    def theirs() -> dict[str, Any]:
        frame = daft.from_pydict({"v0": [1]}).with_column("v1", udf(daft.col("v0")))
        return {"v1": frame.select("v1").to_pydict()["v1"][0]}

    # A query takes some milliseconds and its time wanders: many short rounds.
    found = []
    for _ in range(40):
        start = time.perf_counter()
        mine = pipeline.run({"v0": 1})
        middle = time.perf_counter()
        other = theirs()
        found.append((middle - start) / (time.perf_counter() - middle))
        if mine != other:
            raise AssertionError((mine, other))
    return statistics.median(found)
