"""The work that every library does, and the same work as a person would write it."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

Functions = list[Callable[..., Any]]


def _module(name: str, source: str) -> types.ModuleType:
    """Real functions of a real module: some libraries read modules, all read signatures."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(source, module.__dict__)
    return module


def chain_functions(length: int) -> Functions:
    """v1 = v0 + 1, v2 = v1 + 1, ...; each function has the name of what it makes."""
    source = "\n".join(
        f"def v{i + 1}(v{i}: int) -> int:\n    return v{i} + 1\n" for i in range(length)
    )
    module = _module(f"chain_{length}", source)
    return [getattr(module, f"v{i + 1}") for i in range(length)]


def fan_functions(width: int) -> Functions:
    """`width` functions of the one input v0, and one of all that they make."""
    names = [f"w{i}" for i in range(width)]
    source = "\n".join(f"def {n}(v0: int) -> int:\n    return v0 + {len(n)}\n" for n in names)
    source += (
        f"def total({', '.join(f'{n}: int' for n in names)}) -> int:\n"
        f"    return w0 + w{width - 1}\n"
    )
    module = _module(f"fan_{width}", source)
    return [getattr(module, name) for name in (*names, "total")]


def fan_by_hand(functions: Functions) -> Callable[[dict[str, int]], dict[str, int]]:
    calls = "\n".join(f"    w{i} = f{i}(v0)" for i in range(len(functions) - 1))
    given = ", ".join(f"w{i}" for i in range(len(functions) - 1))
    last = len(functions) - 1
    source = (
        f"def run(inputs):\n    v0 = inputs['v0']\n{calls}\n"
        f"    return {{'total': f{last}({given})}}"
    )
    names: dict[str, Any] = {f"f{i}": f for i, f in enumerate(functions)}
    exec(source, names)
    made: Callable[[dict[str, int]], dict[str, int]] = names["run"]
    return made


def by_hand(functions: Functions) -> dict[str, Callable[..., Any]]:
    """The chain for every shape of result."""
    count = len(functions)
    calls = "\n".join(f"{{0}}v{i + 1} = f{i}(v{i})" for i in range(count))
    every = ", ".join(f"'v{i + 1}': v{i + 1}" for i in range(count))
    columns = "\n".join(f"    c{i + 1} = []" for i in range(count))
    appends = "\n".join(f"        c{i + 1}.append(v{i + 1})" for i in range(count))
    lists = ", ".join(f"'v{i + 1}': c{i + 1}" for i in range(count))
    once, looped = calls.replace("{0}", "    "), calls.replace("{0}", "        ")
    source = f"""
def run_last(inputs):
    v0 = inputs['v0']
{once}
    return {{'v{count}': v{count}}}
def run_all(inputs):
    v0 = inputs['v0']
{once}
    return {{{every}}}
def map_last(values):
    out = []
    for v0 in values:
{looped}
        out.append(v{count})
    return {{'v{count}': out}}
def map_columns(values):
{columns}
    for v0 in values:
{looped}
{appends}
    return {{{lists}}}
def map_rows(values):
    out = []
    for v0 in values:
{looped}
        out.append({{{every}}})
    return out
"""
    names: dict[str, Any] = {f"f{i}": f for i, f in enumerate(functions)}
    exec(source, names)
    return names


def nested_by_hand(function: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def loop(table: Any) -> dict[str, Any]:
        done = []
        for row in table:
            made = []
            for value in row:
                made.append(function(value))  # noqa: PERF401 - a loop, as in the line it is held to
            done.append(made)
        return {"done": done}

    return loop
