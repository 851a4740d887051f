"""Each case of the corpus, as a script and as an imported module, with a worker elsewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CASES = sorted(
    path
    for path in (HERE / "corpus").iterdir()
    if path.suffix == ".py" or (path / "main.py").exists()
)


@pytest.mark.parametrize("how", ["main", "module"])
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case, how, tmp_path):
    home = tmp_path / "home"
    if case.is_dir():
        shutil.copytree(case, home, ignore=shutil.ignore_patterns("__pycache__"))
        script = home / "main.py"
    else:
        home.mkdir()
        script = home / f"case_{case.name}"
        shutil.copy(case, script)
    done = subprocess.run(
        [sys.executable, "-P", HERE / "corpus_home.py", script, how],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-6000:]
