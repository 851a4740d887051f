"""What shows itself: errors of options, overlays, contrast, safety, tables, the docs page."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import SAMPLES, Failing, Hostile

from hypernodes import InputError, MapResult, Pipeline, node, stateful
from hypernodes.viz.palette import DARK, LIGHT

SEEING = Path(__file__).parents[2] / "docs" / "seeing.md"
BUILT: list[int] = []


@stateful
class Model:
    def __init__(self, size: int) -> None:
        BUILT.append(size)


@node("y")
def predict(x: int, model: Model) -> int:
    return x


@pytest.mark.parametrize(
    "options", [{"depth": 0}, {"orientation": "RL"}, {"theme": "blue"}], ids=lambda o: next(iter(o))
)
def test_an_unknown_option_is_named(options) -> None:
    with pytest.raises(InputError) as caught:
        SAMPLES["single"]().visualize(**options)
    assert caught.value.parameter in options


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.png"):
        SAMPLES["single"]().visualize().save(tmp_path / "picture.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_svg_is_well_formed_and_fetches_nothing(name: str) -> None:
    svg = SAMPLES[name]().visualize().svg
    root = ET.fromstring(svg)
    assert {e.tag.rpartition("}")[2] for e in root.iter()} <= {
        "svg", "style", "rect", "g", "title", "path", "text",
    }  # fmt: skip
    assert not re.search(r"url\(|href|@import", svg.partition("</style>")[0])


def test_depth_closes_what_lies_deeper() -> None:
    pipeline = SAMPLES["evaluation"]()
    titles = [
        {item.title for item, _ in pipeline.visualize(depth=d).scene.walk()} for d in (1, 2, None)
    ]
    assert "rag" in titles[0]
    assert "load" not in titles[0]
    assert "load" in titles[1]
    assert "tokenise" not in titles[1]
    assert "tokenise" in titles[2]


def test_types_and_bound_inputs_can_be_left_out() -> None:
    pipeline = SAMPLES["encode"]()
    assert "Encoder(384)" in pipeline.visualize().svg
    assert "Encoder(384)" not in pipeline.visualize(show_bound=False).svg
    assert "list[float]" not in pipeline.visualize(show_types=False).svg


def test_a_run_is_laid_over_the_picture() -> None:
    overlay = {"clean": {"seconds": 1.0}, ("embed",): {"seconds": 3.0, "cached": 2, "errors": 1}}
    svg = SAMPLES["encode"]().visualize(overlay=overlay).svg
    assert "3 s · 75% · 2 cached · 1 error" in svg
    assert svg.count("not run") == 1
    assert svg.count('class="hn-card hn-as-node hn-failed"') == 1


def test_drawing_never_builds_a_stateful_object() -> None:
    pipeline = Pipeline([predict]).bind(model=Model(7))
    picture = pipeline.visualize()
    for text in (picture.svg, picture.html, picture.mermaid, pipeline.describe()):
        assert "Model(7)" in text
    assert BUILT == []


def test_a_failing_repr_harms_nothing() -> None:
    pipeline = Pipeline([predict]).bind(model=Failing())
    assert "Failing: its rep" in pipeline.visualize().svg
    assert "Failing: its rep" in MapResult({"a": [Failing()]})._repr_html_()
    assert "Failing: its rep" in repr(MapResult({"a": [Failing()]}))


def test_notebook_outputs_are_escaped() -> None:
    pipeline = SAMPLES["hostile"]()
    outputs = [
        pipeline._repr_html_(),
        *(each._repr_html_() for each in pipeline.nodes),
        MapResult({"<script>": [Hostile()]})._repr_html_(),
    ]
    for output in outputs:
        assert not re.search(r"<script|<img|<b>|\x00", output)


def test_a_table_shows_the_first_and_last_rows() -> None:
    rows = MapResult({"n": list(range(1000)), "text": ["x" * 500] * 1000})
    text = repr(rows).splitlines()
    assert text[0] == "<MapResult 1000 rows x ['n', 'text']>"
    assert [line.split()[0] for line in text[2:]] == [
        "0", "1", "2", "3", "4", "5", "…", "996", "997", "998", "999",
    ]  # fmt: skip
    assert max(map(len, text)) < 60
    html = rows._repr_html_()
    assert "1,000 rows, 2 columns" in html
    assert html.count("<tr>") == 12
    assert len(html) < 6000


def test_an_empty_pipeline_and_an_empty_result_are_shown() -> None:
    assert ET.fromstring(Pipeline([]).visualize().svg) is not None
    assert Pipeline([], name="nothing").describe() == "Pipeline 'nothing'"
    assert "0 rows" in MapResult({"a": []})._repr_html_()


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_have_enough_contrast(palette: dict[str, str]) -> None:
    for ground in ("node", "frame", "pipeline", "inputs", "bound"):
        for words in ("text", "soft", "over"):
            assert contrast(palette[words], palette[ground]) >= 4.5, (words, ground)
    assert contrast(palette["badge-text"], palette["badge"]) >= 4.5
    for ground in ("canvas", "frame"):
        assert contrast(palette["edge"], palette[ground]) >= 3
        assert contrast(palette["error"], palette[ground]) >= 3


def test_the_docs_page_runs(run_script: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", SEEING.read_text("utf-8"), re.DOTALL)
    assert blocks
    for code in blocks:
        result = run_script(code)
        assert result.returncode == 0, f"{code}\n{result.stderr}"
