"""Everything that the cases of test_by_value.py run, as the script of a user.

Called as ``script.py``, it runs every case on three engines and prints what came as JSON.
Called as ``script.py <folder>``, it writes files for a process that has never seen it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import sibling
from pydantic import BaseModel
from sibling import Scaler, Tag

from hypernodes import DaftEngine, Pipeline, SeqEngine, node, shipping, stateful

STEP = 7


class Where(BaseModel):
    """Left by a node: where it ran, and whether the script could be imported there."""

    pid: int
    importable: bool


def here() -> Where:
    found = [name for name in ("sibling", "script") if importlib.util.find_spec(name)]
    main = getattr(sys.modules["__main__"], "__file__", "") or ""
    return Where(pid=os.getpid(), importable=bool(found) or main == __file__)


class Counter:
    """A class of the script."""

    def __init__(self, start: int) -> None:
        self.start = start

    def count(self, value: int) -> int:
        return self.start + value


class Holder:
    def __init__(self, counter: Counter, scaler: Scaler) -> None:
        self.counter = counter
        self.scaler = scaler


class Hinted:
    """With the hints that the original's users put on their classes."""

    __daft_hint__ = "@daft.cls"
    __daft_max_concurrency__ = 2
    __daft_use_process__ = True
    __daft_gpus__ = 0

    def __init__(self, start: int) -> None:
        self.start = start

    def count(self, value: int) -> int:
        return self.start + value


class Document(BaseModel):
    id: int
    tag: Tag


def work(value: int) -> int:
    """A helper, a constant and a class of this script, and of the module beside it."""
    ours = Counter(STEP).count(value)
    theirs: int = sibling.shift(value) + sibling.OFFSET + Scaler(2).scale(1)
    return ours + theirs


def node_in_function() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: int) -> tuple[int, Where]:
        return work(x), here()

    return Pipeline([compute]), {"x": 1}


def closure() -> tuple[Pipeline, dict[str, Any]]:
    factor, scaler = 3, Scaler(5)

    def inner(value: int) -> int:
        scaled: int = scaler.scale(value)
        return scaled * factor

    @node(output_name=("y", "where"))
    def compute(x: int) -> tuple[int, Where]:
        return inner(work(x)), here()

    return Pipeline([compute]), {"x": 1}


def stateful_inline() -> tuple[Pipeline, dict[str, Any]]:
    @stateful
    class Model:
        def __init__(self, size: int) -> None:
            self.size = size

        def predict(self, value: int) -> int:
            return work(value) * self.size

    @node(output_name=("y", "where"))
    def compute(x: int, model: Model) -> tuple[int, Where]:
        return model.predict(x), here()

    return Pipeline([compute]), {"x": 1, "model": Model(4)}


def model_inline() -> tuple[Pipeline, dict[str, Any]]:
    class Answer(BaseModel):
        value: int
        tag: Tag

    @node(output_name=("y", "where"))
    def compute(x: int) -> tuple[Answer, Where]:
        return Answer(value=work(x), tag=Tag(label=str(x))), here()

    @node(output_name="z")
    def read(y: Answer) -> bool:
        return (type(y), type(y.tag)) == (Answer, Tag)

    return Pipeline([compute, read]), {"x": 1}


def one_class() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: int, counter: Counter) -> tuple[int, Where]:
        return counter.count(work(x)), here()

    return Pipeline([compute]), {"x": 1, "counter": Counter(5)}


def two_classes() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: int, counter: Counter, scaler: Scaler) -> tuple[int, Where]:
        return scaler.scale(counter.count(work(x))), here()

    return Pipeline([compute]), {"x": 1, "counter": Counter(5), "scaler": Scaler(3)}


def one_holding_another() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: int, holder: Holder) -> tuple[int, Where]:
        return holder.scaler.scale(holder.counter.count(work(x))), here()

    return Pipeline([compute]), {"x": 1, "holder": Holder(Counter(5), Scaler(3))}


def class_with_surroundings() -> tuple[Pipeline, dict[str, Any]]:
    prefix, scaler = "n", Scaler(9)

    class Namer:
        def name(self, value: int) -> str:
            return prefix + str(scaler.scale(work(value)))

    @node(output_name=("y", "where"))
    def compute(x: int, namer: Namer) -> tuple[str, Where]:
        return namer.name(x), here()

    return Pipeline([compute]), {"x": 1, "namer": Namer()}


def model_of_the_script() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: int, document: Document) -> tuple[Document, Where]:
        return document.model_copy(update={"id": work(x)}), here()

    return Pipeline([compute]), {"x": 1, "document": Document(id=0, tag=Tag(label="a"))}


def class_with_hints() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: int, hinted: Hinted) -> tuple[int, Where]:
        return hinted.count(work(x)), here()

    return Pipeline([compute]), {"x": 1, "hinted": Hinted(5)}


def mapped_over_objects() -> tuple[Pipeline, dict[str, Any]]:
    @node(output_name=("y", "where"))
    def compute(x: Counter) -> tuple[Counter, Where]:
        return Counter(x.count(work(1))), here()

    @node(output_name="z")
    def read(y: Counter) -> int:
        return y.start

    return Pipeline([compute, read]), {"x": Counter(5)}


CASES: dict[str, Callable[[], tuple[Pipeline, dict[str, Any]]]] = {
    case.__name__: case
    for case in (
        node_in_function,
        closure,
        stateful_inline,
        model_inline,
        one_class,
        two_classes,
        one_holding_another,
        class_with_surroundings,
        model_of_the_script,
        class_with_hints,
        mapped_over_objects,
    )
}


def values(result: Any) -> Any:
    """The outputs but for where they came from; objects without an equality as dicts."""
    if isinstance(result, dict):
        return {name: values(value) for name, value in result.items() if name != "where"}
    if isinstance(result, list):
        return [values(value) for value in result]
    return vars(result) if isinstance(result, Counter) else result


def check(case: Callable[[], tuple[Pipeline, dict[str, Any]]]) -> dict[str, Any]:
    """The case on every engine, `run` and `map`: are they equal, and where did they run?"""
    pipeline, inputs = case()
    many = {**inputs, "x": [1, 2, 3] if inputs["x"] == 1 else [inputs["x"]] * 3}
    seq, local = SeqEngine(), DaftEngine()
    workers = DaftEngine(processes=True)
    expected = pipeline.run(inputs, engine=seq)
    rows = pipeline.map(many, "x", engine=seq)
    here_once = pipeline.run(inputs, engine=local)
    here_rows = pipeline.map(many, "x", engine=local)
    there_rows = pipeline.map(many, "x", engine=workers)
    # A query in workers takes a second to start them: a single run is shown once.
    once = case is two_classes
    there_once = pipeline.run(inputs, engine=workers) if once else there_rows[0]
    places = [there_once["where"], *there_rows["where"]]
    return {
        "local": values(here_once) == values(expected)
        and values(here_rows.to_dict()) == values(rows.to_dict()),
        "workers": values(there_once) == values(expected)
        and values(there_rows.to_dict()) == values(rows.to_dict()),
        "types": {type(y) for y in there_rows["y"]} == {type(y) for y in rows["y"]},
        "elsewhere": all(place.pid != os.getpid() for place in places),
        "importable": any(place.importable for place in places),
    }


def received(pipeline: Pipeline, inputs: dict[str, Any]) -> dict[str, Any]:
    """Runs what it receives, as a function on a remote machine would."""
    return pipeline.run(inputs, engine=DaftEngine())


def building(pipeline: Pipeline, inputs: dict[str, Any]) -> dict[str, Any]:
    """Builds nodes and stateful objects of its own around what it receives."""

    @stateful
    class Bonus:
        def __init__(self, amount: int) -> None:
            self.amount = amount

    @node(output_name="sum")
    def add(y: int, bonus: Bonus) -> int:
        return y + bonus.amount + work(0)

    both = Pipeline([pipeline, add], engine=DaftEngine())
    return both.run({**inputs, "bonus": Bonus(1000)})


def write_files(folder: Path) -> None:
    """The pair (pipeline, inputs) in all the ways in which one may send it."""
    pipeline, inputs = two_classes()
    objects = {name: value for name, value in inputs.items() if name != "x"}
    bound = pipeline.bind(**objects), {"x": inputs["x"]}
    (folder / "pickle").write_bytes(pickle.dumps(bound))
    (folder / "cloudpickle").write_bytes(cloudpickle.dumps(bound))
    (folder / "shipping").write_bytes(shipping.dumps((pipeline, inputs)))
    for function in (received, building):
        call = shipping.dumps((function, pipeline, inputs))
        (folder / function.__name__).write_bytes(call)
    y = pipeline.run(inputs)["y"]
    print(json.dumps({"y": y, "sum": y + 1000 + work(0)}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_files(Path(sys.argv[1]))
    else:
        print(json.dumps({name: check(case) for name, case in CASES.items()}))
