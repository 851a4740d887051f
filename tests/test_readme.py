"""README and docs keep their word: every Python block in them runs as shown, as a script."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

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


def shown() -> list[tuple[str, Block]]:
    return [
        (page.name, block) for page in PAGES if page.exists() for block in blocks(page.read_text())
    ]


def test_blocks_are_found() -> None:
    text = "```python\na\n```\n\n<!-- no-run -->\n```python\nb\n```\n```text\nc\n```\n"
    assert list(blocks(text)) == [Block(2, "a\n", runs=True), Block(7, "b\n", runs=False)]


def test_readme_shows_code_that_runs() -> None:
    assert any(name == README.name and block.runs for name, block in shown())


@pytest.mark.parametrize(
    ("page", "block"),
    shown(),
    ids=lambda each: each if isinstance(each, str) else f"line{each.line}",
)
def test_block(
    page: str, block: Block, run_script: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    compile(block.code, f"{page}:{block.line}", "exec")
    if block.runs:
        result = run_script(block.code)
        assert result.returncode == 0, f"{page}:{block.line}\n{result.stderr}"
