"""What every test may use: fresh interpreters, and skips for what this machine cannot do."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# The same examples on every run of CI; no deadline, as a shared machine has slow moments.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def lacking(marker: str) -> str | None:
    """Why a test with this marker cannot run here; None when it can."""
    match marker:
        case "root" if os.geteuid() != 0:
            return "needs to be root"
        case "cluster" if importlib.util.find_spec("ray") is None:
            return "needs ray: pip install ray"
        case "browser" if not any(map(shutil.which, BROWSERS)):
            return "needs a browser: apt-get install chromium"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers():
            if reason := lacking(mark.name):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    # --doctest-modules would import every file; scripts beside the tests are their material.
    if collection_path.suffix == ".py" and not collection_path.name.startswith("test_"):
        return True
    return None


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run source as the script of a fresh interpreter, in a folder that holds nothing else."""

    def run(source: str) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "script.py"
        script.write_text(source, encoding="utf-8")
        return subprocess.run(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
