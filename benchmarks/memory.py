"""Peak memory of a map of a million items, against a loop that keeps the same results."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.timing import Row

ITEMS = 1_000_000
LOOP = "result = []\nfor x in range({items}):\n    result.append(f(x))\n"
OURS = "result = p.map({{'x': range({items})}}, 'x')['y']\n"
SETUP = """
from hypernodes import Pipeline, node
def f(x: int) -> float:
    return x + 0.5
p = Pipeline([node(output_name='y')(f)])
p.map({'x': range(10)}, 'x')
def status(name):
    return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith(name))
# The kernel counts the peak of the process that forked us, too: count from here.
open('/proc/self/clear_refs', 'w').write('5')
before = status('VmRSS')
"""
TOLD = """
assert len(result) == {items} and result[-1] == {items} - 0.5
print(status('VmHWM') - before)
"""


def peak(work: str) -> int:
    """In kB, over what the interpreter and the library took before."""
    code = SETUP + (work + TOLD).format(items=ITEMS)
    made = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(made.stdout)


def rows() -> list[Row]:
    if not Path("/proc/self/clear_refs").exists():
        print("bench: peak memory is measured on Linux only")
        return []
    found = statistics.median(peak(OURS) / peak(LOOP) for _ in range(3))
    return [Row("peak memory, map of 1M items", "a loop that keeps them", found, "<= 1.2")]
