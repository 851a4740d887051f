"""The tables of RESULTS.md."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.timing import Row

WORKS = {
    "run 10 last": "run(), 10 nodes, last output",
    "run 10 all": "run(), 10 nodes, all outputs",
    "run 100 last": "run(), 100 nodes, last output",
    "run 100 all": "run(), 100 nodes, all outputs",
    "run 1000 last": "run(), 1,000 nodes, last output",
    "run 1000 all": "run(), 1,000 nodes, all outputs",
    "map last": "map(), 10k items x 10 nodes, last output",
    "map all": "map(), 10k items x 10 nodes, all outputs",
    "nested": "nested map, 100 x 100",
    "fan": "fan out to 1,000 nodes and in again",
    "build 1000 last": "build and first run, 1,000 nodes, last output",
    "build 1000 all": "build and first run, 1,000 nodes, all outputs",
    "import": "import, over a bare interpreter",
}


def shown(work: str, value: float | str) -> str:
    if isinstance(value, str):
        return {"none": "no such thing"}.get(value, value)
    if work == "import":
        return f"{value:.0f} ms"
    if work.startswith("build"):
        return f"{value:.2f} s"
    return f"{value:,.1f}x" if value < 10 else f"{value:,.0f}x"


def peers_table(found: dict[str, dict[str, Any]], works: dict[str, str] = WORKS) -> str:
    heads = [f"{name} {each['version']}" for name, each in found.items()]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for work, label in works.items():
        cells = [shown(work, each["results"][work]) for each in found.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def excess(row: Row) -> float | None:
    """By how many percent a goal is missed; None where it is met or none is set."""
    goal = re.match(r"(<=|>=) ([\d.]+)", row.goal)
    if goal is None:
        return None
    limit, measured = float(goal[2]), round(row.ratio, 2)
    missed = measured > limit if goal[1] == "<=" else measured < limit
    return abs(measured / limit - 1) * 100 if missed else None


def goals_table(rows: list[Row]) -> str:
    lines = ["| work | against | measured | goal | |", "|---|---|---|---|---|"]
    for row in rows:
        off = excess(row)
        mark = "" if not row.goal else "met" if off is None else f"missed by {off:.0f}%"
        goal = row.goal or "none set"
        lines.append(f"| {row.work} | {row.against} | {row.ratio:,.2f} | {goal} | {mark} |")
    return "\n".join(lines)


def misses(rows: list[Row]) -> str:
    """Each missed goal, by how much, and why."""
    lines = []
    for row in rows:
        off = excess(row)
        if off is not None:
            why = row.note or "within what this machine's timings wander" * (off < 5)
            lines.append(
                f"- **{row.work}**: {row.ratio:,.2f} for {row.goal}, {off:.0f}% off. "
                f"{why or 'Not explained yet.'}"
            )
    return "\n".join(lines) or "No goal is missed."
