"""Where the cases are, and how one is run: ours, or one of the two controls."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = ("ours", "cloudpickle", "module")


def is_case(path):
    return path.suffix == ".py" or (path / "main.py").exists()


CASES = sorted(path for path in (HERE / "corpus").iterdir() if is_case(path))


def run_case(case, how, tool="ours"):
    """Run one case in a new home; what went wrong as text, or ''."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        if case.is_dir():
            shutil.copytree(case, home, ignore=shutil.ignore_patterns("__pycache__"))
            script = home / "main.py"
        else:
            home.mkdir()
            script = home / f"case_{case.name}"
            shutil.copy(case, script)
        done = subprocess.run(
            [sys.executable, "-P", HERE / "corpus_home.py", script, how, tool],
            cwd=folder, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    return "" if done.returncode == 0 else done.stderr[-6000:] or "failed"
