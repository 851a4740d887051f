"""The page in a real browser: used with mouse and keyboard, in light and dark, without network."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium
from samples import SAMPLES, random_pipeline

from hypernodes import Pipeline
from hypernodes.viz.geometry import Drawing, draw
from hypernodes.viz.scene import scene_of

pytestmark = pytest.mark.browser
SHOTS = Path(__file__).parents[2] / "artifacts" / "viz"

WHERE = """(() => { const at = {};
for (const g of document.querySelectorAll('[data-box]')) {
  if (g.closest('.hn-box:not(.hn-open) > .hn-inside')) continue;
  at[g.dataset.box] = g.getAttribute('transform');
} return at; })()"""
# Texts that leave the card they stand on, in the browser's own measure.
CUT = """(() => { const bad = [];
for (const text of document.querySelectorAll('#stage text')) {
  const t = text.getBoundingClientRect();
  if (!t.width) continue;
  const half = text.closest('.hn-shut, .hn-inside');
  const card = half.querySelector(':scope > .hn-card:not(.hn-behind)');
  const c = card.getBoundingClientRect();
  if (t.left < c.left || t.right > c.right + 0.5 || t.top < c.top || t.bottom > c.bottom + 0.5)
    bad.push(text.textContent);
} return bad; })()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


@pytest.fixture
def page(browser: Chromium, tmp_path: Path) -> Any:
    def show(pipeline: Pipeline, **options: Any) -> Chromium:
        browser.scheme("light")
        browser.open(pipeline.visualize(**options).save(tmp_path / "page.html"))
        browser.wait("document.documentElement.dataset.ready === 'yes'")
        return browser

    return show


def box(title: str) -> str:
    """Script for the card with this title."""
    return (
        f"[...document.querySelectorAll('[data-box]')].find(g => "
        f"g.getAttribute('aria-label').match(/^(nested pipeline|node) {title}\\b/))"
    )


def middle(browser: Chromium, script: str) -> tuple[float, float]:
    x, y = browser.js(
        f"(r => [r.left + r.width / 2, r.top + Math.min(r.height / 2, 12)])"
        f"(({script}).getBoundingClientRect())"
    )
    return x, y


def placed(drawing: Drawing) -> dict[str, str]:
    found: dict[str, str] = {}
    stack = [drawing]
    while stack:
        for each in stack.pop().boxes:
            found[str(each.item.id)] = f"translate({each.x:.1f} {each.y:.1f})"
            if each.level is not None and each.item.expanded:
                stack.append(each.level)
    return found


def numbers(transform: str) -> list[float]:
    return [float(n) for n in transform[len("translate(") : -1].split()]


@pytest.mark.parametrize("orientation", ["LR", "TB"])
@pytest.mark.parametrize("depth", [None, 1, 2])
@pytest.mark.parametrize("name", ["evaluation", "deep", "grid", "random"])
def test_the_page_lays_out_as_python_does(page, name, depth, orientation) -> None:
    pipeline = random_pipeline(3, 40) if name == "random" else SAMPLES[name]()
    browser = page(pipeline, depth=depth, orientation=orientation)
    scene = scene_of(pipeline, depth=depth, collapsed=True)
    expected = placed(draw(scene, orientation, None))
    found = browser.js(WHERE)
    assert found.keys() == expected.keys()
    for key, transform in expected.items():
        assert numbers(found[key]) == pytest.approx(numbers(transform), abs=0.11)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_word_is_cut_in_a_real_browser(page, name) -> None:
    browser = page(SAMPLES[name]())
    browser.screenshot(SHOTS / f"{name}.png")
    assert browser.js(CUT) == []
    browser.scheme("dark")
    browser.screenshot(SHOTS / f"{name}-dark.png")
    assert browser.complaints() == []
    assert browser.requests() == []


def test_a_click_opens_a_nested_pipeline_and_its_head_closes_it(page) -> None:
    browser = page(SAMPLES["rag"](), depth=1)
    count = len(browser.js(WHERE))
    browser.click(*middle(browser, box("encode_passage") + ".querySelector('.hn-shut > .hn-card')"))
    browser.wait(box("encode_passage") + ".getAttribute('aria-expanded') === 'true'")
    assert len(browser.js(WHERE)) > count
    browser.screenshot(SHOTS / "opened.png")
    browser.click(*middle(browser, box("encode_passage") + ".querySelector('.hn-grip')"))
    browser.wait(box("encode_passage") + ".getAttribute('aria-expanded') === 'false'")
    assert len(browser.js(WHERE)) == count


def test_expand_all_and_collapse_all(page) -> None:
    browser = page(SAMPLES["evaluation"]())
    everything = len(browser.js(WHERE))
    browser.click(*middle(browser, "document.getElementById('close-all')"))
    assert browser.js("document.querySelectorAll('.hn-open').length") == 0
    browser.click(*middle(browser, "document.getElementById('open-all')"))
    assert len(browser.js(WHERE)) == everything


def test_a_click_shows_source_and_docstring(page) -> None:
    browser = page(SAMPLES["encode"]())
    assert browser.js("document.getElementById('panel').hidden")
    browser.click(*middle(browser, box("clean") + ".querySelector('.hn-card')"))
    text = browser.js("document.getElementById('panel').innerText")
    assert "Take the spaces out." in text
    assert "def clean(raw: Passage) -> Passage:" in text
    assert "samples.py:" in text
    browser.screenshot(SHOTS / "details.png")
    browser.press("Escape")
    assert browser.js("document.getElementById('panel').hidden")


def test_types_are_shown_over_an_edge(page) -> None:
    browser = page(SAMPLES["diamond"]())
    x, y = browser.js(
        "(p => { const m = p.getPointAtLength(p.getTotalLength() / 2).matrixTransform("
        "p.getScreenCTM()); return [m.x, m.y]; })"
        "([...document.querySelectorAll('.hn-line')].find(g => g.hint === 'left: int')"
        ".querySelector('.hn-edge'))"
    )
    browser.move(x, y)
    browser.wait("!document.getElementById('hint').hidden")
    assert browser.js("document.getElementById('hint').textContent") == "left: int"


def test_the_keyboard_is_enough(page) -> None:
    browser = page(SAMPLES["rag"](), depth=1)
    browser.js(box("load") + ".focus()")
    browser.press("ArrowRight")
    label = "document.activeElement.getAttribute('aria-label')"
    assert browser.js(label).startswith("nested pipeline encode_passage")
    ring = "getComputedStyle(document.activeElement.querySelector('.hn-card:not(.hn-behind)'))"
    assert browser.js(f"{ring}.strokeWidth") == "2.5px"
    browser.press("Enter")
    assert browser.js("document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.press("Enter")
    browser.press("ArrowLeft")
    assert browser.js(label).startswith("node load")
    browser.press("Enter")
    assert not browser.js("document.getElementById('panel').hidden")
    browser.press("Escape")
    assert browser.js("document.getElementById('panel').hidden")
    assert browser.js("document.querySelectorAll('[data-box][tabindex=\"0\"]').length") == 1


def test_search_finds_what_is_closed(page) -> None:
    browser = page(SAMPLES["evaluation"](), depth=1)
    browser.press("/")
    browser.type("tokenise")
    assert browser.js("document.getElementById('found').textContent") == "1 found"
    browser.press("Enter")
    assert browser.js("document.getElementById('found').textContent") == "1 of 1"
    assert browser.js("document.querySelectorAll('.hn-open').length") == 2
    assert browser.js("document.querySelector('#panel h2').textContent") == "tokenise"
    browser.screenshot(SHOTS / "search.png")
    browser.press("Escape")
    assert browser.js("document.querySelectorAll('.hn-match').length") == 0


def test_screen_readers_are_told(page) -> None:
    browser = page(SAMPLES["rag"](), depth=1)
    tree = browser.send("Accessibility.getFullAXTree")["nodes"]
    told = {(n.get("role", {}).get("value"), n.get("name", {}).get("value")) for n in tree}
    names = {name or "" for role, name in told if role == "button"}
    assert any(name.startswith("nested pipeline encode_passage, map over") for name in names)
    assert any("→ answer: str" in name for name in names)
    assert "Zoom in" in names
    assert any(role == "searchbox" and name for role, name in told)
    assert any(str(name).startswith("Pipeline rag with 9 nodes: load") for _, name in told)


def test_the_system_chooses_light_or_dark(page) -> None:
    browser = page(SAMPLES["single"]())
    colour = "getComputedStyle(document.body).backgroundColor"
    fill = "getComputedStyle(document.querySelector('.hn-as-node')).fill"
    light = browser.js(colour), browser.js(fill)
    browser.scheme("dark")
    assert browser.js(colour) != light[0]
    assert browser.js(fill) != light[1]
    browser.scheme("light")
    assert (browser.js(colour), browser.js(fill)) == light


def test_what_is_shown_is_exported(page, tmp_path) -> None:
    browser = page(SAMPLES["rag"](), depth=1)
    browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.click(*middle(browser, box("encode_passage") + ".querySelector('.hn-shut > .hn-card')"))
    browser.click(*middle(browser, "document.getElementById('export')"))
    file = tmp_path / "rag.svg"
    for _ in range(500):
        if file.exists() and file.stat().st_size:
            break
        browser.js("new Promise(done => setTimeout(done, 20))")
    root = ET.parse(file).getroot()
    texts = {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"encode_passage", "tokenise", "answer"} <= texts
    assert not [e for e in root.iter() if e.get("data-box") or e.get("tabindex")]
    assert browser.complaints() == []


@pytest.mark.parametrize("depth", [None, 1])
def test_nothing_that_users_wrote_runs(page, depth) -> None:
    browser = page(SAMPLES["hostile"](), depth=depth)
    browser.click(*middle(browser, "document.getElementById('open-all')"))
    for each in browser.js("[...document.querySelectorAll('[data-box]')].map(g => g.dataset.box)"):
        browser.js(f"document.querySelector('[data-box=\"{each}\"]').focus()")
        browser.js(
            f"document.querySelector('[data-box=\"{each}\"]')"
            ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
        )
    browser.press("/")
    browser.type("<script>")
    browser.press("Enter")
    assert browser.js("document.scripts.length") == 2
    assert browser.js("document.querySelectorAll('img, #stage script, #panel script').length") == 0
    assert browser.js("document.querySelectorAll('[onload], [onerror]').length") == 0
    assert browser.complaints() == []
    opened = [e for e in browser.events if e.get("method") == "Page.javascriptDialogOpening"]
    assert opened == []


def test_the_page_works_inside_a_notebook_frame(browser, tmp_path) -> None:
    output = SAMPLES["hostile"]().visualize()._repr_mimebundle_()["text/html"]
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><meta charset='utf-8'>{output}", encoding="utf-8")
    browser.open(file)
    browser.screenshot(SHOTS / "notebook.png")
    # The frame has an origin of its own: the notebook cannot be reached from it.
    assert browser.js("document.querySelector('iframe').contentDocument") is None
    assert browser.complaints() == []


def test_a_thousand_nodes_stay_smooth(page) -> None:
    browser = page(random_pipeline(11, 1000), depth=1)
    spent = browser.js(
        "(() => { const start = performance.now(); document.getElementById('open-all').click();"
        " document.body.getBoundingClientRect(); return performance.now() - start; })()"
    )
    assert spent < 2000
