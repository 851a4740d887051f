"""The pictures of ten pipelines, held to files; `UPDATE_GOLDENS=1 make test` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from samples import SAMPLES

from hypernodes import Pipeline

GOLDENS = Path(__file__).with_name("goldens")
CASES = [(name, ending) for name in SAMPLES for ending in ("svg", "mmd", "txt")]
ORIENTATION: dict[str, Any] = {"evaluation": "TB", "fan": "TB"}
THEME: dict[str, Any] = {"grid": "light", "encode": "dark"}


def made(name: str, ending: str) -> str:
    pipeline: Pipeline = SAMPLES[name]()
    if ending == "txt":
        return f"{pipeline.describe()}\n"
    picture = pipeline.visualize(
        orientation=ORIENTATION.get(name, "LR"),
        theme=THEME.get(name, "auto"),
    )
    return picture.svg if ending == "svg" else picture.mermaid


@pytest.mark.parametrize(("name", "ending"), CASES)
def test_golden(name: str, ending: str) -> None:
    text = made(name, ending)
    file = GOLDENS / f"{name}.{ending}"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    assert file.read_text("utf-8") == text


def test_every_golden_has_its_case() -> None:
    assert {f.name for f in GOLDENS.iterdir()} == {f"{name}.{ending}" for name, ending in CASES}


def test_a_picture_is_the_same_every_time() -> None:
    assert made("rag", "svg") == made("rag", "svg")
