"""Any pickler carries our values, both ways; plain pickling fails as it does in the field."""

import importlib
import pickle

import pytest

from two_places import GET, SEND, Places

SCRIPT = """
from dataclasses import dataclass
from pydantic import BaseModel
from hypernodes import Pipeline, node

class Doc(BaseModel):
    text: str

@dataclass
class Size:
    n: int

class TooLong(Exception):
    def __init__(self, doc, *, limit):
        super().__init__(f"{len(doc.text)} > {limit}")
        self.doc = doc

LIMIT = 5

def measure(doc):
    if len(doc.text) > LIMIT:
        raise TooLong(doc, limit=LIMIT)
    return Size(len(doc.text))

@node(output_name="size")
def size(doc: Doc) -> Size:
    return measure(doc)

pipeline = Pipeline([size])
"""

PICKLERS = ["pickle", "cloudpickle", "daft.pickle.cloudpickle", "ray.cloudpickle",
            "modal._vendor.cloudpickle"]  # fmt: skip


def pickler_or_skip(name):
    if name == "daft.pickle.cloudpickle":
        for candidate in ("daft.pickle.cloudpickle", "daft.pickle.pickle", "daft.pickle"):
            try:
                module = importlib.import_module(candidate)
            except ImportError:
                continue
            if hasattr(module, "dumps"):
                return candidate
        pytest.skip("daft is not installed")
    pytest.importorskip(name)
    return name


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


@pytest.mark.parametrize("name", PICKLERS)
def test_pipelines_go_and_results_come_by_this_pickler(places, name):
    name = pickler_or_skip(name)
    work = f"""
import importlib, pickle
pickler = importlib.import_module({name!r})
from pathlib import Path
pipeline, small, big = pickle.loads(Path(post, "call").read_bytes())
results = [pipeline.run(small), pipeline.run(small)["size"], [pipeline] * 2]
try:
    pipeline.run(big)
except Exception as error:
    results.append(error)
Path(post, "result").write_bytes(pickler.dumps(results))
"""
    places.write(
        script=SCRIPT
        + SEND
        + f"""
import importlib, pickle, subprocess
pickler = importlib.import_module({name!r})
shipping.register(Doc)
call = (pipeline, {{"doc": Doc(text="abc")}}, {{"doc": Doc(text="too long")}})
Path(os.environ["POST"], "call").write_bytes(pickler.dumps(call))
subprocess.run([sys.executable, "-I", "-c", os.environ["WORK"]], check=True)
whole, size, pipelines, error = pickle.loads(Path(os.environ["POST"], "result").read_bytes())
assert whole == {{"size": Size(3)}} and type(size) is Size
assert pipelines[0].run({{"doc": Doc(text="a")}})["size"] == Size(1)
try:
    raise error
except TooLong as caught:
    assert type(caught.doc) is Doc and str(caught) == "8 > 5"
print("home")
"""
    )
    assert places.home(WORK=f"post = {str(places.post)!r}\n{work}") == "home"


@pytest.mark.parametrize("trick", [False, True])
def test_control_plain_picklers_fail_on_a_bare_worker(places, trick):
    """What people do today: by reference, or with ``__module__`` set to ``__main__``."""
    places.write(
        helpers="def helper(x):\n    return x + 1\n",
        steps="from helpers import helper\n\ndef step(x):\n    return helper(x)\n",
        script=f"""
import os, steps
from pathlib import Path
import cloudpickle
if {trick}:
    steps.step.__module__ = "__main__"
Path(os.environ["POST"], "payload").write_bytes(cloudpickle.dumps(steps.step))
""",
    )
    places.home()
    code = """
import pickle
from pathlib import Path
try:
    print(pickle.loads(Path(post, "payload").read_bytes())(1))
except ModuleNotFoundError as error:
    print(error)
"""
    assert places.away(code) == f"No module named {'helpers' if trick else 'steps'!r}"


def test_ours_does_not(places):
    places.write(
        helpers="def helper(x):\n    return x + 1\n",
        steps="from helpers import helper\n\ndef step(x):\n    return helper(x)\n",
        script=SEND + "import steps\nsend(steps.step)",
    )
    places.home()
    assert places.away(GET + "print(get()(1))") == "2"


def test_a_payload_loads_once_per_process(places):
    script = """
import itertools
numbers = itertools.count()
class Slow:
    def __getstate__(self): return {"n": 1}
    def __setstate__(self, state):
        Slow.loaded = getattr(Slow, "loaded", 0) + 1
SLOW = Slow()
def job(): return Slow.loaded, SLOW
"""
    places.write(
        script=script
        + SEND
        + """
import pickle
from hypernodes.shipping import Payload
Path(os.environ["POST"], "payload").write_bytes(pickle.dumps(Payload.of(job)))
"""
    )
    places.home()
    code = """
import pickle
from pathlib import Path
data = Path(post, "payload").read_bytes()
jobs = [pickle.loads(data).load() for _ in range(100)]
assert all(job is jobs[0] for job in jobs)
print(jobs[0]()[0])
"""
    assert places.away(code) == "1"


def test_shipments_send_code_once_and_data_in_blobs(places):
    places.write(
        script=SCRIPT
        + SEND
        + """
import pickle
from hypernodes.shipping import Shipment
shipment = Shipment()
job = shipment.add(measure)
chunks = [shipment.add([Doc(text="x" * n)] * 100) for n in range(5)]
assert shipment.code() is shipment.code()
assert max(map(len, chunks)) < 1500, list(map(len, chunks))
Path(os.environ["POST"], "payload").write_bytes(pickle.dumps((shipment.code(), job, chunks)))
import subprocess
subprocess.run([sys.executable, "-I", "-c", os.environ["WORK"]], check=True)
data = Path(os.environ["POST"], "result").read_bytes()
result = shipment.loads(data)
assert result == [[Size(n)] * 100 for n in range(5)] and type(result[0][0]) is Size
assert len(data) < 10_000, len(data)
print("done")
"""
    )
    work = """
import pickle
from pathlib import Path
code, job, chunks = pickle.loads(Path(post, "payload").read_bytes())
session = code.load()
assert code.load() is session
measure = session.loads(job)
results = [[measure(doc) for doc in session.loads(chunk)] for chunk in chunks]
Path(post, "result").write_bytes(session.dumps(results))
"""
    assert places.home(WORK=f"post = {str(places.post)!r}\n{work}") == "done"


def test_classes_and_functions_as_such_come_home_by_a_foreign_pickler(places):
    places.write(
        script=SCRIPT
        + SEND
        + """
import pickle, subprocess
def job(): return Size, measure, {Doc: 1}
send(job)
subprocess.run([sys.executable, "-I", "-c", os.environ["WORK"]], check=True)
kind, function, table = pickle.loads(Path(os.environ["POST"], "result").read_bytes())
assert kind is Size and function is measure and table == {Doc: 1}
assert sys.modules["__main__"].__name__ == "__main__" and __spec__ is None
print("home")
"""
    )
    work = (
        GET
        + """
import pickle
Path(post, "result").write_bytes(pickle.dumps(get()()))
"""
    )
    assert places.home(WORK=f"post = {str(places.post)!r}\n{work}") == "home"


def test_registering_what_is_no_class_is_refused():
    from hypernodes import shipping
    from hypernodes.errors import ShippingError

    with pytest.raises(ShippingError, match="a class or a module"):
        shipping.register(3)  # type: ignore[arg-type]


def test_standard_pickle_of_a_pipeline_is_small_and_plain():
    from hypernodes import Pipeline, node

    @node(output_name="y")
    def double(x: int) -> int:
        return 2 * x

    data = pickle.dumps(Pipeline([double]))
    assert pickle.loads(data).run({"x": 4}) == {"y": 8}
    assert len(data) < 2_000
