from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cases import CASES, Case

TALLY = """
import os
CACHE = os.environ["CASE_CACHE"]
def ran(name):
    with open(os.environ["CASE_LOG"], "a") as log:
        log.write(name + "\\n")
"""


def run(folder: Path, words: tuple[str, ...], env: dict[str, str]) -> tuple[list[str], str]:
    log = folder / "log.txt"
    log.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=folder,
        env={
            **os.environ,
            "CASE_CACHE": str(folder / "cache"),
            "CASE_LOG": str(log),
            "PYTHONPATH": f"{folder / 'site-packages'}{os.pathsep}{folder}",
            "PYTHONDONTWRITEBYTECODE": "1",
            **env,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (log.read_text().split() if log.exists() else []), done.stdout


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exactly_what_a_change_reaches_runs_again(case: Case, tmp_path: Path) -> None:
    write(tmp_path, {"site-packages/tally.py": TALLY})
    write(tmp_path, case.before)
    ran, _ = run(tmp_path, ("main.py",), {"PYTHONHASHSEED": "1"})
    assert ran == ["first", "second"]
    write(tmp_path, case.after)
    ran, answer = run(tmp_path, case.how, {"PYTHONHASHSEED": "2", **case.env})
    assert ran == list(case.reruns)
    # And the answer is that of a run without a cache.
    assert answer == run(tmp_path, case.how, {"CASE_CACHE": str(tmp_path / "empty")})[1]


def test_names_are_unique_and_there_are_enough() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def package(version: str) -> dict[str, str]:
    return {
        "site-packages/thirdparty/__init__.py": "def f(v):\n    return v\n",
        "site-packages/thirdparty-1.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: thirdparty\nVersion: {version}\n"
        ),
    }


def test_the_version_of_an_installed_package_counts(tmp_path: Path) -> None:
    from cases import base

    write(tmp_path, {"site-packages/tally.py": TALLY})
    write(tmp_path, {"main.py": base("import thirdparty", "thirdparty.f(x)")})
    write(tmp_path, package("1.0"))
    assert run(tmp_path, ("main.py",), {})[0] == ["first", "second"]
    assert run(tmp_path, ("main.py",), {})[0] == []
    write(tmp_path, package("2.0"))
    assert run(tmp_path, ("main.py",), {})[0] == ["first"]


def test_the_table_in_the_docs_is_that_of_the_cases() -> None:
    import table

    assert table.PAGE.read_text(encoding="utf-8") == table.page()
