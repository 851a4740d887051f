"""A script of a user's runs in processes that cannot import it.

Daft starts its workers with the environment and the working directory of the home process,
so a script that is started from another folder than its own is out of their reach.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).parent / "app"
CASES = [
    "node_in_function",
    "closure",
    "stateful_inline",
    "model_inline",
    "one_class",
    "two_classes",
    "one_holding_another",
    "class_with_surroundings",
    "model_of_the_script",
    "class_with_hints",
    "mapped_over_objects",
]


def python(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script and its sibling, in a folder that no worker sees."""
    return Path(shutil.copytree(APP, tmp_path_factory.mktemp("home") / "app"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def checks(app: Path, elsewhere: Path) -> dict[str, Any]:
    done = python(str(app / "script.py"), cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", CASES)
def test_workers_that_cannot_import_the_script(checks: dict[str, Any], case: str):
    assert checks[case] == {
        "local": True,
        "workers": True,
        "types": True,
        "elsewhere": True,
        "importable": False,
    }


def test_no_case_is_forgotten(checks: dict[str, Any]):
    assert sorted(checks) == sorted(CASES)


@pytest.mark.parametrize("how", ["as it is", "as main"])
def test_control_plain_daft_cannot_do_it(app: Path, elsewhere: Path, how: str):
    done = python(str(app / "control.py"), how, cwd=elsewhere)
    assert done.returncode != 0
    assert "ModuleNotFoundError: No module named" in done.stderr
    assert "sibling" in done.stderr


def test_control_where_the_module_can_be_imported_plain_daft_works(app: Path):
    done = python(str(app / "control.py"), "as it is", cwd=app)
    assert "[101]" in done.stdout, done.stderr


RECEIVE = """
import importlib.util, json, pickle, sys
assert not importlib.util.find_spec("sibling") and not importlib.util.find_spec("script")
with open(sys.argv[1], "rb") as file:
    data = file.read()
"""
RUN = """
from hypernodes import DaftEngine
print(json.dumps(pipeline.run(inputs, engine=DaftEngine())["y"]))
"""
LOAD = "\nfrom hypernodes import shipping\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The pair (pipeline, inputs) as files, and what running it must give."""
    folder = tmp_path_factory.mktemp("files")
    app = Path(shutil.copytree(APP, tmp_path_factory.mktemp("gone") / "app"))
    done = python(str(app / "script.py"), str(folder), cwd=folder)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(app)
    return folder, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("file", "code", "answer"),
    [
        ("pickle", "pipeline, inputs = pickle.loads(data)" + RUN, "y"),
        ("cloudpickle", "pipeline, inputs = pickle.loads(data)" + RUN, "y"),
        ("shipping", LOAD + "pipeline, inputs = shipping.loads(data)" + RUN, "y"),
        (
            "received",
            LOAD + "function, *given = shipping.loads(data)\nprint(function(*given)['y'])",
            "y",
        ),
        (
            "building",
            LOAD + "function, *given = shipping.loads(data)\nprint(function(*given)['sum'])",
            "sum",
        ),
    ],
    ids=["pickle", "cloudpickle", "shipping", "function that runs it", "function that builds"],
)
def test_a_pipeline_received_by_another_process(
    files: tuple[Path, dict[str, int]], elsewhere: Path, file: str, code: str, answer: str
):
    folder, expected = files
    done = python("-I", "-c", RECEIVE + code, str(folder / file), cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected[answer]
