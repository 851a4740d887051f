"""Measure everything, print the tables, write them to RESULTS.md and draw the chart.

python -m benchmarks [PART ...]        only these parts, printed and not written
"""

from __future__ import annotations

import datetime as dt
import importlib
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks import chart, peer_envs
from benchmarks.report import goals_table, misses, peers_table
from benchmarks.timing import Row

HERE = Path(__file__).parent
MARK = "<!-- measured: everything below is written by `make bench` -->"
PARTS = ("core", "workers", "memory", "payloads", "cache", "daft_engine")


def rows_of(parts: tuple[str, ...]) -> list[Row]:
    found: list[Row] = []
    for part in parts:
        print(f"bench: {part}", flush=True)
        found += importlib.import_module(f"benchmarks.{part}").rows()
    return found


def main(parts: tuple[str, ...]) -> None:
    if parts:
        rows = rows_of(parts)
        print(f"{goals_table(rows)}\n\n{misses(rows)}")
        return
    start = time.perf_counter()
    peers = peer_envs.measure()
    rows = rows_of(PARTS)
    told = (
        f"{dt.datetime.now(tz=dt.UTC).date()}, `make bench`, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, daft {version('daft')}, "
        f"{time.perf_counter() - start:.0f} s in all.\n\n"
        f"## Against other libraries\n\n{peers_table(peers)}\n\n"
        f"## Against hand-written code\n\n{goals_table(rows)}\n\n"
        f"## Where a goal is missed\n\n{misses(rows)}\n"
    )
    print(told)
    results = HERE / "RESULTS.md"
    head, mark, _ = results.read_text().partition(MARK)
    results.write_text(f"{head}{mark}\n\n{told}")
    chart.draw(peers)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
