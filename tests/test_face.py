"""The public face: its names, what importing it costs, and the rules of the house behind it."""

from __future__ import annotations

import doctest
import importlib.metadata
import importlib.util
import inspect
import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hypernodes
from hypernodes.extras import _VERSIONS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "hypernodes"
MAX_LINES = 500

RunScript = Callable[[str], "subprocess.CompletedProcess[str]"]

# Prints what `import hypernodes` adds to a bare interpreter, one module a line.
WHAT_IS_LOADED = """
import sys
before = set(sys.modules)
import hypernodes
print(*sorted(set(sys.modules) - before), sep="\\n")
"""


def loaded_by_import(run_script: RunScript) -> set[str]:
    result = run_script(WHAT_IS_LOADED)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_no_name_is_listed_twice() -> None:
    assert len(hypernodes.__all__) == len(set(hypernodes.__all__))


@pytest.mark.parametrize("name", hypernodes.__all__)
def test_public_name(name: str) -> None:
    value = getattr(hypernodes, name)
    assert name in dir(hypernodes)
    if inspect.isclass(value) or inspect.isroutine(value):
        assert value.__module__ == "hypernodes"
        assert value.__qualname__ == name
        assert value.__doc__, f"{name} has no docstring"


@pytest.mark.parametrize("name", hypernodes.__all__)
def test_example_runs_with_the_public_names_alone(name: str) -> None:
    value = getattr(hypernodes, name)
    if inspect.isclass(value) and issubclass(value, hypernodes.HyperNodesError):
        pytest.skip("the family's root shows how errors are read")
    names = {public: getattr(hypernodes, public) for public in hypernodes.__all__}
    test = doctest.DocTestParser().get_doctest(value.__doc__, names, name, None, None)
    assert test.examples, f"{name} shows no example"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, _ = doctest.DocTestRunner(optionflags=flags).run(test)
    assert failed == 0


def test_nothing_of_ours_is_missing_from_all() -> None:
    ours = {
        name
        for name, value in vars(hypernodes).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("hypernodes")
    }
    assert ours
    assert ours <= set(hypernodes.__all__)


def test_star_import_gives_every_name(run_script: RunScript) -> None:
    result = run_script("from hypernodes import *\nprint(*sorted(globals()))")
    assert result.returncode == 0, result.stderr
    assert set(hypernodes.__all__) <= set(result.stdout.split())


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        hypernodes.no_such_name  # noqa: B018


def test_one_version() -> None:
    assert hypernodes.__version__ == importlib.metadata.version("hypernodes")


def test_install_hints_name_the_versions_of_the_extras() -> None:
    extras = importlib.metadata.requires("hypernodes") or []
    wanted = {line.partition(";")[0].strip().replace(" ", "") for line in extras}
    for package, versions in _VERSIONS.items():
        spellings = {package + ",".join(p) for p in itertools.permutations(versions.split(","))}
        assert spellings & wanted, f"{package}{versions} is no extra of pyproject.toml"


def test_import_loads_only_the_standard_library(run_script: RunScript) -> None:
    loaded = loaded_by_import(run_script)
    assert "hypernodes" in loaded
    foreign = {
        name
        for name in loaded
        if (top := name.partition(".")[0]) != "hypernodes" and top not in sys.stdlib_module_names
    }
    assert not foreign


def test_import_opens_no_upper_room(run_script: RunScript) -> None:
    upper = ("cache", "cli", "integrations", "shipping", "telemetry", "viz")
    loaded = loaded_by_import(run_script)
    assert not {name for name in loaded if name.startswith(tuple(f"hypernodes.{u}" for u in upper))}


def test_import_direction() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_is_long() -> None:
    folders = ("src", "tests", "examples", "benchmarks")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert files
    lengths = {str(f.relative_to(ROOT)): f.read_text("utf-8").count("\n") for f in files}
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}


def test_types_are_marked() -> None:
    assert (SOURCE / "py.typed").is_file()
