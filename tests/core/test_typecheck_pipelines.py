"""Annotations that surely do not fit are told when the pipeline is built."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.util
import pickle
import subprocess
import sys
import time
import types
import typing
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import annotated
import pytest
from annotated import Animal, Dog, Encoder, Encodes, Model, Stone

from hypernodes import GraphError, Node, Pipeline, node
from hypernodes.typecheck import Verdict, check, fits

if TYPE_CHECKING:
    from nowhere import Ghost


def makes(annotation: Any, name: str = "made") -> Node[..., Any]:
    def maker(seed: int = 0) -> Any: ...

    maker.__annotations__["return"] = annotation
    return node(name, name="maker")(maker)


def reads(annotation: Any, name: str = "made", default: Any = ...) -> Node[..., Any]:
    def reader(it: Any) -> Any: ...

    if default is not ...:
        reader.__defaults__ = (default,)
    reader.__annotations__["it"] = annotation
    return node("read", name="reader", rename={"it": name})(reader)


def refusal(*nodes: Any) -> GraphError:
    with pytest.raises(GraphError) as caught:
        Pipeline(nodes)
    return caught.value


# -- one edge


@node("size")
def measure(text: str) -> int:
    return len(text)


@node("loud")
def shout(size: str) -> str:
    return size.upper()


def test_the_message_names_both_nodes_the_name_and_what_to_do() -> None:
    error = refusal(shout, measure)
    assert str(error) == (
        "node 'shout' expects str for 'size', but node 'measure' makes int\n"
        "Hint: correct the annotation that is wrong; "
        'Pipeline(..., check_types="off") does not look, "warn" only tells'
    )
    assert (error.node, error.parameter, error.producer) == ("shout", "size", "measure")
    assert (error.expected, error.given) == (str, int)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.given is int


def test_a_renamed_parameter_is_told_by_both_names() -> None:
    error = refusal(makes(list[int]), reads(list[str]))
    assert error.message == (
        "node 'reader' expects list[str] for 'made' (its parameter 'it'), "
        "but node 'maker' makes list[int]"
    )
    assert error.parameter == "it"


def test_all_misfits_are_told_at_once() -> None:
    @node("end")
    def end(size: bytes, loud: int) -> None: ...

    error = refusal(measure, shout, end)
    assert error.message.splitlines() == [
        "the annotations of 3 edges do not fit:",
        "  node 'shout' expects str for 'size', but node 'measure' makes int",
        "  node 'end' expects bytes for 'size', but node 'measure' makes int",
        "  node 'end' expects int for 'loud', but node 'shout' makes str",
    ]
    assert len(error.misfits) == 3


def test_long_lists_are_cut() -> None:
    readers = [node(f"r{i}", name=f"r{i}")(shout.func) for i in range(20)]
    assert refusal(measure, *readers).message.endswith("\n  and 8 more")


def test_classes_of_one_name_are_told_with_their_modules() -> None:
    other = type("Stone", (), {"__module__": "elsewhere"})
    assert "expects elsewhere.Stone for" in str(refusal(makes(Stone), reads(other)))
    assert "makes annotated.Stone" in str(refusal(makes(Stone), reads(other)))


def test_a_list_for_an_item_suggests_the_map() -> None:
    assert refusal(makes(list[int]), reads(int)).hint.startswith(
        "to run 'reader' for each item, nest it: Pipeline([...]).as_node(map_over='made'); or "
    )


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int | None, "int | None"),
        (typing.Literal["a", 1], "Literal['a', 1]"),
        (typing.Callable[[int], str], "Callable[[int], str]"),  # noqa: UP006 - that spelling
        (Callable[..., str], "Callable[..., str]"),
        (annotated.UserId, "UserId"),
        (annotated.OneOf, "OneOf"),
        (dict[str, list[Stone]], "dict[str, list[Stone]]"),
        (None, "None"),
        (tuple[int, ...], "tuple[int, ...]"),
    ],
)
def test_annotations_are_shown_as_they_are_written(annotation: Any, text: str) -> None:
    assert f" makes {text}\n" in str(refusal(makes(annotation), reads(Stone)))


# -- the switch


def test_warn_tells_and_builds() -> None:
    with pytest.warns(UserWarning, match="expects str for 'size'") as caught:
        pipeline = Pipeline([measure, shout], check_types="warn")
    assert pipeline.outputs == ("size", "loud")
    assert [each.filename for each in caught] == [__file__]


def test_off_does_not_look() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Pipeline([measure, shout], check_types="off").outputs == ("size", "loud")


def test_another_mode_is_refused() -> None:
    with pytest.raises(GraphError, match="'error', 'warn' or 'off', got 'loose'"):
        Pipeline([measure], check_types="loose")  # type: ignore[arg-type]


def test_a_pipeline_made_from_another_is_not_checked_again() -> None:
    pipeline = Pipeline([measure, shout], check_types="off")
    for each in (
        pipeline.bind(text="a"),
        pipeline.with_name("again"),
        pickle.loads(pickle.dumps(pipeline)),
        Pipeline([pipeline]),
        pickle.loads(pickle.dumps(Pipeline([pipeline.as_node(name="in"), makes(str, "text")]))),
    ):
        assert "loud" in each.outputs


def test_bound_values_and_inputs_are_not_checked() -> None:
    assert Pipeline([shout]).bind(size=3).bound_inputs == {"size": 3}


# -- what a function promises


def test_none_as_default_is_taken_whatever_the_annotation_says() -> None:
    Pipeline([makes(None), reads(int, default=None)])
    Pipeline([makes(str | None), reads(int, default=None)])
    assert refusal(makes(str), reads(int, default=None))
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
    assert refusal(maker, reads(list[int]))


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

    makers = [
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
    Pipeline([node("made")(lambda: 1), reads(str)])
    Pipeline([makes(int), node("read", rename={"obj": "made"})(len)])


# -- several outputs


class Both(NamedTuple):
    size: int
    text: str


@pytest.mark.parametrize(
    ("annotation", "refused"),
    [
        (tuple[int, str], True),
        (tuple[int, ...], True),
        (list[int], True),
        (Both, True),
        (tuple[str, str], False),
        (tuple, False),
        (list, False),
        (tuple[Any, str], False),
        (tuple[int, int, int], False),  # told when it runs
        (Any, False),
    ],
)
def test_each_of_several_outputs_has_its_own_annotation(annotation: Any, refused: bool) -> None:
    maker = makes(annotation, name=("made", "other"))  # type: ignore[arg-type]
    if refused:
        assert refusal(maker, reads(str)).given is int
    else:
        Pipeline([maker, reads(str)])


def test_a_tuple_is_one_output_for_one_name() -> None:
    assert refusal(makes(tuple[int, str]), reads(int)).given == tuple[int, str]


# -- nested pipelines


def nested(**how: Any) -> Any:
    return Pipeline([measure], name="inner").as_node(**how)


EACH: dict[str, Any] = {
    "input_mapping": {"texts": "text"},
    "output_mapping": {"size": "sizes"},
    "map_over": "texts",
}


def test_what_a_nested_pipeline_makes() -> None:
    Pipeline([nested(), reads(int, "size")])
    assert refusal(nested(), shout).message == (
        "node 'shout' expects str for 'size', but node 'measure' in 'inner' makes int"
    )
    renamed = nested(output_mapping={"size": "made"})
    assert refusal(renamed, reads(str)).producer == "measure"


def test_what_a_nested_pipeline_expects() -> None:
    Pipeline([makes(str, "text"), nested()])
    error = refusal(makes(int, "made"), nested(input_mapping={"made": "text"}))
    assert error.message == (
        "node 'measure' in 'inner' expects str for 'made' (its parameter 'text'), "
        "but node 'maker' makes int"
    )


def test_a_map_makes_lists() -> None:
    Pipeline([nested(**EACH), reads(list[float], "sizes")])
    Pipeline([nested(**EACH), reads(typing.Sized, "sizes")])
    error = refusal(nested(**EACH), reads(int, "sizes"))
    assert error.message == (
        "node 'reader' expects int for 'sizes' (its parameter 'it'), "
        "but node 'measure' in 'inner' makes list[int], as 'inner' maps"
    )
    assert refusal(nested(**EACH), reads(list[str], "sizes")).given == list[int]
    untyped = Pipeline([node("size")(lambda text: 1)]).as_node(**EACH)
    assert refusal(untyped, reads(int, "sizes"))
    Pipeline([untyped, reads(list[int], "sizes")])


@pytest.mark.parametrize(
    "annotation",
    [list[str], tuple[str, ...], set[str], Iterator[str], list, Any, annotated.Words,
     annotated.OldSequence, str | list[str], list[str] | None, dict | list, "np.ndarray"],
)  # fmt: skip
def test_a_map_takes_series_of_what_fits(annotation: Any) -> None:
    Pipeline([makes(annotation, "texts"), nested(**EACH)])


@pytest.mark.parametrize(
    "annotation",
    [list[int], tuple[int, int], int, str, bytes, dict[str, int], Stone, None, range,
     annotated.Movie, int | str],
)  # fmt: skip
def test_a_map_takes_nothing_else(annotation: Any) -> None:
    assert refusal(makes(annotation, "texts"), nested(**EACH)).producer == "maker"


def test_what_is_no_series_is_told_once() -> None:
    error = refusal(makes(str, "texts"), nested(**EACH))
    assert error.message == (
        "node 'inner' expects list[Any] for 'texts', over which 'inner' maps, "
        "but node 'maker' makes str"
    )
    assert error.hint.startswith("leave 'texts' out of the map_over of 'inner', or ")


def test_maps_in_maps() -> None:
    deep = Pipeline([nested(**EACH)], name="outer").as_node(
        input_mapping={"rows": "texts"}, output_mapping={"sizes": "all"}, map_over="rows"
    )
    Pipeline([makes(list[list[str]], "rows"), deep, reads(list[list[int]], "all")])
    error = refusal(makes(list[list[int]], "rows"), deep, reads(list[int], "all"))
    assert error.message.splitlines()[1:] == [
        "  node 'measure' in 'outer' > 'inner' expects list[list[str]] for 'rows' "
        "(its parameter 'text'), over which 'outer' maps, but node 'maker' makes list[list[int]]",
        "  node 'reader' expects list[int] for 'all' (its parameter 'it'), "
        "but node 'measure' in 'outer' > 'inner' makes list[list[int]], as 'inner' maps",
    ]


def test_inputs_that_a_map_does_not_take_apart() -> None:
    @node("joined")
    def join(text: str, sep: str) -> str:
        return sep.join(text)

    each = Pipeline([join]).as_node(input_mapping={"texts": "text"}, map_over="texts")
    Pipeline([makes(str, "sep"), each])
    assert refusal(makes(list[str], "sep"), each).node == "join"


def test_a_nested_node_that_is_not_computed_is_not_asked() -> None:
    @node("other")
    def other(text: bytes) -> int:
        return len(text)

    both = Pipeline([measure, other], name="both")
    Pipeline([makes(str, "text"), both.as_node(output_mapping={"size": "n"})])
    assert refusal(makes(str, "text"), both.as_node()).node == "other"


def test_a_value_that_replaces_a_nested_node() -> None:
    inner = Pipeline([measure, node("twice")(lambda size: size)], name="inner")
    Pipeline([makes(str), inner.as_node(input_mapping={"made": "size"})])
    fed = inner.as_node(input_mapping={"made": "size"}, output_mapping={"size": "n"})
    Pipeline([makes(str), fed, reads(str, "n")])
    bound = inner.bind(size="three").as_node()
    Pipeline([bound, shout])


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
        assert refusal(node("made")(scope[name]), reads(list[str]))
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
    def unheld() -> Local: ...

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
        assert fits(list[str], odd) is not Verdict.NO
    assert fits(scope["Ints"], scope["Box"][str]) is Verdict.NO
    assert refusal(node("made")(scope["vector"]), reads(str))
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
        def method(self) -> Gone: ...

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
