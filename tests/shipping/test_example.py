"""The example of several files runs on workers that have none of them."""

import subprocess
import sys
from pathlib import Path

MAIN = Path(__file__).parents[2] / "examples" / "team_project" / "main.py"


def test_the_team_project(tmp_path):
    done = subprocess.run(
        [sys.executable, str(MAIN)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "preflight: runs on a bare worker" in done.stdout
    assert "textkit.clean.STOPWORDS" in done.stdout
    assert "Summary(title='The origin of species', count=2) True" in done.stdout
    assert "Summary(title='A room of the world', count=2) True" in done.stdout
