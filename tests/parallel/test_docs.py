from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "engines.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=["processes", "own-executor"])
def test_the_page_shows_code_that_runs(block, run_script):
    done = run_script(block)
    assert done.returncode == 0, done.stderr
