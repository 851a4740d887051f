"""Progress as people see it: terminals, logs, notebooks."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hypernodes import Pipeline, SeqEngine, node
from hypernodes import events as ev
from hypernodes.telemetry import ProgressCallback
from hypernodes.telemetry.board import Board
from hypernodes.telemetry.progress import progress_listener, report

pytest.importorskip("rich")

SCRIPT = """
import logging, sys, time
from hypernodes import ParallelEngine, Pipeline, SeqEngine, node
from hypernodes.telemetry import ProgressCallback

logging.basicConfig(level="INFO", format="LOG %(message)s")

@node(output_name="word")
def clean(raw):
    time.sleep(0.02)
    if raw == 7:
        print("printed by a node", flush=True)
        logging.info("logged by a node")
    return raw

@node(output_name="size")
def measure(word):
    if word == 5:
        raise ValueError("no")
    return word

inner = Pipeline([clean], name="inner")
pipeline = Pipeline([inner.as_node(), measure], name="index")
engine = {engine}
result = pipeline.map({{"raw": range(40)}}, "raw", engine=engine, on_error="collect")
print("rows", len(result), "failed", list(result.errors))
"""
SEQ = "SeqEngine(callbacks=[ProgressCallback(every=0.2)])"
PROCESSES = 'ParallelEngine("processes", workers=2, callbacks=[ProgressCallback(every=0.2)])'


@pytest.mark.parametrize("engine", [SEQ, PROCESSES])
def test_a_real_terminal(tmp_path: Path, engine: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(engine=engine), encoding="utf-8")
    child = pexpect.spawn(
        sys.executable,
        [str(script)],
        dimensions=(30, 100),
        encoding="utf-8",
        timeout=60,
        env={"TERM": "xterm-256color", "PATH": "/usr/bin:/bin"},
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", child.before)
    assert "rows 40 failed [5]" in text
    shown = [line for line in re.split(r"[\r\n]+", text.split("rows 40")[0]) if line.strip()]
    final = shown[-4:]
    names = [line.split()[0] for line in final]
    assert names == ["index", "inner", "clean", "measure"]
    assert final[1].startswith("  inner") and final[2].startswith("    clean")
    assert all("40/40" in line for line in final), final
    assert "1 failed" in final[0] and "1 failed" in final[3]
    # What nodes print and log stands on lines of its own, above the tree.
    lines = [line.strip() for line in re.split(r"[\r\n]+", text)]
    if engine == SEQ:
        assert "printed by a node" in lines
        assert "LOG logged by a node" in lines
    assert re.search(r"left", text), "an estimate was shown on the way"


def test_plain_timed_lines_where_there_is_no_terminal(run_script) -> None:
    done = run_script(SCRIPT.format(engine=SEQ))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "printed by a node\nrows 40 failed [5]\n"
    told = [line for line in done.stderr.splitlines() if not line.startswith("LOG")]
    assert re.fullmatch(r"\d\d:\d\d:\d\d index: started", told[0])
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d index: 40/40, [\d.]+/s, 1 failed, [\d.]+s in all", told[-1]
    )
    assert 2 < len(told) < 20
    assert any("left" in line for line in told[1:-1])
    assert "\x1b" not in done.stderr


def test_disabled_it_says_nothing(capfd) -> None:
    @node(output_name="y")
    def double(x: int) -> int:
        return 2 * x

    engine = SeqEngine(callbacks=[ProgressCallback(enable=False)])
    Pipeline([double], engine=engine).map({"x": [1]}, "x")
    assert capfd.readouterr() == ("", "")
    assert progress_listener().enable


def test_the_board_counts_maps_in_maps_and_batches() -> None:
    from trees import PIPELINES, listen

    cases = {case.__name__: case for case in PIPELINES}
    seen = {}
    for name in ("maps_in_maps", "batches", "failing_within"):
        board = Board()
        for event in listen(SeqEngine, cases[name]):
            board.add(event)
        assert board.open == 0
        seen[name] = [
            (depth, line.name, line.finished, line.expected, line.errors)
            for depth, line in board.lines()
        ]
        assert report(board).count("\n") == len(seen[name]) - 1
    assert seen["maps_in_maps"] == [
        (0, "book", 1, 1, 0),
        (1, "page", 3, 3, 0),
        (2, "words", 6, 6, 0),
        (3, "clean", 6, 6, 0),
        (3, "measure", 6, 6, 0),
        (2, "report", 3, 3, 0),
    ]
    assert (1, "score_one", 1, None, 0) in seen["batches"]
    assert (1, "inner", 5, 5, 2) in seen["failing_within"]


def test_names_cannot_steer_the_terminal() -> None:
    board = Board()
    board.add(
        ev.RunStart(
            id="1",
            parent=None,
            name="\x1b[31mred\n[bold]",
            path=("x",),
            index=None,
            time=0.0,
            worker="1/1",
        )
    )
    assert report(board).startswith("?[31mred?[bold]")


def test_a_hundred_thousand_events_a_second() -> None:
    heard: list[ev.Event] = []

    @node(output_name="y")
    def double(x: int) -> int:
        return 2 * x

    Pipeline([double], name="p").map(
        {"x": range(5000)}, "x", engine=SeqEngine(callbacks=[heard.append])
    )
    best = 1e9
    for _ in range(5):
        listener = ProgressCallback()
        began = time.thread_time()
        for event in heard[:-1]:
            listener(event)
        best = min(best, time.thread_time() - began)
        listener(heard[-1])
    assert best < len(heard) / 100_000


@pytest.mark.slow
def test_in_a_notebook(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    source = SCRIPT.format(engine=SEQ)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [o for o in notebook.cells[0].outputs if o.output_type == "display_data"]
    assert len(shown) == 1, "one output, replaced as it goes"
    text = shown[0]["data"]["text/plain"]
    assert [line.split()[:2] for line in text.splitlines()] == [
        [name, "40/40"] for name in ("index", "inner", "clean", "measure")
    ]
    assert "1 failed" in shown[0]["data"]["text/html"]


def test_without_rich_it_says_what_to_install(run_script) -> None:
    done: subprocess.CompletedProcess[str] = run_script(
        "import sys\nsys.modules['rich'] = None\n"
        "from hypernodes.telemetry import ProgressCallback\n"
        "ProgressCallback(enable=False)\n"
        "try:\n    ProgressCallback()\nexcept ImportError as error:\n    print(error)\n"
    )
    assert done.stdout.startswith("ProgressCallback needs rich: pip install"), done.stderr
