"""A pipeline as bytes: size and time of dump and load, against cloudpickle by value.

cloudpickle gets the same functions without our pipeline around them, and is told which
modules are local; we find out. Each side of each round is a fresh process, as what was once
dumped or loaded is remembered. The loading process cannot reach the source.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.timing import Row

ROUNDS = 7
ROOT = Path(__file__).parent.parent

HOME = """
import sys, time, json, pathlib
import cloudpickle
from hypernodes import Pipeline, node, shipping
from benchmarks.typical import features, models, nodes, scoring, text
def here(x): return x
shipping.dumps(Pipeline([node(output_name='y')(here)])); cloudpickle.dumps(here)
pipeline = Pipeline([node(output_name=f.__name__)(f) for f in nodes.FUNCTIONS])
functions = {f.__name__: f for f in nodes.FUNCTIONS}
def timed(work):
    start = time.perf_counter(); made = work(); return made, (time.perf_counter() - start) * 1e3
ours, first = timed(lambda: shipping.dumps(pipeline))
again, second = timed(lambda: shipping.dumps(pipeline))
for module in (features, models, nodes, scoring, text):
    cloudpickle.register_pickle_by_value(module)
theirs, bare = timed(lambda: cloudpickle.dumps(functions))
place = pathlib.Path(sys.argv[1])
(place / 'ours').write_bytes(ours); (place / 'theirs').write_bytes(theirs)
print(json.dumps({'first': first, 'second': second, 'bare': bare,
                  'ours': len(ours), 'theirs': len(theirs)}))
"""
AWAY = """
import sys, time, json, pathlib
import cloudpickle, pydantic
from hypernodes import Pipeline, node, shipping
def here(x): return x
shipping.loads(shipping.dumps(Pipeline([node(output_name='y')(here)])))
class Model(pydantic.BaseModel): x: int
place = pathlib.Path(sys.argv[1])
try:
    import benchmarks
except ImportError:
    pass
else:
    raise AssertionError('this process can reach the source')
def timed(work):
    start = time.perf_counter(); made = work(); return made, (time.perf_counter() - start) * 1e3
def load_ours(): return timed(lambda: shipping.loads((place / 'ours').read_bytes()))
def load_theirs(): return timed(lambda: cloudpickle.loads((place / 'theirs').read_bytes()))
if sys.argv[2] == 'ours first':
    (pipeline, ours), (functions, theirs) = load_ours(), load_theirs()
else:
    (functions, theirs), (pipeline, ours) = load_theirs(), load_ours()
raw = {'id': 'a', 'text': 'The origin of species is being discussed'}
made = pipeline.run({'raw': raw, 'query': 'species'})
assert made['summary'].startswith('a: fair, discussed'), made
assert functions['tidied'](functions['document'](raw)) == made['tidied']
print(json.dumps({'ours': ours, 'theirs': theirs}))
"""
SMALL = """
import sys, cloudpickle
from pydantic import BaseModel
from hypernodes import Pipeline, node, shipping
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
def clean(raw: Passage) -> Passage:
    return Passage(id=raw.id, text=normalise(raw.text))
def embed(passage: Passage, encoder: Encoder) -> list[float]:
    return encoder.encode(passage.text)
pipeline = Pipeline([node(output_name="passage")(clean), node(output_name="vector")(embed)])
print(len(shipping.dumps(pipeline.bind(encoder=Encoder(4)))),
      len(cloudpickle.dumps((clean, embed, Encoder(4)))))
"""


def _process(code: str, *arguments: str, away: bool = False) -> str:
    options = ["-I"] if away else []
    made = subprocess.run(
        [sys.executable, *options, "-c", code, *arguments],
        cwd="/" if away else ROOT,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    made.check_returncode()
    return made.stdout


def rows() -> list[Row]:
    dumps: list[dict[str, float]] = []
    loads: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as place:
        for number in range(ROUNDS):
            dumps.append(json.loads(_process(HOME, place)))
            order = "ours first" if number % 2 else "theirs first"
            loads.append(json.loads(_process(AWAY, place, order, away=True)))

    def median(rounds: list[dict[str, float]], top: str, bottom: str | None = None) -> float:
        return statistics.median(r[top] / (r[bottom] if bottom else 1) for r in rounds)

    both = statistics.median(
        (d["first"] + n["ours"]) / (d["bare"] + n["theirs"])
        for d, n in zip(dumps, loads, strict=True)
    )
    small = [int(size) for size in _process(SMALL).split()]
    size: Any = dumps[0]
    by_value = "cloudpickle by value"
    return [
        Row("payload, 20 nodes: dump and load, first time", by_value, both, "<= 2"),
        Row("payload, 20 nodes: dump", by_value, median(dumps, "first", "bare"), ""),
        Row("payload, 20 nodes: load", by_value, median(loads, "ours", "theirs"), ""),
        Row("payload, 20 nodes: dump", "ms", median(dumps, "first"), ""),
        Row("payload, 20 nodes: second dump", "ms", median(dumps, "second"), ""),
        Row("payload, 20 nodes: size", f"{by_value}, {size['theirs']:,} bytes",
            size["ours"] / size["theirs"], ""),
        Row("payload, 2 nodes and an encoder: size", f"{by_value}, {small[1]:,} bytes",
            small[0] / small[1], ""),
    ]  # fmt: skip
