"""A process may end right after its query, also where others keep the processors busy."""

import subprocess
import sys

import pytest

SCRIPT = """
from hypernodes import DaftEngine, Pipeline, node

@node(output_name="y")
def add(x):
    return x + 1

print(Pipeline([add]).run({"x": 1}, engine=DaftEngine()))
"""


@pytest.mark.slow
def test_the_interpreter_ends_well():
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        for _ in range(20):
            done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
            assert done.stdout.split() == [b"{'y':", b"2}"]
    finally:
        for process in busy:
            process.kill()
            process.wait()
