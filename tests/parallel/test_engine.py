"""What every ParallelEngine must do, wherever its workers are; SeqEngine is the measure."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from hypernodes import (
    EngineError,
    InputError,
    ParallelEngine,
    Pipeline,
    SeqEngine,
    ShippingError,
    node,
    stateful,
)
from hypernodes.engines.pool import WorkerPool


def _executors():
    yield "threads", "threads"
    yield "processes", "processes"
    yield "thread-pool", ThreadPoolExecutor(3)
    yield "fork", ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork"))
    yield "spawn", ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


@pytest.fixture(scope="module")
def engines():
    executors = dict(_executors())
    # Before any thread of ours is there: a fork of many threads is not for every system.
    executors["fork"].submit(int).result()
    engines = {name: ParallelEngine(executor, workers=2) for name, executor in executors.items()}
    yield engines
    for name, engine in engines.items():
        engine.close()
        if not isinstance(executors[name], str):
            executors[name].shutdown()


pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
everywhere = pytest.mark.parametrize(
    "where", ["threads", "processes", "thread-pool", "fork", "spawn"]
)
elsewhere = pytest.mark.parametrize("where", ["processes", "fork", "spawn"])


@dataclass(frozen=True)
class Point:
    x: int
    y: int


class Encoder:
    def __init__(self, size):
        self.size = size

    def encode(self, text):
        return [ord(letter) * self.size for letter in text]


def _helper(x):
    return x + 1


@node(output_name="point")
def make(x, dy=1):
    return Point(x, _helper(x) + dy)


@node(output_name=("total", "double"))
def add(point):
    return point.x + point.y, 2 * point.x


@node(output_name="code")
def encode(double, encoder):
    return encoder.encode(str(double))


PIPELINE = Pipeline([make, add, encode], name="points").bind(encoder=Encoder(3))


@everywhere
@pytest.mark.parametrize("count", [0, 1, 2, 7, 500])
def test_map_gives_what_a_loop_gives(engines, where, count):
    inputs = {"x": list(range(count))}
    result = PIPELINE.map(inputs, "x", engine=engines[where])
    assert result == PIPELINE.map(inputs, "x", engine=SeqEngine())
    assert all(type(point) is Point for point in result["point"])


@everywhere
def test_run_product_selected_outputs_and_generators(engines, where):
    engine = engines[where]
    assert PIPELINE.run({"x": 3}, engine=engine) == PIPELINE.run({"x": 3})
    both = {"x": [1, 2, 3], "dy": (10, 20)}
    expected = PIPELINE.map(both, ["x", "dy"], map_mode="product", output_name="total")
    given = PIPELINE.map(both, ["x", "dy"], map_mode="product", output_name="total", engine=engine)
    assert given == expected
    assert given["total"] == [13, 23, 15, 25, 17, 27]
    lazy = PIPELINE.map({"x": iter(range(50))}, "x", engine=engine)
    assert lazy["double"] == list(range(0, 100, 2))


@everywhere
def test_nested_maps_of_a_run_are_spread(engines, where):
    inner = Pipeline([make, add], name="inner").as_node(map_over="xs", input_mapping={"xs": "x"})

    @node(output_name="xs")
    def numbers(n):
        return list(range(n))

    @node(output_name="result")
    def collect(total, double):
        return sum(total) + sum(double)

    outer = Pipeline([numbers, inner, collect], name="outer")
    assert outer.run({"n": 40}, engine=engines[where]) == outer.run({"n": 40})
    in_map = outer.map({"n": [1, 5, 0, 3]}, "n", engine=engines[where])
    assert in_map == outer.map({"n": [1, 5, 0, 3]}, "n")
    deep = Pipeline([outer.as_node(output_mapping={"result": "deep"})], name="deep")
    assert deep.run({"n": 9}, engine=engines[where]) == deep.run({"n": 9})


@node(output_name="checked")
def check(x):
    if x % 10 == 7:
        time.sleep(0.02 if x == 7 else 0)  # the first by row comes last
        raise KeyError(x)
    return x


@everywhere
def test_the_first_exception_by_row_is_raised_with_its_note(engines, where):
    with pytest.raises(KeyError) as caught:
        Pipeline([check], name="strict").map({"x": range(60)}, "x", engine=engines[where])
    assert caught.value.args == (7,)
    (note,) = [n for n in caught.value.__notes__ if n.startswith("hypernodes")]
    assert note.startswith("hypernodes: node 'check' failed in pipeline 'strict', item 7")


@everywhere
def test_collect_and_skip(engines, where):
    pipeline = Pipeline([check], name="lenient")
    for policy in ("collect", "skip"):
        given = pipeline.map({"x": range(40)}, "x", engine=engines[where], on_error=policy)
        expected = pipeline.map({"x": range(40)}, "x", on_error=policy)
        assert given["checked"] == expected["checked"]
    given = pipeline.map({"x": range(40)}, "x", engine=engines[where], on_error="collect")
    assert sorted(given.errors) == [7, 17, 27, 37]
    assert isinstance(given.errors[17], KeyError)
    assert "item 17" in given.errors[17].__notes__[0]


@everywhere
def test_replay_has_the_inputs(engines, where):
    pipeline = Pipeline([check], name="again")
    with pytest.raises(KeyError) as caught:
        pipeline.map({"x": range(10)}, "x", engine=engines[where])
    with pytest.raises(KeyError) as again:
        pipeline.replay(caught.value)
    assert again.value.args == (7,)


@everywhere
def test_no_previews(engines, where):
    engine = ParallelEngine(engines[where]._pool(), previews=False)
    with pytest.raises(KeyError) as caught:
        Pipeline([check]).map({"x": range(10)}, "x", engine=engine)
    assert not any("inputs" in n for n in caught.value.__notes__ if n.startswith("hypernodes"))


@everywhere
def test_an_exception_of_the_items_comes_after_those_of_rows_before(engines, where):
    def items(last):
        yield from range(last)
        raise OSError("no more")

    for last, kind in ((30, KeyError), (5, OSError)):
        with pytest.raises(kind):
            Pipeline([check]).map({"x": items(last)}, "x", engine=engines[where])


@everywhere
@pytest.mark.parametrize("ordered", [True, False])
def test_stream_is_lazy_and_bounded(engines, where, ordered):
    read = itertools.count()

    def endless():
        yield from read

    @node(output_name="y")
    def double(x):
        return 2 * x

    rows = Pipeline([double]).stream({"x": endless()}, "x", engine=engines[where], ordered=ordered)
    first = [row["y"] for row in itertools.islice(rows, 30)]
    assert len(set(first)) == 30
    if ordered:
        assert first == list(range(0, 60, 2))
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert next(read) < 2_000_000
    assert Pipeline([double]).run({"x": 1}, engine=engines[where]) == {"y": 2}


@everywhere
def test_batches(engines, where):
    @node(output_name="size")
    def size(text):
        return -len(text)

    @size.batch
    def sizes(text: list):
        assert type(text) is list
        return [len(each) for each in text]

    given = Pipeline([sizes]).map({"text": ["a", "bb", ""] * 50}, "text", engine=engines[where])
    assert given["size"] == [1, 2, 0] * 50


@everywhere
def test_async_nodes(engines, where):
    @node(output_name="y")
    async def later(x):
        import asyncio

        await asyncio.sleep(0)
        return x + 1

    assert Pipeline([later]).map({"x": range(20)}, "x", engine=engines[where])["y"] == [
        *range(1, 21)
    ]


@elsewhere
def test_stateful_objects_are_built_once_per_process(engines, where):
    @stateful
    class Model:
        def __init__(self, size):
            self.size = size
            self.token = f"{os.getpid()}-{time.perf_counter_ns()}"

    @node(output_name="token")
    def use(x, model):
        time.sleep(0.001)
        return model.token

    tokens = Pipeline([use]).bind(model=Model(3)).map({"x": range(100)}, "x", engine=engines[where])
    built = set(tokens["token"])
    assert len(built) == len({token.partition("-")[0] for token in built}) <= 2


@elsewhere
def test_constants_are_sent_once_and_work_is_done_elsewhere(engines, where):
    class Big:
        loaded = 0

        def __init__(self):
            self.data = bytes(1000)

        def __setstate__(self, state):
            self.__dict__.update(state)
            type(self).loaded += 1

    @node(output_name="who")
    def who(x, big):
        return os.getpid(), type(big).loaded

    rows = Pipeline([who]).map({"x": range(300), "big": Big()}, "x", engine=engines[where])
    assert {count for _, count in rows["who"]} == {1}
    assert os.getpid() not in {pid for pid, _ in rows["who"]}


@elsewhere
def test_classes_that_only_later_items_have(engines, where):
    late = type("Late", (), {"value": 5})
    items = [*range(20), *[late() for _ in range(20)], Point(1, 2)]

    @node(output_name="kind")
    def kind(x):
        return type(x), getattr(x, "value", None)

    rows = Pipeline([kind]).map({"x": items}, "x", engine=engines[where])["kind"]
    assert rows == [(int, None)] * 20 + [(late, 5)] * 20 + [(Point, None)]


@elsewhere
def test_what_cannot_travel_is_told(engines, where):
    @node(output_name="lock")
    def lock(x):
        return threading.Lock() if x == 3 else x

    with pytest.raises(ShippingError) as caught:
        Pipeline([lock], name="locks").map({"x": range(8)}, "x", engine=engines[where])
    assert any("item 3" in note for note in caught.value.__notes__)
    kept = Pipeline([lock]).map({"x": range(8)}, "x", engine=engines[where], on_error="collect")
    assert kept["lock"] == [0, 1, 2, None, 4, 5, 6, 7]
    assert isinstance(kept.errors[3], ShippingError)
    with pytest.raises(ShippingError):
        PIPELINE.map({"x": range(3), "encoder": threading.Lock()}, "x", engine=engines[where])


def test_threads_share_live_objects(engines):
    class Unpicklable:
        def __init__(self):
            self.lock = threading.Lock()
            self.seen = set()

        def __reduce_ex__(self, protocol):
            raise AssertionError("nothing is pickled here")

    shared = Unpicklable()

    @node(output_name="same")
    def note(x, thing):
        with thing.lock:
            thing.seen.add(x)
        return thing

    for size in (None, 3):
        engine = ParallelEngine("threads", workers=4, chunk_size=size)
        rows = Pipeline([note]).map({"x": range(50), "thing": shared}, "x", engine=engine)
        assert all(each is shared for each in rows["same"])
    assert shared.seen == set(range(50))


def test_threads_work_at_the_same_time():
    barrier = threading.Barrier(8)

    @node(output_name="y")
    def meet(x):
        return barrier.wait(timeout=10) >= 0

    with ParallelEngine("threads", workers=8) as engine:
        assert all(Pipeline([meet]).map({"x": range(16)}, "x", engine=engine)["y"])


def test_context_variables_reach_threads():
    import contextvars

    name = contextvars.ContextVar("name", default="none")

    @node(output_name="y")
    def read(x):
        return name.get()

    name.set("mine")
    with ParallelEngine("threads", workers=2) as engine:
        assert set(Pipeline([read]).map({"x": range(4)}, "x", engine=engine)["y"]) == {"mine"}


def test_a_node_may_use_the_same_engine(engines):
    inner = Pipeline([make], name="inner")

    for where in ("threads", "processes"):
        engine = engines[where]

        @node(output_name="points")
        def many(n, engine=engine):
            return inner.map({"x": range(n)}, "x", engine=engine)["point"]

        rows = Pipeline([many]).map({"n": [3] * 40}, "n", engine=engine)
        assert rows["points"] == [[Point(i, i + 2) for i in range(3)]] * 40


def test_nested_engine_in_threads_is_kept_and_in_processes_told():
    where = []

    class Noting(SeqEngine):
        inline = False

        def run(self, plan, values, ctx):
            where.append(os.getpid())
            return super().run(plan, values, ctx)

    nested = Pipeline([make], name="nested", engine=Noting()).as_node()
    outer = Pipeline([nested], name="outer")
    with ParallelEngine("threads") as engine:
        assert len(outer.map({"x": range(3)}, "x", engine=engine)["point"]) == 3
    assert where == [os.getpid()] * 3
    with ParallelEngine("processes", workers=1) as engine:
        with pytest.warns(UserWarning, match="is not used"):
            outer.map({"x": range(3)}, "x", engine=engine)
        outer.map({"x": range(3)}, "x", engine=engine)
    assert len(where) == 3


def test_an_executor_of_ones_own():
    """The simplest executor there is: calls are made at once, here."""

    class Inline(Executor):
        calls = 0

        def submit(self, fn, /, *args, **kwargs):
            self.calls += 1
            future: Future = Future()
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)
            return future

    executor = Inline()
    result = PIPELINE.map({"x": range(30)}, "x", engine=ParallelEngine(executor))
    assert result == PIPELINE.map({"x": range(30)}, "x")
    assert executor.calls > 1


def test_a_pool_passed_in_stays_open():
    with WorkerPool(1) as pool:
        with ParallelEngine(pool) as engine:
            assert engine.workers == 1
            PIPELINE.map({"x": range(3)}, "x", engine=engine)
        assert pool.submit(int, "3").result() == 3


def test_close_and_use_again():
    engine = ParallelEngine("processes", workers=1)
    first = PIPELINE.map({"x": range(3)}, "x", engine=engine)
    engine.close()
    engine.close()
    assert PIPELINE.map({"x": range(3)}, "x", engine=engine) == first
    engine.close()


def test_many_callers_at_once(engines):
    for where in ("threads", "processes"):
        with ThreadPoolExecutor(4) as callers:
            results = list(
                callers.map(
                    lambda n, where=where: PIPELINE.map(
                        {"x": range(n)}, "x", engine=engines[where]
                    )["double"],
                    range(20, 40),
                )
            )
        assert results == [list(range(0, 2 * n, 2)) for n in range(20, 40)]


def test_an_engine_travels_with_its_pipeline():
    import pickle

    pipeline = PIPELINE.with_engine(ParallelEngine("processes", workers=1, chunk_size=5))
    copied = pickle.loads(pickle.dumps(pipeline))
    assert copied.engine.workers == 1
    assert copied.engine.chunk_size == 5
    assert repr(copied.engine) == "ParallelEngine('processes', workers=1, chunk_size=5)"


@pytest.mark.parametrize(
    "wrong",
    [{"executor": "thread"}, {"executor": 3}, {"workers": 0}, {"chunk_size": 1.5}],
)
def test_wrong_arguments(wrong):
    with pytest.raises(EngineError) as caught:
        ParallelEngine(**wrong)
    assert caught.value.parameter in wrong


@everywhere
def test_unequal_lengths_are_told_before_anything_runs(engines, where):
    with pytest.raises(InputError, match="equal lengths"):
        PIPELINE.map({"x": [1, 2], "dy": [1]}, ["x", "dy"], engine=engines[where])
