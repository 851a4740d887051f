from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypernodes import CacheError, DiskCache, MemoryCache, Pipeline, SeqEngine, node
from hypernodes.cache.explain import explain

ran: list[Any] = []


@node(output_name="big")
def make(x: int) -> bytes:
    ran.append(x)
    return bytes([x % 256]) * 100_000


@node(output_name="size")
def measure(big: bytes) -> int:
    ran.append("measure")
    return len(big) + big[0]


PIPELINE = Pipeline([make, measure])


def run(cache: Any, x: int = 1) -> list[Any]:
    """What was called."""
    ran.clear()
    found = PIPELINE.with_engine(SeqEngine(cache=cache)).run({"x": x})
    assert found == {"big": bytes([x % 256]) * 100_000, "size": 100_000 + x % 256}
    return list(ran)


@pytest.fixture(params=["disk", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return DiskCache(tmp_path / "cache") if request.param == "disk" else MemoryCache()


def test_what_ran_is_not_run_again(cache: Any) -> None:
    assert run(cache) == [1, "measure"]
    assert run(cache) == []
    assert run(cache, 2) == [2, "measure"]
    info = cache.info()
    assert info["entries"] == 4
    assert sum(info["nodes"].values()) == 4


def test_clear_of_one_node(cache: Any) -> None:
    run(cache)
    assert cache.clear(node="measure") == 1
    assert run(cache) == ["measure"]
    cache.clear()
    assert cache.info()["entries"] == 0
    assert run(cache) == [1, "measure"]


def test_a_consumer_cannot_alter_what_is_cached(cache: Any) -> None:
    @node(output_name="items")
    def listed(n: int) -> list[int]:
        return list(range(n))

    pipeline = Pipeline([listed], engine=SeqEngine(cache=cache))
    for _ in range(3):
        found = pipeline.run({"n": 3})["items"]
        assert found == [0, 1, 2]
        found.append(9)


def test_max_size_drops_the_oldest(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, max_size=1_000_000)
    for x in range(30):
        run(cache, x)
        cache.flush()
    assert cache.info()["size"] <= 1_000_000
    assert len(list(tmp_path.rglob("blobs/*/*"))) < 12
    assert run(cache, 29) == []


def test_max_age(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    run(cache)
    assert cache.prune(max_age=100) == 0
    assert cache.prune(max_age=-5) == 2
    assert run(cache) == [1, "measure"]


def test_the_folder_is_private(tmp_path: Path) -> None:
    run(DiskCache(tmp_path / "cache"))
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="no folder"):
        DiskCache(tmp_path / "file")


def damage(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        for blob in folder.rglob("blobs/*/*"):
            blob.write_bytes(change(blob.read_bytes()))

    return work


def foreign_index(folder: Path) -> None:
    for file in folder.rglob("index.sqlite*"):
        file.write_bytes(b"no database at all" * 1000)


def altered_records(folder: Path) -> None:
    (file,) = folder.rglob("index.sqlite")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE entries SET record = substr(record, 1, 20) || x'00'")
    db.close()


@pytest.mark.parametrize(
    "harm",
    [
        damage(lambda data: data[:50]),
        damage(lambda data: b"m" + data[:-1]),
        damage(lambda _: b""),
        damage(lambda data: data[:-1] + b"!"),
        foreign_index,
        altered_records,
        lambda folder: [blob.unlink() for blob in folder.rglob("blobs/*/*")],
    ],
)
def test_what_is_damaged_is_made_again_with_a_warning(
    harm: Callable[[Path], Any], tmp_path: Path
) -> None:
    first = DiskCache(tmp_path)
    run(first)
    first.close()
    harm(tmp_path)
    with pytest.warns(UserWarning, match="damaged|gone|made again|not signed"):
        assert 1 in run(DiskCache(tmp_path))
    again = DiskCache(tmp_path)
    run(again)
    again.close()
    assert run(DiskCache(tmp_path)) == []


def test_another_format_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "v999").mkdir(parents=True)
    (tmp_path / "v999" / "index.sqlite").write_text("from the future")
    assert run(DiskCache(tmp_path)) == [1, "measure"]
    assert (tmp_path / "v999" / "index.sqlite").read_text() == "from the future"


def test_entries_that_are_not_signed_are_refused(tmp_path: Path) -> None:
    plain = DiskCache(tmp_path)
    run(plain)
    plain.close()
    with pytest.warns(UserWarning, match="not signed"):
        assert run(DiskCache(tmp_path, key="secret")) == [1, "measure"]
    signed = DiskCache(tmp_path, key="secret")
    assert run(signed) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "v1").write_text("in the way")
    with pytest.warns(UserWarning, match="cannot be used"):
        assert run(DiskCache(tmp_path)) == [1, "measure"]


def test_what_cannot_be_stored_says_so_once(cache: Any) -> None:
    @node(output_name="steps")
    def stepping(n: int) -> Any:
        return (i for i in range(n))

    @node(output_name="total")
    def total(steps: Any) -> int:
        return sum(steps)

    pipeline = Pipeline([stepping, total], engine=SeqEngine(cache=cache))
    with pytest.warns(UserWarning, match="is not cached") as told:
        assert pipeline.run({"n": 3}, "total") == {"total": 3}
    assert len(told) == 2
    assert "stepping" in str(told[0].message)
    assert pipeline.run({"n": 4}, "total") == {"total": 6}  # and no further word


def test_a_miss_is_explained(cache: Any) -> None:
    run(cache)
    session = cache.session()
    assert explain(session, make, {"x": session.ref(1)}).hit
    assert explain(session, make, {"x": session.ref(2)}).changed == ("input 'x' changed",)
    text = str(explain(session, make, {"x": session.ref(2)}))
    assert text == "make: miss: input 'x' changed (taken for state: ran)"


def test_a_cache_travels(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    run(cache)
    cache.flush()
    assert run(pickle.loads(pickle.dumps(cache))) == []


def test_many_threads(cache: Any) -> None:
    errors: list[BaseException] = []
    engine = SeqEngine(cache=cache)

    def work() -> None:
        try:
            for x in range(20):
                assert PIPELINE.with_engine(engine).run({"x": x})["size"] == 100_000 + x
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not errors
    assert run(cache, 7) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_any_sequence_of_runs_gives_what_it_gives_without(pairs: list[tuple[int, int]]) -> None:
    @node(output_name="s")
    def pair(x: int, y: int) -> list[int]:
        return [x, y]

    @node(output_name="t")
    def twice(s: list[int]) -> list[int]:
        return s * 2

    plain = Pipeline([pair, twice])
    cached = plain.with_engine(SeqEngine(cache=MemoryCache()))
    for x, y in pairs:
        assert cached.run({"x": x, "y": y}) == plain.run({"x": x, "y": y})
    columns = {"x": [x for x, _ in pairs], "y": [y for _, y in pairs]}
    assert cached.map(columns, ["x", "y"]) == plain.map(columns, ["x", "y"])


WRITER = """
import sys, time
from hypernodes import DiskCache, Pipeline, SeqEngine, node
@node(output_name="v")
def make(i):
    with open(sys.argv[2], "a") as log: log.write(f"{i}\\n")
    return bytes([i % 256]) * (20 if i % 2 else 40_000)
pipeline = Pipeline([make], engine=SeqEngine(cache=DiskCache(sys.argv[1])))
start = int(sys.argv[3])
found = pipeline.map({"i": list(range(start, start + 2000))}, "i")["v"]
assert found == [bytes([i % 256]) * (20 if i % 2 else 40_000) for i in range(start, start + 2000)]
print("whole")
"""


@pytest.mark.slow
def test_kill_at_any_moment_while_four_write(tmp_path: Path) -> None:
    (tmp_path / "writer.py").write_text(WRITER)
    log = tmp_path / "log"

    def start(first: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "writer.py", "cache", str(log), str(first)],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    for round_ in range(13):  # 52 kills
        writers = [start(500 * each) for each in range(4)]
        for place, each in enumerate(writers):
            time.sleep(0.1 + 0.05 * ((round_ * 7 + place * 3) % 10))
            if each.poll() is None:
                os.kill(each.pid, signal.SIGKILL)
        for each in writers:
            _, told = each.communicate(timeout=60)
            assert each.returncode in (0, -signal.SIGKILL), told
    last = start(0)
    answer, told = last.communicate(timeout=120)
    assert answer == "whole\n", told
    log.unlink(missing_ok=True)
    again = start(0)
    assert again.communicate(timeout=120)[0] == "whole\n"
    assert not log.exists()  # nothing was lost that a whole run had written


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_uses_the_same_folder(tmp_path: Path) -> None:
    code = """
import os, sys, warnings
warnings.simplefilter("error")
from hypernodes import DiskCache, Pipeline, SeqEngine, node
@node(output_name="y")
def f(x):
    os.write(1, f"ran {x}\\n".encode())
    return x + 1
p = Pipeline([f], engine=SeqEngine(cache=DiskCache(sys.argv[1])))
p.run({"x": 1})
pid = os.fork()
p.run({"x": 1}); p.run({"x": 2 if pid else 3})
if pid == 0:
    p.engine.cache.flush(); os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
p.run({"x": 3})
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # The child may run again what its parent still held back, and nothing else.
    assert sorted(set(done.stdout.split("\n"))) == ["", "ran 1", "ran 2", "ran 3"]
    assert done.stdout.count("ran 3") == done.stdout.count("ran 2") == 1


def test_the_store_in_the_docs_works() -> None:
    text = (Path(__file__).parents[2] / "docs" / "caching.md").read_text(encoding="utf-8")
    code = next(part for part in text.split("```python\n") if "class DictCache" in part)
    names: dict[str, Any] = {}
    exec(code.partition("```")[0], names)
    cache = names["DictCache"]()
    assert run(cache) == [1, "measure"]
    assert run(cache) == []
