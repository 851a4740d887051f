"""What a function promises, names that are found late or never, and what looking costs."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.util
import subprocess
import sys
import time
import types
import typing
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from annotated import (
    Animal,
    Dog,
    Encoder,
    Encodes,
    Model,
    Stone,
    makes,
    measure,
    reads,
    refusal,
    shout,
)

from hypernodes import Node, Pipeline, node
from hypernodes.typecheck import Verdict, check, fits

if TYPE_CHECKING:
    from nowhere import Ghost


# -- what a function promises


def test_none_as_default_is_taken_whatever_the_annotation_says() -> None:
    Pipeline([makes(None), reads(int, default=None)])
    Pipeline([makes(str | None), reads(int, default=None)])
    refusal(makes(str), reads(int, default=None))
    assert refusal(makes(None), reads(int, default=3))


def test_an_async_function_makes_what_is_awaited() -> None:
    @node("made")
    async def maker() -> int:
        return 1

    Pipeline([maker, reads(float)])
    assert refusal(maker, reads(str)).given is int


def test_a_generator_is_iterable_and_no_list() -> None:
    @node("made")
    def maker() -> Iterator[int]:
        yield 1

    Pipeline([maker, reads(typing.Iterable[float])])
    refusal(maker, reads(list[int]))


def test_methods_partials_callables_classes_and_cached_functions() -> None:
    class Maker:
        def __call__(self) -> int:
            return 1

        def method(self) -> int:
            return 1

        @staticmethod
        def static() -> int:
            return 1

        @classmethod
        def of_class(cls) -> int:
            return 1

    def plain(k: int) -> int:
        return k

    makers: list[Any] = [
        Maker(),
        Maker().method,
        Maker.static,
        Maker.of_class,
        functools.partial(plain, 1),
        functools.partial(functools.partial(plain), k=1),
        functools.cache(Maker.static),
    ]
    for each in makers:
        assert refusal(node("made")(each), reads(str)).given is int
        Pipeline([node("made")(each), reads(float)])
    assert refusal(node("made")(Maker), reads(str)).given is Maker
    Pipeline([node("made")(Maker), reads(Maker)])


def test_what_a_class_takes() -> None:
    class Taker:
        def __init__(self, it: str) -> None: ...

    assert refusal(makes(int), node("read", rename={"it": "made"})(Taker)).expected is str
    # A model converts what it is given.
    Pipeline([makes(int), node("read", rename={"name": "made"})(Model)])
    assert refusal(node("made")(Model), reads(str)).given is Model


def test_what_a_decorator_makes_of_it_is_not_known() -> None:
    @contextlib.contextmanager
    def opened() -> Iterator[int]:
        yield 1

    @functools.wraps(shout.func)
    def converts(size: Any) -> Any:
        return shout.func(str(size))

    Pipeline([node("made")(opened), reads(contextlib.AbstractContextManager)])
    Pipeline([measure, node("loud")(converts)])


def test_a_lambda_and_a_builtin_promise_nothing() -> None:
    one: Any = lambda: 1
    Pipeline([node("made")(one), reads(str)])
    Pipeline([makes(int), node("read", rename={"obj": "made"})(len)])


# -- names that are found late, elsewhere, or never


def test_names_that_only_a_type_checker_finds() -> None:
    @node("made")
    def maker() -> Ghost: ...

    @node("read")
    def reader(made: list[Ghost]) -> None: ...

    Pipeline([maker, reads(int)])
    Pipeline([makes(int), reader])


def test_a_name_that_is_defined_later_is_found_then() -> None:
    scope: dict[str, Any] = {}
    exec("def maker() -> 'Late': ...", scope)
    maker = node("made")(scope["maker"])
    Pipeline([maker, reads(str)])
    scope["Late"] = Stone
    assert refusal(maker, reads(str)).given is Stone


def test_quotes_within_annotations() -> None:
    scope: dict[str, Any] = {"Stone": Stone, "List": typing.List, "Optional": typing.Optional}  # noqa: UP006
    source = """
def first() -> list['Stone']: ...
def second() -> List['Stone']: ...
def third() -> "list['Stone']": ...
def fourth() -> Optional["list['Stone']"]: ...
def fifth() -> " list[Stone]": ...
"""
    exec(source, scope)
    for name in ("first", "second", "third", "fourth", "fifth"):
        refusal(node("made")(scope[name]), reads(list[str]))
        Pipeline([node("made")(scope[name]), reads(list[Stone])])


def test_annotations_that_cannot_be_evaluated() -> None:
    for text in ("1 +", "1 / 0", "list[", "Nowhere | int", "[].x", "*Ts", ""):
        Pipeline([makes(text), reads(int)])


def test_classes_of_a_function_are_found_where_it_holds_on_to_them() -> None:
    class Local:
        pass

    @node("made")
    def maker() -> Local:
        return Local()

    @node("made")
    def unheld() -> Local:
        raise NotImplementedError

    assert refusal(maker, reads(str)).given is Local
    Pipeline([maker, reads(Local)])
    # Nothing in this one's body says what the name stands for.
    Pipeline([unheld, reads(str)])


def test_each_module_reads_its_own_names(tmp_path: Path) -> None:
    sources = {
        "one": "class Passage: ...\ndef maker() -> Passage: ...\n",
        "two": "class Passage: ...\ndef reader(made: Passage) -> None: ...\n",
        "three": "from one import Passage\ndef reader(made: 'Passage | None') -> None: ...\n",
    }
    modules = {}
    for name, source in sources.items():
        path = tmp_path / f"{name}.py"
        path.write_text(f"from __future__ import annotations\n{source}")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        modules[name] = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(modules[name])
    try:
        maker = node("made")(modules["one"].maker)
        error = refusal(maker, node("read")(modules["two"].reader))
        assert "expects two.Passage" in str(error) and "makes one.Passage" in str(error)
        Pipeline([maker, node("read")(modules["three"].reader)])
    finally:
        for name in sources:
            del sys.modules[name]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_the_type_statement_and_type_parameters() -> None:
    scope: dict[str, Any] = {"Sequence": typing.Sequence}
    source = """
type Vector = list[float]
type Flip[A, B] = dict[B, A]
type Json = dict[str, Json] | list[Json] | str | int | None
type Same = dict[str, Same] | list[Same] | str | int | None
type Grows[A] = list[Grows[list[A]]] | A
type Round = Round
type Lost = list[Nowhere]

def vector() -> Vector: ...
def takes_vector(made: list[int]) -> None: ...
def first[X: Sequence[int]](made: X) -> X: ...
class Box[X]: ...
class Ints(Box[int]): ...
"""
    exec(source, scope)
    assert fits(scope["Vector"], list[float]) is Verdict.YES
    assert fits(list[str], scope["Vector"]) is Verdict.NO
    flip = scope["Flip"][int, str]
    assert fits(dict[str, int], flip) is Verdict.YES
    assert fits(dict[int, str], flip) is Verdict.NO
    assert fits(scope["Json"], scope["Json"]) is Verdict.YES
    assert fits(scope["Json"], scope["Same"]) is Verdict.UNDECIDABLE
    assert fits(bytes, scope["Json"]) is Verdict.NO
    assert fits(dict[str, int], scope["Json"]) is Verdict.YES
    for odd in (scope["Grows"][int], scope["Round"], scope["Lost"]):
        assert fits(odd, scope["Grows"][str]) is not Verdict.NO
    for odd in (scope["Round"], scope["Lost"]):
        assert fits(list[str], odd) is not Verdict.NO
    assert fits(list[int], scope["Grows"][int]) is Verdict.NO
    assert fits(list[list[int]], scope["Grows"][int]) is Verdict.YES
    assert fits(scope["Ints"], scope["Box"][str]) is Verdict.NO
    refusal(node("made")(scope["vector"]), reads(str))
    assert refusal(makes(str), node("read")(scope["first"]))
    Pipeline([makes(list[int]), node("read")(scope["first"])])


# -- what it costs


def test_it_is_loaded_with_the_first_edge_and_loads_no_package(
    run_script: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    result = run_script("""
import sys
from hypernodes import Pipeline, node

def loaded():
    return any(name.startswith("hypernodes.typecheck") for name in sys.modules)

@node("b")
def first(a: int) -> "numpy.ndarray": ...
@node("c")
def second(b: "list[float]") -> None: ...

Pipeline([first])
assert not loaded()
before = set(sys.modules)
Pipeline([first, second])
assert loaded()
tops = {name.partition(".")[0] for name in set(sys.modules) - before}
assert tops <= {"hypernodes", *sys.stdlib_module_names}, tops
""")
    assert result.returncode == 0, result.stderr


def chain(length: int) -> list[Node[..., Any]]:
    nodes = []
    for i in range(length):
        scope: dict[str, Any] = {}
        exec(f"def step{i}(x{i}: 'list[float]') -> 'list[float]': ...", scope)
        nodes.append(node(f"x{i + 1}")(scope[f"step{i}"]))
    return nodes


def test_a_long_chain_is_checked_without_recursion_and_quickly() -> None:
    nodes = chain(10_000)
    start = time.process_time()
    graph = Pipeline(nodes).graph
    built = time.process_time() - start
    assert built < 1.5, f"{built:.2f} s; a quarter of a second is usual"
    start = time.process_time()
    check(graph)
    per_edge = (time.process_time() - start) / 10_000
    assert per_edge < 20e-6, f"{per_edge * 1e6:.1f} us; a few are usual"
    assert refusal(*nodes, reads(str, "x10000")).producer == "step9999"


def test_deep_nesting_and_deep_types() -> None:
    pipeline = Pipeline([measure], name="p0")
    for depth in range(1, 60):
        pipeline = Pipeline([pipeline], name=f"p{depth}")
    assert refusal(pipeline.as_node(), shout).producer == "measure"
    assert refusal(makes(int, "text"), pipeline.as_node()).node == "measure"
    deep: Any = int
    for _ in range(500):
        deep = types.GenericAlias(list, (deep,))
    assert fits(deep, list[str]) is Verdict.NO
    assert fits(deep, types.GenericAlias(list, (deep,))) is not Verdict.YES


def test_nothing_is_kept_alive() -> None:
    class Gone:
        def method(self) -> Any: ...

    Gone.method.__annotations__["return"] = Gone
    assert refusal(node("made")(Gone().method), reads(str)).given is Gone
    gone = weakref.ref(Gone)
    del Gone
    gc.collect()
    assert gone() is None


def test_protocols_are_asked_for_their_members() -> None:
    Pipeline([makes(Encoder), reads(Encodes)])
    error = refusal(makes(Dog), reads(Encodes))
    assert error.message.endswith("expects Encodes for 'made' (its parameter 'it'), "
                                  "but node 'maker' makes Dog")  # fmt: skip
    Pipeline([makes(Animal), reads(Dog)])
