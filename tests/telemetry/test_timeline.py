"""The timeline: what is in the file, and the page in a real browser."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from trees import failing, listen

from hypernodes import ParallelEngine, Pipeline, SeqEngine, node
from hypernodes import events as ev
from hypernodes.telemetry import Timeline

sys.path.insert(0, str(Path(__file__).parents[1] / "viz"))
from chromium import Chromium

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
HOSTILE = "{{data}}</script><script>window.hit=1</script><img src=x onerror=window.hit=2>"


def data_of(path: Path) -> Any:
    page = path.read_text("utf-8")
    text = page.partition('type="application/json">')[2].partition("</script>")[0]
    return json.loads(text)


def test_every_call_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "run.html"
    heard = listen(lambda callbacks: SeqEngine(callbacks=[*callbacks, Timeline(path)]), failing)
    data = data_of(path)
    names, _workers, starts, times, states, items, texts = data["columns"]
    begun = [e for e in heard if isinstance(e, ev.Start)]
    assert [data["names"][i][0] for i in names] == [e.name for e in begun]
    assert items == [e.index for e in begun]
    assert min(starts) == 0 and all(t >= 0 for t in times)
    ends = {e.id: e for e in heard if isinstance(e, ev.End | ev.Error)}
    assert states == [2 if isinstance(ends[e.id], ev.Error) else 0 for e in begun]
    divides = [t for i, t in zip(names, texts, strict=True) if data["names"][i][0] == "divide"]
    assert divides[0] == "number=1 -> share=12.0"
    assert divides[1] == "number=0 -> ZeroDivisionError: division by zero"


def test_workers_of_other_processes_have_lanes(tmp_path: Path) -> None:
    @node(output_name="y")
    def wait(x: int) -> int:
        import time

        time.sleep(0.05)
        return x

    timeline = Timeline(tmp_path / "run.html")
    with ParallelEngine("processes", workers=2, chunk_size=1, callbacks=[timeline]) as engine:
        Pipeline([wait], name="p").map({"x": range(8)}, "x", engine=engine)
    data = data_of(timeline.path)
    lanes = {
        data["workers"][w]
        for n, w in zip(*data["columns"][:2], strict=True)
        if data["names"][n][0] == "wait"
    }
    assert len(lanes) == 2
    assert sum(t > 45_000 for t in data["columns"][3]) >= 8


def test_values_can_be_left_out_and_calls_limited(tmp_path: Path) -> None:
    @node(output_name="y")
    def double(x: str) -> str:
        return x * 2

    timeline = Timeline(tmp_path / "run.html", values=False, limit=5)
    Pipeline([double], name="p").map(
        {"x": ["hush"] * 9}, "x", engine=SeqEngine(callbacks=[timeline])
    )
    assert "hush" not in timeline.path.read_text("utf-8")
    data = data_of(timeline.path)
    assert len(data["columns"][0]) == 5
    assert data["missed"] == 1 + 9 * 2 - 5


def test_it_lays_itself_over_the_picture(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "run.html")
    pipeline, inputs, options = failing()
    pipeline.map(inputs, engine=SeqEngine(callbacks=[timeline]), **options)
    found = timeline.overlay
    assert set(found) == {("inner",), ("inner", "divide"), ("inner", "label")}
    assert found["inner", "divide"]["errors"] == 2
    assert found["inner",]["seconds"] >= found["inner", "label"]["seconds"] > 0
    assert "2 errors" in pipeline.visualize(overlay=found).svg


def test_many_short_runs_do_not_write_each_time(tmp_path: Path) -> None:
    @node(output_name="y")
    def double(x: int) -> int:
        return x * 2

    written = []

    class Counting(Timeline):
        def write(self) -> Path:
            written.append(1)
            return super().write()

    timeline = Counting(tmp_path / "run.html")
    pipeline, engine = Pipeline([double], name="p"), SeqEngine(callbacks=[timeline])
    for i in range(500):
        pipeline.run({"x": i}, engine=engine)
    deadline = time.monotonic() + 30
    while len(data_of(timeline.path)["columns"][0]) < 1000:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(written) < 100


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


@pytest.mark.browser
def test_the_page_shows_what_happened(browser, tmp_path: Path) -> None:
    class Nasty:
        def __repr__(self) -> str:
            return HOSTILE

    @node(output_name="y", name=HOSTILE)
    def nasty(x: int, it: Any) -> int:
        time.sleep(0.002)
        return 10 // x

    @node(output_name="z")
    def after(y: int) -> int:
        time.sleep(0.001)
        return y

    timeline = Timeline(tmp_path / "run.html")
    pipeline = Pipeline([nasty, after], name=HOSTILE)
    engine = SeqEngine(callbacks=[timeline])
    pipeline.map({"x": [1, 2, 0, 4], "it": Nasty()}, "x", engine=engine, on_error="collect")
    browser.scheme("light")
    browser.open(timeline.path)
    assert browser.complaints() == []
    assert browser.requests() == []
    assert browser.js("document.querySelector('h1').textContent") == HOSTILE
    assert browser.js("window.hit") is None
    assert browser.js("document.title") == f"Timeline: {HOSTILE}"
    assert "7 calls" in browser.js("document.getElementById('facts').textContent")
    assert "1 failed" in browser.js("document.getElementById('facts').textContent")
    table = browser.js("[...document.querySelectorAll('#totals tr')].map(r => r.innerText)")
    assert table[0].startswith(HOSTILE) and "\t4\t" in table[0] and table[0].rstrip().endswith("1")
    # Hover: the first call of the node.
    spot = browser.js(
        "(() => { const r = timeline.rows.findLast(r => r.calls.length > 5), i = r.calls[0];"
        " const box = document.getElementById('chart').getBoundingClientRect();"
        " return [box.left + timeline.x(timeline.start[i] + 900), box.top + r.y + 8]; })()"
    )
    browser.move(*spot)
    tip = browser.js("document.getElementById('tip').textContent")
    assert tip.startswith(f"{HOSTILE} [0]  (node)")
    assert "x=1, it=" in tip and "-> y=10" in tip
    browser.screenshot(SHOTS / "timeline-light.png")
    # Search, keyboard, zoom.
    browser.press("/")
    browser.type("after")
    assert browser.js("document.getElementById('found').textContent") == "3 calls"
    browser.press("Escape")
    assert browser.js("document.getElementById('found').textContent") == ""
    whole = browser.js("timeline.range")
    browser.press("+")
    near = browser.js("timeline.range")
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 2)
    browser.press("ArrowRight")
    assert browser.js("timeline.range")[0] > near[0]
    browser.press("0")
    assert browser.js("timeline.range") == whole
    browser.js("document.querySelector('#totals tr').click()")
    # The pipeline and its items have the same name.
    assert browser.js("document.getElementById('found').textContent") == "9 calls"
    browser.scheme("dark")
    background = browser.js("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(18, 22, 28)"
    browser.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    browser.screenshot(SHOTS / "timeline-dark.png")
    assert browser.complaints() == []


@pytest.mark.browser
def test_a_hundred_thousand_calls_stay_smooth(browser, tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "big.html")
    common: dict[str, Any] = {"path": ("p",), "worker": "1/1"}
    timeline(ev.MapStart(id="m", parent=None, name="p", index=None, time=0.0, **common))
    for i in range(100_000):
        at = i * 1e-3
        made: dict[str, Any] = {**common, "id": f"n{i}", "parent": "m", "index": i}
        made |= {"name": f"node {i % 7}", "worker": f"{i % 4}/1"}
        timeline(ev.NodeStart(time=at, inputs={"x": i}, **made))
        if i == 55_555:
            timeline(ev.NodeError(time=at, duration=1e-4, error=ValueError("no"), **made))
        else:
            timeline(ev.NodeEnd(time=at, duration=3.5e-3, **made))
    end: dict[str, Any] = {**common, "time": 100.0, "duration": 100.0}
    timeline(ev.MapEnd(id="m", parent=None, name="p", index=None, **end))
    began = time.monotonic()
    browser.open(timeline.path)
    assert time.monotonic() - began < 10
    assert "100,000 calls" in browser.js("document.getElementById('facts').textContent")
    frames = browser.js(
        "(() => { const t = []; for (let i = 0; i < 10; i++) {"
        " const b = performance.now(); timeline.draw(); t.push(performance.now() - b); }"
        " return t.sort((a, b) => a - b); })()"
    )
    assert frames[5] < 50, frames
    assert 1000 < browser.js("timeline.drawn") < 20_000
    # The one that failed is seen among them all.
    pixel = browser.js(
        "(() => { const r = timeline.rows.find(r => r.failed.length), i = r.failed[0];"
        " const c = document.getElementById('canvas');"
        " const x = Math.floor(timeline.x(timeline.start[i])) + 1;"
        " return [...c.getContext('2d').getImageData(x - 1, r.y + 8, 3, 1).data]; })()"
    )
    reds = [pixel[i] - max(pixel[i + 1], pixel[i + 2]) for i in (0, 4, 8)]
    assert max(reds) > 80, pixel
    assert browser.complaints() == []
