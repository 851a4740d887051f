"""Runs the corpus with hypernodes and with both controls, and writes the table of results.

python tests/shipping/corpus_table.py docs/shipping-corpus.md
"""

import ast
import sys
from pathlib import Path

from corpus_cases import CASES, TOOLS, run_case

HEAD = """# What travels

Programs of the corpus (`tests/shipping/corpus`), each dumped by one process, loaded and run
by another that cannot import its files, and checked when the result is home again; once as a
script and once as an imported module. Made by `python tests/shipping/corpus_table.py`.

* **hypernodes**: `shipping.dumps` there, `shipping.loads` and standard pickle home.
* **cloudpickle**: cloudpickle alone, both ways.
* **`__module__`**: cloudpickle after setting `__module__ = "__main__"` on the case's functions
  and classes.

A case whose code cannot travel in principle passes when an error at home names the path.

| case | what it is | hypernodes | cloudpickle | `__module__` |
|---|---|---|---|---|
"""


def description(case):
    text = (case / "main.py" if case.is_dir() else case).read_text()
    return (ast.get_docstring(ast.parse(text)) or "").splitlines()[0].rstrip(".")


def cell(case, tool):
    failed = [how for how in ("main", "module") if run_case(case, how, tool)]
    return {0: "yes", 2: "no"}.get(len(failed)) or f"not as a {failed[0].replace('main', 'script')}"


def table():
    """The rows, and how many cases each tool passes both ways."""
    lines, passed = [], dict.fromkeys(TOOLS, 0)
    for case in CASES:
        cells = [cell(case, tool) for tool in TOOLS]
        for tool, text in zip(TOOLS, cells, strict=True):
            passed[tool] += text == "yes"
        lines.append(f"| {case.stem} | {description(case)} | {' | '.join(cells)} |")
    totals = " | ".join(f"**{passed[tool]} of {len(CASES)}**" for tool in TOOLS)
    return [*lines, f"| | | {totals} |"], passed


if __name__ == "__main__":
    rows, _ = table()
    Path(sys.argv[1]).write_text(HEAD + "\n".join(rows) + "\n")
