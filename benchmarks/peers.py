"""Another library against the same calls by hand, in an environment where it is installed.

    python benchmarks/peers.py hypernodes|pipefunc|hamilton

A chain of 10 trivial nodes, last output only; `map` over 1,000 items without parallelism
or storage. `hypernodes` is this one or the original, whichever is installed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable
from typing import Any

LENGTH = 10
IMPORTS = {"hypernodes": "hypernodes", "pipefunc": "pipefunc", "hamilton": "hamilton.driver"}


def chain_module() -> types.ModuleType:
    """A module of real, annotated functions v1 .. v10: Hamilton reads modules."""
    module = types.ModuleType("chain")
    sys.modules["chain"] = module
    for i in range(LENGTH):
        exec(f"def v{i + 1}(v{i}: int) -> int:\n    return v{i} + 1\n", module.__dict__)
    calls = "\n".join(f"    x{i + 1} = v{i + 1}(x{i})" for i in range(LENGTH))
    exec(f"def _by_hand(x0):\n{calls}\n    return x{LENGTH}\n", module.__dict__)
    return module


def peer(name: str, module: types.ModuleType) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """(run, map) of the library: value -> last output, values -> last outputs."""
    functions = [getattr(module, f"v{i + 1}") for i in range(LENGTH)]
    last = f"v{LENGTH}"
    if name == "hypernodes":
        from hypernodes import Pipeline, node

        pipeline = Pipeline(nodes=[node(output_name=f.__name__)(f) for f in functions])
        return (
            lambda x: pipeline.run(inputs={"v0": x}, output_name=last)[last],
            lambda xs: pipeline.map(inputs={"v0": xs}, map_over="v0", output_name=last),
        )
    if name == "pipefunc":
        from pipefunc import PipeFunc
        from pipefunc import Pipeline as PipeFuncPipeline

        single = PipeFuncPipeline([PipeFunc(f, output_name=f.__name__) for f in functions])
        mapped = PipeFuncPipeline(
            [
                PipeFunc(f, output_name=f.__name__, mapspec=f"v{i}[i] -> v{i + 1}[i]")
                for i, f in enumerate(functions)
            ]
        )
        return (
            lambda x: single.run(last, kwargs={"v0": x}),
            lambda xs: mapped.map({"v0": xs}, parallel=False, show_progress=False),
        )
    from hamilton import driver

    made = driver.Builder().with_modules(module).build()

    def run(x: int) -> Any:
        return made.execute([last], inputs={"v0": x})[last]

    return run, lambda xs: [run(x) for x in xs]  # Hamilton has no map over one graph's inputs


def seconds(work: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def start_up(code: str) -> float:
    command = [sys.executable, "-c", code]
    return seconds(lambda: subprocess.run(command, check=True), 1)


def main(name: str) -> None:
    module = chain_module()
    run, map_ = peer(name, module)
    hand = module._by_hand
    if int(run(1)) != hand(1):
        raise AssertionError(run(1))
    items = list(range(1000))
    map_(items)
    once = statistics.median(
        seconds(lambda: run(1), 300) / seconds(lambda: hand(1), 3000) for _ in range(9)
    )
    many = statistics.median(
        seconds(lambda: map_(items), 1) / seconds(lambda: [hand(x) for x in items], 5)
        for _ in range(5)
    )
    code = f"import {IMPORTS[name]}"
    start_up(code)
    loading = statistics.median(start_up(code) - start_up("pass") for _ in range(9)) * 1e3
    print(f"| {name} | {once:.1f}x | {many:.1f}x | {loading:.0f} ms |")


if __name__ == "__main__":
    main(sys.argv[1])
