"""The Mermaid text, read and drawn by Mermaid itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from samples import SAMPLES, random_pipeline

ROOT = Path(__file__).parents[2]
VERSION = "11.4.1"
CASES = {**SAMPLES, "random": lambda: random_pipeline(4)}


@pytest.fixture(scope="module")
def mermaid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    script = ROOT / "build" / "mermaid" / VERSION / "package" / "dist" / "mermaid.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            pytest.skip("needs npm: apt-get install npm")
        folder = script.parents[2]
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "pack", "--silent", f"mermaid@{VERSION}"],
            cwd=folder,
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
        )
        with tarfile.open(folder / f"mermaid-{VERSION}.tgz") as archive:
            archive.extractall(folder, filter="data")
    page = tmp_path_factory.mktemp("page") / "mermaid.html"
    page.write_text(
        f"<!doctype html><meta charset='utf-8'><script src='{script.as_uri()}'></script>"
        "<script>mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})</script>",
        encoding="utf-8",
    )
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        browser.open(page)
        yield browser


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("theme", ["auto", "dark"])
@pytest.mark.parametrize("name", CASES)
def test_mermaid_reads_and_draws_it(mermaid, name, theme) -> None:
    picture = CASES[name]().visualize(theme=theme)
    source = json.dumps(picture.mermaid)
    kind = mermaid.js(f"mermaid.parse({source}).then(found => found.diagramType)")
    assert kind.startswith("flowchart")
    mermaid.js(
        f"mermaid.render('drawn', {source}).then(made => {{ document.body.innerHTML = made.svg; }})"
    )
    shown = "".join(mermaid.js("document.body.textContent").split())
    for item, _ in picture.scene.walk():
        assert "".join(item.title.split()) in shown
        for value in item.values:
            assert "".join(value.name.split()) in shown
    assert mermaid.js("document.querySelectorAll('body script, body img').length") == 0


@pytest.mark.browser
@pytest.mark.slow
def test_the_parser_refuses_what_is_no_mermaid(mermaid) -> None:
    said = mermaid.js("mermaid.parse('flowchart LR\\n a[\"x --> b').catch(() => 'refused')")
    assert said == "refused"
