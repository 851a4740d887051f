"""Home: runs a case as a script or as an imported module, ships its job, checks the result."""

import atexit
import functools
import importlib
import inspect
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))


def untouched(ns):
    """Everything of the user's that shipping might be tempted to change."""
    import cloudpickle

    state: dict[str, object] = {"registry": sorted(cloudpickle.list_registry_pickle_by_value())}
    state["tracked"] = len(cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS)
    for name, value in ns.items():
        if inspect.isfunction(value) or inspect.isclass(value):
            state[name] = (value.__module__, value.__qualname__, value.__name__)
        if inspect.isfunction(value):
            state[name] += (id(value.__globals__), id(value.__code__), sorted(value.__dict__))
    return state


def run(ns):
    """Ship ``job``, run it elsewhere, ``check`` what came home."""
    from hypernodes import shipping
    from hypernodes.errors import ShippingError

    job, check = ns["job"], ns.get("check")
    before = untouched(ns)
    wanted = ns.get("ERROR")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            data = shipping.dumps(job)
        except ShippingError as error:
            assert wanted, f"could not be shipped: {error}"
            for part in (wanted,) if isinstance(wanted, str) else wanted:
                assert part in str(error), f"{part!r} is not in: {error}"
            return
    assert not wanted, f"shipped although {wanted!r} was to be said"
    if "WARNING" in ns:
        text = "; ".join(str(entry.message) for entry in caught)
        assert ns["WARNING"] in text, f"{ns['WARNING']!r} is not in the warnings: {text}"
    limit = ns.get("SIZE", 60_000)
    assert len(data) <= limit, f"{len(data)} bytes"
    note, result_file = elsewhere(ns, data, "ours")
    assert not note["opened"], f"the worker opened {note['opened']}"
    if not ns.get("RAISES"):
        assert "raised" not in note, note["raised"]
    with open(result_file, "rb") as file:
        result = shipping.loads(file.read())
    check(result)
    if ns.get("FOREIGN", True):
        assert not note["foreign"], f"pickle on the worker: {note['foreign']}"
        with open(result_file + ".pickle", "rb") as file:
            check(pickle.load(file))
    assert untouched(ns) == before


def run_control(ns, tool):
    """The same with cloudpickle alone, or with ``__module__`` set to ``__main__``."""
    import cloudpickle

    job, wanted = ns["job"], ns.get("ERROR")
    if tool == "module":
        for value in ns.values():
            is_code = inspect.isfunction(value) or inspect.isclass(value)
            if is_code and value.__module__ == ns["__name__"]:
                value.__module__ = "__main__"
    try:
        data = cloudpickle.dumps(job)
    except Exception as error:
        assert wanted, f"could not be dumped: {error!r}"
        for part in (wanted,) if isinstance(wanted, str) else wanted:
            assert part in str(error), f"{part!r} is not in: {error}"
        return
    assert not wanted, f"dumped although {wanted!r} was to be said"
    note, result = elsewhere(ns, data, tool)
    if not ns.get("RAISES"):
        assert "raised" not in note, note["raised"]
    with open(result, "rb") as file:
        ns["check"](pickle.load(file))


def elsewhere(ns, data, tool):
    """Run bytes on the other machine: its note, and the file of its result."""
    home = os.path.dirname(os.path.abspath(ns["__file__"]))
    away = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, away, ignore_errors=True)
    files = [os.path.join(away, name) for name in ("payload", "result", "note")]
    with open(files[0], "wb") as file:
        file.write(data)
    names = [n.removesuffix(".py") for n in os.listdir(home) if not n.startswith("_")]
    command = [sys.executable, "-I", os.path.join(HERE, "corpus_worker.py")]
    subprocess.run(
        [*command, *files, ",".join(names), home + os.sep, tool],
        cwd=away, env={"PATH": ""}, check=True, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    with open(files[2], encoding="utf-8") as file:
        return json.load(file), files[1]


def main():
    case, how = sys.argv[1], sys.argv[2]
    tool = sys.argv[3] if len(sys.argv) > 3 else "ours"
    runner = run if tool == "ours" else functools.partial(run_control, tool=tool)
    folder = os.path.dirname(case)
    sys.path.insert(0, folder)
    name = os.path.splitext(os.path.basename(case))[0]
    if how == "main":
        import types

        main_module = types.ModuleType("__main__")
        main_module.__file__ = case
        main_module.__dict__["__builtins__"] = __builtins__
        sys.modules["__main__"] = main_module
        with open(case, encoding="utf-8") as file:
            code = compile(file.read(), case, "exec", dont_inherit=True)
        exec(code, main_module.__dict__)
        runner(main_module.__dict__)
    else:
        runner(importlib.import_module(name).__dict__)


if __name__ == "__main__":
    main()

# mypy: ignore-errors
