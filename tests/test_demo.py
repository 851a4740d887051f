"""The demo: one run of the script as a user starts it, and its own parts by hand."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("daft")
pytest.importorskip("pydantic")

SCRIPT = Path(__file__).parents[1] / "examples" / "docs_search.py"


@pytest.fixture(scope="module")
def demo() -> Any:
    spec = importlib.util.spec_from_file_location("demo_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def run_demo(passages: int, queries: int, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--passages", str(passages), "--queries", str(queries)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ | env,
    )


@pytest.fixture(scope="module")
def output() -> str:
    done = run_demo(300, 40)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def numbers(output: str, name: str) -> list[float]:
    (line,) = [line for line in output.splitlines() if line.startswith(name + "  ")]
    return [float(cell) for cell in line.removeprefix(name).split()]


def test_both_engines_give_the_same_answers(output: str) -> None:
    local = numbers(output, "SeqEngine")
    remote = numbers(output, "DaftEngine(processes=True)")
    assert local[:2] == [300, 40]
    assert local[:-1] == remote[:-1]  # the last cell is the time
    assert "Both gave the same passages, queries, rankings, metrics." in output


def test_the_queries_are_answered_where_the_script_cannot_be_imported(output: str) -> None:
    told = re.findall(
        r"^(\w+) answered (\d+) queries in process (\d+), "
        r"whose main module is (\S+) and which (can|cannot) import docs_search\.$",
        output,
        re.MULTILINE,
    )
    (home,) = [place for place in told if place[0] == "SeqEngine"]
    away = [place for place in told if place[0] == "DaftEngine"]
    assert home[1] == "40"
    assert home[3:] == (SCRIPT.name, "can")
    assert sum(int(place[1]) for place in away) == 40
    for _, _, process, main, can in away:
        assert process != home[2]
        assert main != SCRIPT.name
        assert can == "cannot"


def test_it_fails_when_the_workers_could_import_the_script() -> None:
    paths = [str(SCRIPT.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = run_demo(20, 3, PYTHONPATH=os.pathsep.join(paths))
    assert done.returncode == 1
    assert "The workers could import docs_search" in done.stderr


def test_the_search_beats_chance_by_far(output: str) -> None:
    *_, recall, mrr, ndcg, _seconds = numbers(output, "SeqEngine")
    overlap = numbers(output, "baseline: word overlap")
    chance = numbers(output, "baseline: chance")
    assert chance[0] < 0.2  # ten guesses among 300 passages
    for ours, words, guess in zip((recall, mrr, ndcg), overlap, chance, strict=True):
        assert ours > 3 * guess + 0.3
        assert words > guess


def test_three_queries_are_shown_with_their_top_hits(output: str) -> None:
    assert len(re.findall(r'^".+"$', output, re.MULTILINE)) == 3
    assert len(re.findall(r"^  1\. \d\.\d\d  \w+", output, re.MULTILINE)) == 3


def test_the_summary_is_held_out_of_the_passage(demo: Any) -> None:
    code = (
        "class Cup:\n"
        "    def fill(self):\n"
        '        """Pour hot coffee slowly. The liquid must never reach its upper rim."""\n'
    )
    (entry,) = demo.parse(demo.Source(module="kitchen", code=code))
    passage = demo.clean(entry)
    assert passage.id == "kitchen.Cup.fill"
    assert passage.summary == "Pour hot coffee slowly."
    assert {"liquid", "rim", "fill", "kitchen"} <= set(passage.words)
    assert not {"pour", "hot", "coffee"} & set(passage.words)


def test_metrics_of_known_ranks(demo: Any) -> None:
    queries = [demo.Query(text="?", answer=name) for name in ("first", "third", "absent")]
    hits = [demo.Hit(id=name, score=1.0) for name in ("first", "second", "third")]
    metrics = demo.evaluate(queries, [hits] * 3)
    assert metrics.recall == pytest.approx(2 / 3)
    assert metrics.mrr == pytest.approx((1 + 1 / 3) / 3)
    assert metrics.ndcg == pytest.approx((1 + 1 / 2) / 3)


def test_ties_keep_the_order_of_the_passages(demo: Any) -> None:
    vector = np.array([3, 4], dtype=np.float32)
    index = demo.Index(list("abcde"), [vector, -vector, vector, vector, -vector])
    assert [hit.id for hit in index.search(vector, 5)] == ["a", "c", "d", "b", "e"]


def test_scores_do_not_depend_on_the_order_of_addition(demo: Any) -> None:
    words = [f"word{i % 97}" for i in range(1000)]
    documents = [words[i : i + 60] for i in range(0, 900, 30)]
    encoder = demo.Encoder(512).fit(documents)
    vectors = [encoder.encode(document) for document in documents]
    for vector in vectors:
        assert vector.dtype == np.float32
        assert vector @ vectors[0] == vector[::-1].copy() @ vectors[0][::-1].copy()
        assert float(vector @ vector) == sum(int(x) ** 2 for x in vector)
    assert not encoder.encode(["unheard"]).any()


def test_the_hash_seed_changes_nothing() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import hashlib, docs_search as d\n"
        "docs = [d.split_words(e) for e in (d.__doc__, d.Encoder.__doc__, d.Index.__doc__)]\n"
        "encoder = d.Encoder(64).fit(docs)\n"
        "print([encoder.encode(doc).tolist() for doc in docs])\n"
    )
    vectors = {
        subprocess.run(
            [sys.executable, "-c", program, str(SCRIPT.parent)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(vectors) == 1
    assert len(vectors.pop()) > 500
