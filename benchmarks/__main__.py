"""Measure everything, print the table, and write it to RESULTS.md."""

from __future__ import annotations

import datetime as dt
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks import core, daft_engine
from benchmarks.timing import Row

HERE = Path(__file__).parent
MARK = "<!-- measured: everything below is written by `make bench` -->"


def table(rows: list[Row]) -> str:
    lines = ["| work | measured | goal | against |", "|---|---|---|---|"]
    lines += [f"| {r.work} | {r.ratio:.2f} | {r.goal} | {r.against}{r.note} |" for r in rows]
    return "\n".join(lines)


def main() -> None:
    rows = [*core.rows(), *daft_engine.rows()]
    told = (
        f"{dt.datetime.now(tz=dt.UTC).date()}, Python {platform.python_version()}, "
        f"daft {version('daft')}: `make bench`\n\n{table(rows)}\n"
    )
    print(told)
    results = HERE / "RESULTS.md"
    head, mark, _ = results.read_text().partition(MARK)
    results.write_text(f"{head}{mark}\n\n{told}")


if __name__ == "__main__":
    main()
