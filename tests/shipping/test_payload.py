"""Sizes, bytes made once, threads, tracebacks."""

import gc
import threading
import time
import tracemalloc

import pytest
from hypernodes import Pipeline, node, shipping

from two_places import GET, SEND, Places

FACTOR = 3
TABLE = {"k": 1}


def scaled(x):
    return x * FACTOR


def looked_up(x):
    return TABLE["k"] * x


@node(output_name="y")
def step(x: int):
    return scaled(x)


@node(output_name="z")
def stateful_step(x: int):
    return looked_up(x)


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


def test_an_unchanged_pipeline_is_dumped_once():
    pipeline = Pipeline([step])
    first = shipping.dumps(pipeline)
    assert shipping.dumps(pipeline) is first
    rounds = []
    for _ in range(20):
        start = time.perf_counter()
        shipping.dumps(pipeline)
        rounds.append(time.perf_counter() - start)
    assert min(rounds) < 50e-6


def test_a_rebound_global_is_seen(monkeypatch):
    pipeline = Pipeline([step])
    before = shipping.dumps(pipeline)
    monkeypatch.setitem(globals(), "FACTOR", 4)
    assert shipping.dumps(pipeline) != before
    monkeypatch.undo()
    assert shipping.dumps(pipeline) == before


def test_other_code_is_seen(monkeypatch):
    pipeline = Pipeline([step])
    before = shipping.dumps(pipeline)
    monkeypatch.setattr(scaled, "__code__", (lambda x: x - 1).__code__)
    assert shipping.dumps(pipeline) != before


def test_mutable_values_are_pickled_anew():
    pipeline = Pipeline([stateful_step])
    before = shipping.dumps(pipeline)
    assert shipping.dumps(pipeline) == before
    TABLE["k"] = 2
    try:
        assert shipping.dumps(pipeline) != before
    finally:
        TABLE["k"] = 1


def test_bound_values_are_pickled_anew_where_they_can_change():
    @node(output_name="y")
    def total(xs: list) -> int:
        return len(xs)

    bound = [1, 2]
    pipeline = Pipeline([total]).bind(xs=bound)
    before = shipping.dumps(pipeline)
    bound.append(3)
    assert shipping.dumps(pipeline) != before


def test_renamed_and_nested_pipelines_are_dumped_once():
    renamed = Pipeline([node(output_name="out", rename={"x": "other"})(scaled)])
    outer = Pipeline([renamed.as_node(input_mapping={"given": "other"}, map_over="given")])
    assert shipping.dumps(outer) is shipping.dumps(outer)


def test_the_memo_does_not_keep_pipelines_alive():
    import weakref

    pipeline = Pipeline([step])
    shipping.dumps(pipeline)
    reference = weakref.ref(pipeline)
    del pipeline
    gc.collect()
    assert reference() is None


def test_each_plain_function_adds_less_than_a_kilobyte():
    text = '''
def function_{i}(text: str, limit: int = 10) -> list[str]:
    """Split a text into short words."""
    words = []
    for word in text.split():
        if len(word) <= limit + {i}:
            words.append(word.lower())
    return words
'''
    space = {"__name__": "many"}
    exec("".join(text.format(i=i) for i in range(40)), space)
    functions = [space[f"function_{i}"] for i in range(40)]
    few, many = shipping.dumps(functions[:10]), shipping.dumps(functions)
    assert (len(many) - len(few)) / 30 < 1000


def test_the_first_example_is_small(places):
    places.write(
        script=SEND
        + """
from pydantic import BaseModel
from hypernodes import Pipeline, node

class Passage(BaseModel):
    id: str
    text: str

class Encoder:
    def __init__(self, size: int):
        self.size = size
    def encode(self, text: str) -> list[float]:
        return [float(text.count(chr(97 + i))) for i in range(self.size)]

def normalise(text: str) -> str:
    return " ".join(text.lower().split())

@node(output_name="passage")
def clean(raw: Passage) -> Passage:
    return Passage(id=raw.id, text=normalise(raw.text))

@node(output_name="vector")
def embed(passage: Passage, encoder: Encoder) -> list[float]:
    return encoder.encode(passage.text)

index = Pipeline([clean, embed])
print(len(shipping.dumps((index, {"raw": Passage(id="a", text="b"), "encoder": Encoder(4)}))))
"""
    )
    assert int(places.home()) <= 30_000


def test_ten_threads_dump_and_load():
    def make(n):
        class Kind:
            def __init__(self):
                self.n = n

        def work(x):
            return Kind().n + scaled(x)

        return work

    failures = []

    def many(n):
        try:
            for round_ in range(20):
                work = make(n * 100 + round_)
                again = shipping.loads(shipping.dumps([work, step]))
                assert again[0](2) == n * 100 + round_ + 6
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=many, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_chain_of_ten_thousand_functions_does_not_recurse(places):
    lines = [f"def f{i}(x):\n    return f{i + 1}(x) if x < 0 else {i}\n" for i in range(10_000)]
    places.write(
        chain="".join(lines) + "def f10000(x):\n    return 10000\n",
        script=SEND + "import chain\nsend(chain.f0)",
    )
    places.home()
    assert places.away(GET + "f = get()\nprint(f(1), f.__globals__['f9999'](-1))") == "0 10000"


def test_tracebacks_on_the_worker_show_the_shipped_lines(places):
    places.write(
        deep="""
            def inner(x):
                value = 1
                return value / x  # the very line
        """,
        script=SEND
        + "import deep\ndef job(x):\n    return deep.inner(x)  # by way of here\nsend(job)",
    )
    places.home()
    for path in places.home_folder.iterdir():
        path.unlink()
    code = (
        GET
        + """
import traceback, linecache, inspect
job = get()
try:
    job(0)
except ZeroDivisionError:
    print(traceback.format_exc())
    linecache.checkcache()
    assert "the very line" in traceback.format_exc()
print(inspect.getsource(job))
"""
    )
    text = places.away(code)
    assert "return value / x  # the very line" in text
    assert "return deep.inner(x)  # by way of here" in text
    assert "deep.py@" in text and text.rstrip().endswith("# by way of here")


def test_a_big_constant_is_not_copied_many_times():
    big = bytes(20_000_000)

    def uses():
        return len(big)

    tracemalloc.start()
    with pytest.warns(UserWarning, match="uses -> big is captured .* 20 MB"):
        data = shipping.dumps(uses)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(data) < 20_010_000 and peak < 75_000_000
