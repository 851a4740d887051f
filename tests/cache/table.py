"""Writes the table of `docs/caching.md` from the cases."""

from __future__ import annotations

from pathlib import Path

from cases import CASES

PAGE = Path(__file__).parents[2] / "docs" / "caching.md"
START, END = "<!-- cases: written by tests/cache/table.py -->", "<!-- end of cases -->"


def table() -> str:
    lines = ["| what is different | runs again |", "|---|---|"]
    for case in CASES:
        told = {
            (): "nothing",
            ("first",): "the node",
            ("first", "second"): "the node and its reader",
        }
        lines.append(f"| {case.name} | {told[case.reruns]} |")
    return "\n".join(lines)


def page() -> str:
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(START)
    return f"{head}{START}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
