"""The README keeps its word: every Python block in it runs as shown, as a script of its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parents[1] / "README.md"

# An optional mark on the line before; the fence's indent is taken off the code as well.
BLOCK = re.compile(
    r"(?P<no_run><!-- no-run -->[ \t]*\n+)?"
    r"^(?P<indent>[ \t]*)```python[^\n]*\n(?P<code>.*?)^[ \t]*```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    line: int
    code: str
    runs: bool


def blocks(text: str) -> Iterator[Block]:
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        code = re.sub(f"^{match['indent']}", "", match["code"], flags=re.MULTILINE)
        yield Block(line, code, runs=match["no_run"] is None)


def readme_blocks() -> list[Block]:
    return list(blocks(README.read_text("utf-8"))) if README.exists() else []


def test_blocks_are_found() -> None:
    text = "```python\na\n```\n\n<!-- no-run -->\n```python\nb\n```\n```text\nc\n```\n"
    assert list(blocks(text)) == [Block(2, "a\n", runs=True), Block(7, "b\n", runs=False)]


def test_readme_shows_code_that_runs() -> None:
    assert any(block.runs for block in readme_blocks()), f"{README.name} has no block that runs"


@pytest.mark.parametrize("block", readme_blocks(), ids=lambda block: f"line{block.line}")
def test_block(block: Block, run_script: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    compile(block.code, f"{README.name}:{block.line}", "exec")
    if block.runs:
        result = run_script(block.code)
        assert result.returncode == 0, f"{README.name}:{block.line}\n{result.stderr}"
