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
script and once as an imported module. Made by
`python tests/shipping/corpus_table.py docs/shipping-corpus.md`.

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


WAYS = {"main": "script", "module": "module"}


def table():
    """The rows, and how many cases each tool passes as a script and as a module."""
    lines = []
    passed = {(tool, how): 0 for tool in TOOLS for how in WAYS}
    for case in CASES:
        cells = []
        for tool in TOOLS:
            good = [how for how in WAYS if not run_case(case, how, tool)]
            for how in good:
                passed[tool, how] += 1
            only = f"only as a {WAYS[good[0]]}" if good else "no"
            cells.append("yes" if len(good) == len(WAYS) else only)
        lines.append(f"| {case.stem} | {description(case)} | {' | '.join(cells)} |")
    for how, name in WAYS.items():
        totals = " | ".join(f"**{passed[tool, how]} of {len(CASES)}**" for tool in TOOLS)
        lines.append(f"| | **all, as a {name}** | {totals} |")
    return lines, passed


if __name__ == "__main__":
    rows, _ = table()
    Path(sys.argv[1]).write_text(HEAD + "\n".join(rows) + "\n")
