"""The same work in the words of each library; imported only where that one is installed."""

from __future__ import annotations

import contextlib
import io
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Run = Callable[[Any], Any]


class NoWayError(Exception):
    """The library has no way to say this."""


@dataclass(frozen=True)
class Both:
    """The last output as a dict of one, and all outputs as a dict."""

    last: Run
    all: Run


class Adapter(ABC):
    package: str
    module: str
    items = 10_000

    @abstractmethod
    def chain(self, functions: list[Callable[..., Any]]) -> Both: ...
    @abstractmethod
    def mapped(self, functions: list[Callable[..., Any]]) -> Both: ...
    @abstractmethod
    def nested(self, function: Callable[..., Any]) -> Run: ...
    @abstractmethod
    def fan(self, functions: list[Callable[..., Any]]) -> Run: ...


class HyperNodes(Adapter):
    """This library, and the original under the same name."""

    package = module = "hypernodes"

    def _pipeline(self, functions: list[Callable[..., Any]]) -> Any:
        from hypernodes import Pipeline, node

        return Pipeline(nodes=[node(output_name=f.__name__)(f) for f in functions])

    def chain(self, functions: list[Callable[..., Any]]) -> Both:
        pipeline, last = self._pipeline(functions), functions[-1].__name__
        return Both(
            lambda values: pipeline.run(inputs=values, output_name=last),
            lambda values: pipeline.run(inputs=values),
        )

    def mapped(self, functions: list[Callable[..., Any]]) -> Both:
        pipeline, last = self._pipeline(functions), functions[-1].__name__
        return Both(
            lambda xs: _columns(
                pipeline.map(inputs={"v0": xs}, map_over="v0", output_name=last), [last]
            ),
            lambda xs: _columns(
                pipeline.map(inputs={"v0": xs}, map_over="v0"), [f.__name__ for f in functions]
            ),
        )

    def nested(self, function: Callable[..., Any]) -> Run:
        from hypernodes import Pipeline

        inner = self._pipeline([function]).as_node(
            input_mapping={"row": "v0"}, output_mapping={"v1": "done"}, map_over="row"
        )
        outer = Pipeline(nodes=[inner])
        return lambda table: _columns(
            outer.map(inputs={"row": table}, map_over="row"),
            ["done"],
        )

    def fan(self, functions: list[Callable[..., Any]]) -> Run:
        pipeline = self._pipeline(functions)
        return lambda values: pipeline.run(inputs=values, output_name="total")


def _columns(result: Any, names: list[str]) -> dict[str, Any]:
    """A map's result as columns; the original gives a list of rows."""
    if isinstance(result, list):
        return {name: [row[name] for row in result] for name in names}
    return {name: result[name] for name in names}


class PipeFunc(Adapter):
    package = module = "pipefunc"

    def _pipeline(self, functions: list[Callable[..., Any]], spec: bool = False) -> Any:
        from pipefunc import PipeFunc as Func
        from pipefunc import Pipeline

        def made(i: int, f: Callable[..., Any]) -> Any:
            mapspec = f"v{i}[i] -> v{i + 1}[i]" if spec else None
            return Func(f, output_name=f.__name__, mapspec=mapspec)

        return Pipeline([made(i, f) for i, f in enumerate(functions)])

    def chain(self, functions: list[Callable[..., Any]]) -> Both:
        pipeline, last = self._pipeline(functions), functions[-1].__name__
        names = [f.__name__ for f in functions]

        def every(values: dict[str, Any]) -> dict[str, Any]:
            made = pipeline.run(last, full_output=True, kwargs=values)
            return {name: made[name] for name in names}

        return Both(lambda values: {last: pipeline.run(last, kwargs=values)}, every)

    def mapped(self, functions: list[Callable[..., Any]]) -> Both:
        pipeline = self._pipeline(functions, spec=True)
        names = [f.__name__ for f in functions]

        def run(xs: list[int], wanted: list[str]) -> dict[str, Any]:
            made = pipeline.map({"v0": xs}, parallel=False, show_progress=False)
            return {name: made[name].output.tolist() for name in wanted}

        return Both(lambda xs: run(xs, names[-1:]), lambda xs: run(xs, names))

    def nested(self, function: Callable[..., Any]) -> Run:
        import numpy as np
        from pipefunc import PipeFunc as Func
        from pipefunc import Pipeline

        pipeline = Pipeline([Func(function, "done", mapspec="v0[i, j] -> done[i, j]")])

        def run(table: Any) -> dict[str, Any]:
            made = pipeline.map({"v0": np.array(table)}, parallel=False, show_progress=False)
            return {"done": made["done"].output.tolist()}

        return run

    def fan(self, functions: list[Callable[..., Any]]) -> Run:
        pipeline = self._pipeline(functions)
        return lambda values: {"total": pipeline.run("total", kwargs=values)}


class Hamilton(Adapter):
    package, module = "sf-hamilton", "hamilton.driver"
    items = 1_000  # its map is a loop, which costs the same for each item

    def _driver(self, functions: list[Callable[..., Any]]) -> Any:
        from hamilton import driver

        with contextlib.redirect_stdout(io.StringIO()):
            return driver.Builder().with_modules(sys.modules[functions[0].__module__]).build()

    def chain(self, functions: list[Callable[..., Any]]) -> Both:
        made, names = self._driver(functions), [f.__name__ for f in functions]
        return Both(
            lambda values: made.execute(names[-1:], inputs=values),
            lambda values: made.execute(names, inputs=values),
        )

    def mapped(self, functions: list[Callable[..., Any]]) -> Both:
        # A graph is executed once for one set of inputs: the map is a loop around it.
        made, names = self._driver(functions), [f.__name__ for f in functions]

        def run(xs: list[int], wanted: list[str]) -> dict[str, Any]:
            rows = [made.execute(wanted, inputs={"v0": x}) for x in xs]
            return {name: [row[name] for row in rows] for name in wanted}

        return Both(lambda xs: run(xs, names[-1:]), lambda xs: run(xs, names))

    def nested(self, function: Callable[..., Any]) -> Run:
        raise NoWayError

    def fan(self, functions: list[Callable[..., Any]]) -> Run:
        made = self._driver(functions)
        return lambda values: made.execute(["total"], inputs=values)


class Dask(Adapter):
    """`dask.delayed` on its synchronous scheduler, the one with the least to do."""

    package = "dask"
    module = "dask"
    items = 1_000  # at ten times as many a single round takes ten seconds

    def _compute(self, wanted: list[Any]) -> tuple[Any, ...]:
        import dask

        made: tuple[Any, ...] = dask.compute(*wanted, scheduler="synchronous", optimize_graph=False)
        return made

    def _delayed(self, functions: list[Callable[..., Any]], value: Any) -> list[Any]:
        import dask

        made = []
        for function in functions:
            value = dask.delayed(function)(value)
            made.append(value)
        return made

    def chain(self, functions: list[Callable[..., Any]]) -> Both:
        names = [f.__name__ for f in functions]

        def every(values: dict[str, Any]) -> dict[str, Any]:
            made = self._delayed(functions, values["v0"])
            return dict(zip(names, self._compute(made), strict=True))

        def last(values: dict[str, Any]) -> dict[str, Any]:
            made = self._delayed(functions, values["v0"])
            return {names[-1]: self._compute(made[-1:])[0]}

        return Both(last, every)

    def mapped(self, functions: list[Callable[..., Any]]) -> Both:
        names = [f.__name__ for f in functions]

        def last(xs: list[int]) -> dict[str, Any]:
            wanted = [self._delayed(functions, x)[-1] for x in xs]
            return {names[-1]: list(self._compute(wanted))}

        def every(xs: list[int]) -> dict[str, Any]:
            rows = [self._delayed(functions, x) for x in xs]
            columns = [list(column) for column in zip(*rows, strict=True)]
            return dict(zip(names, self._compute(columns), strict=True))

        return Both(last, every)

    def nested(self, function: Callable[..., Any]) -> Run:
        import dask

        task = dask.delayed(function)

        def run(table: Any) -> dict[str, Any]:
            wanted = [[task(value) for value in row] for row in table]
            return {"done": list(self._compute(wanted))}

        return run

    def fan(self, functions: list[Callable[..., Any]]) -> Run:
        import dask

        def run(values: dict[str, Any]) -> dict[str, Any]:
            made = [dask.delayed(f)(values["v0"]) for f in functions[:-1]]
            return {"total": self._compute([dask.delayed(functions[-1])(*made)])[0]}

        return run


ADAPTERS: dict[str, type[Adapter]] = {
    "hypernodes": HyperNodes,
    "pipefunc": PipeFunc,
    "hamilton": Hamilton,
    "dask": Dask,
}
