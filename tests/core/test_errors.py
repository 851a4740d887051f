"""What a node raises: its type and object kept, a note that tells where, a short traceback."""

from __future__ import annotations

import dataclasses
import gc
import traceback
import weakref
from typing import Any, NoReturn

import pytest
from helpers import note_of, our_lines
from helpers import untyped_node as node

from hypernodes import GraphError, HyperNodesError, InputError, Pipeline, SeqEngine


class Boom(Exception):  # noqa: N818 - an exception as users have them
    pass


@node("y")
def explode(x: Any) -> NoReturn:
    raise Boom(x)


def fail(pipeline: Pipeline, inputs: dict[str, Any], **options: Any) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - any, to be looked at
        (pipeline.map if "map_over" in options else pipeline.run)(inputs, **options)
    return caught.value


# The note


def test_run_tells_node_pipeline_and_inputs() -> None:
    error = fail(Pipeline([explode], name="bad"), {"x": 3})
    assert type(error) is Boom
    assert error.args == (3,)
    assert note_of(error) == "hypernodes: node 'explode' failed in pipeline 'bad'\n  inputs: x=3"


def test_map_tells_the_item() -> None:
    def check(x: int) -> int:
        return 1 // x

    pipeline = Pipeline([node("y")(check), node("z")(lambda y: y)], name="bad")
    error = fail(pipeline, {"x": [3, 2, 0, 1]}, map_over="x")
    assert type(error) is ZeroDivisionError
    assert note_of(error) == (
        "hypernodes: node 'check' failed in pipeline 'bad', item 2\n  inputs: x=0"
    )


@pytest.mark.parametrize("last", [True, False])
def test_the_item_is_right_wherever_the_node_stands(last: bool) -> None:
    bad = node("b", name="bad")(lambda a: 1 // (2 - a))
    after = [] if last else [node("c")(lambda b: b), node(("d", "e"))(lambda a: (a, a))]
    pipeline = Pipeline([node("a")(lambda x: x), bad, *after])
    assert ", item 2\n" in note_of(fail(pipeline, {"x": [0, 1, 2, 3]}, map_over="x"))


def test_product_counts_rows() -> None:
    pipeline = Pipeline([node("y", name="bad")(lambda a, b: a // b)])
    options: Any = {"map_over": ["a", "b"], "map_mode": "product"}
    error = fail(pipeline, {"a": [5, 6], "b": [1, 2, 0]}, **options)
    assert note_of(error).endswith("item 2\n  inputs: a=5, b=0")


def test_nested_pipelines_tell_their_path() -> None:
    inner = Pipeline([Pipeline([explode], name="deep")], name="middle")
    error = fail(Pipeline([inner], name="outer"), {"x": 1})
    assert note_of(error).startswith(
        "hypernodes: node 'explode' failed in pipeline 'outer' > 'middle' > 'deep'\n"
    )


def test_nested_maps_tell_every_item() -> None:
    bad = Pipeline([node("y", name="bad")(lambda x: 10 // x)], name="bads")
    row = Pipeline([bad.as_node(input_mapping={"row": "x"}, map_over="row")], name="rows")
    table = Pipeline([row.as_node(input_mapping={"table": "row"}, map_over="table")], name="tables")
    error = fail(table, {"table": [[1, 2], [3, 4, 0]]})
    first = "hypernodes: node 'bad' failed in pipeline 'tables' > 'rows' > 'bads', "
    assert note_of(error) == f"{first}item 1 > item 2\n  inputs: x=0"
    error = fail(table, {"table": [[[1]], [[1], [0]]]}, map_over="table")
    assert f"{first}item 1 > item 1 > item 0\n" in note_of(error)


def test_twenty_maps_deep_every_item_is_told() -> None:
    pipeline = Pipeline([node("y", name="bad")(lambda x: 10 // x)])
    value: Any = 0
    for _ in range(20):
        pipeline = Pipeline([pipeline.as_node(map_over="x")])
        value = [1, value] if value == 0 else [value, value]
    ok: Any = fail(pipeline, {"x": value})
    assert note_of(ok).count("item 0") == 19
    assert "item 0 > item 1\n" in note_of(ok)


def test_renamed_parameters_are_told_as_the_function_has_them() -> None:
    pipeline = Pipeline([node("y", rename={"x": "outside"})(explode.func)])
    assert "inputs: x=5" in note_of(fail(pipeline, {"outside": 5}))


def test_values_bound_inside_are_told() -> None:
    inner = Pipeline([node("y", name="bad")(lambda a, b: a // b)]).bind(b=0)
    for made, value in ((inner.as_node(), 1), (inner.as_node(map_over="a"), [1])):
        assert "inputs: a=1, b=0" in note_of(fail(Pipeline([made]), {"a": value}))


def test_a_nested_map_whose_items_do_not_fit() -> None:
    each = Pipeline([explode], name="each").as_node(input_mapping={"xs": "x"}, map_over="xs")
    error = fail(Pipeline([each], name="outer"), {"xs": 5})
    assert type(error) is InputError
    assert "nested pipeline 'each' failed in pipeline 'outer'\n  inputs: x=5" in note_of(error)


def test_each_place_is_told_once() -> None:
    pipeline = Pipeline([explode], name="outer")
    error = Boom()

    def again(x: int) -> NoReturn:
        raise error

    pipeline = Pipeline([node("y")(again)], name="p")
    for _ in range(3):
        with pytest.raises(Boom):
            pipeline.run({"x": 1})
    assert len(error.__notes__) == 1


def test_a_pipeline_run_by_a_node_tells_both_places() -> None:
    for bad in (explode, node("y", name="explode")(len)):
        inner = Pipeline([bad], name="inner")
        name = inner.inputs[0]

        def call(x: int, inner: Pipeline = inner, name: str = name) -> Any:
            return inner.run({name: x})

        outer = Pipeline([node("z")(call)], name="outer")
        error = fail(outer, {"x": 3})
        assert [note.splitlines()[0] for note in error.__notes__] == [
            "hypernodes: node 'explode' failed in pipeline 'inner'",
            "hypernodes: node 'call' failed in pipeline 'outer'",
        ]
        assert "call" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]


# Previews


class BadRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class NoText:
    def __repr__(self) -> str:
        return None  # type: ignore[return-value]


class Huge:
    def __repr__(self) -> str:
        return "huge " * 10**6


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (BadRepr(), "x=<BadRepr: its repr raised RuntimeError>"),
        (NoText(), "x=<NoText: its repr raised TypeError>"),
        (Huge(), "x=huge huge huge"),
        ("a" * 10**7, "x='aaaa"),
        (b"a" * 10**8, "x=b'aaaa"),
        (bytearray(10**8), "x=bytearray(b'"),
        (list(range(10**6)), "x=[0, 1, 2, 3, ...]"),
        ([BadRepr()], "x=[<BadRepr: its repr raised RuntimeError>]"),
        ({BadRepr(): 1}, "x={<BadRepr: its repr raised RuntimeError>: 1}"),
        (10**5000, "x=<int"),
        ("line\nbreak", r"x='line\nbreak'"),
        (None, "x=None"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_previews_are_safe_and_short(value: Any, shown: str) -> None:
    error = fail(Pipeline([explode]), {"x": value})
    assert type(error) is Boom
    assert shown in note_of(error)
    assert len(note_of(error)) < 300


def test_a_value_that_holds_itself() -> None:
    value: list[Any] = []
    value.append(value)
    assert "inputs: x=[" in note_of(fail(Pipeline([explode]), {"x": value}))


def test_many_inputs_are_counted() -> None:
    names = [f"name_{i}" for i in range(50)]

    def bad(**values: int) -> NoReturn:
        raise Boom

    pipeline = Pipeline([node("y", rename={name: name for name in names})(bad)])
    note = note_of(fail(pipeline, dict.fromkeys(names, 1)))
    assert note.endswith("name_7=1, and 42 more")


@pytest.mark.parametrize("how", ["call", "pipeline"])
@pytest.mark.parametrize("mapped", [False, True])
def test_no_previews_where_they_are_switched_off(how: str, mapped: bool) -> None:
    engine = SeqEngine(previews=False)
    pipeline = Pipeline([explode], engine=engine if how == "pipeline" else None)
    options: dict[str, Any] = {"engine": engine} if how == "call" else {}
    if mapped:
        options["map_over"] = "x"
    error = fail(pipeline, {"x": ["secret"]}, **options)
    assert "node 'explode' failed" in note_of(error)
    assert "secret" not in note_of(error)
    assert "inputs" not in note_of(error)


# Exceptions of every kind


class Slots(Exception):  # noqa: N818
    __slots__ = ("code",)


class NoNotes(Exception):  # noqa: N818
    def add_note(self, note: str) -> None:
        raise RuntimeError("no notes here")


class OddNotes(Exception):  # noqa: N818
    __notes__ = 5  # type: ignore[assignment]


class HidingNotes(Exception):  # noqa: N818
    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        raise RuntimeError("none")


class Silent(Exception):  # noqa: N818
    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("frozen")

    def __str__(self) -> str:
        raise RuntimeError("no text")


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):  # noqa: N818
    code: int


class KeywordOnly(Exception):  # noqa: N818
    def __init__(self, *, code: int) -> None:
        super().__init__(code)


KINDS = [
    Slots(),
    NoNotes("a"),
    OddNotes(),
    HidingNotes(),
    Silent(),
    Frozen(3),
    KeywordOnly(code=1),
    KeyboardInterrupt(),
    SystemExit(3),
    GeneratorExit(),
    StopIteration(5),
    StopAsyncIteration(),
    ExceptionGroup("several", [ValueError(1), KeyError(2)]),
    OSError(2, "gone", "file"),
    UnicodeDecodeError("utf-8", b"", 0, 1, "bad"),
    RecursionError(),
    MemoryError(),
    GraphError("ours", hint="x"),
    AttributeError("name"),
]


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("how", ["run", "map", "nested map"])
def test_the_very_object_comes_out(error: BaseException, how: str) -> None:
    def bad(x: int) -> NoReturn:
        raise error

    pipeline = Pipeline([node("y")(bad)])
    if how == "nested map":
        pipeline = Pipeline([pipeline.as_node(map_over="x")])
    caught = fail(pipeline, {"x": [1]}, **({"map_over": "x"} if how == "map" else {}))
    assert caught is error
    assert "bad" in [frame.name for frame in traceback.extract_tb(caught.__traceback__)]


def test_cause_and_context_stay() -> None:
    @node("y")
    def bad(x: int) -> int:
        try:
            return {0: 0}[x]
        except KeyError as error:
            raise Boom from error

    error = fail(Pipeline([bad]), {"x": 1})
    assert type(error.__cause__) is KeyError
    plain = fail(Pipeline([explode]), {"x": 1})
    assert plain.__cause__ is plain.__context__ is None


def test_notes_of_the_users_own_stay_first() -> None:
    @node("y")
    def bad(x: int) -> NoReturn:
        error = Boom()
        error.add_note("mine")
        raise error

    error = fail(Pipeline([bad]), {"x": 1})
    assert error.__notes__[0] == "mine"
    assert len(error.__notes__) == 2


def test_a_failure_leaves_the_pipeline_usable() -> None:
    pipeline = Pipeline([node("y")(lambda x: 1 // x)])
    for _ in range(2):
        assert type(fail(pipeline, {"x": 0})) is ZeroDivisionError
        assert pipeline.run({"x": 1}) == {"y": 1}
        assert pipeline.map({"x": [1, 1]}, map_over="x")["y"] == [1, 1]


def test_nothing_keeps_a_failed_runs_values_alive() -> None:
    class Value:
        pass

    pipeline = Pipeline([explode])
    value = Value()
    alive = weakref.ref(value)
    for options in ({}, {"map_over": "x"}):
        fail(pipeline, {"x": [value]}, **options)
    del value
    gc.collect()
    assert alive() is None


# Tracebacks


def nested(bad: Any) -> Pipeline:
    inner = Pipeline([bad], name="inner")
    middle = Pipeline([inner.as_node(map_over=inner.inputs[0])], name="middle")
    return Pipeline([Pipeline([middle]).as_node(map_over=inner.inputs[0])], name="outer")


def test_one_line_of_ours_between_the_caller_and_the_function() -> None:
    flat = Pipeline([explode])
    for pipeline, inputs, options in (
        (flat, {"x": 1}, {}),
        (flat, {"x": [1]}, {"map_over": "x"}),
        (nested(explode), {"x": [[1]]}, {}),
        (nested(explode), {"x": [[[1]]]}, {"map_over": "x"}),
    ):
        frames = traceback.extract_tb(fail(pipeline, inputs, **options).__traceback__)
        assert frames[-1].name == "explode"
        assert frames[-1].line == "raise Boom(x)"
        assert len(our_lines(frames)) == 1
        assert frames[-3].filename == __file__


@pytest.mark.parametrize("mapped", [False, True])
def test_where_a_builtin_fails_the_line_of_the_plan_is_seen(mapped: bool) -> None:
    measure = Pipeline([node("n", rename={"obj": "text"})(len)])
    options = {"map_over": "text"} if mapped else {}
    error = fail(measure, {"text": [5] if mapped else 5}, **options)
    frames = traceback.extract_tb(error.__traceback__)
    assert len(our_lines(frames)) == 1
    assert frames[-1].line
    assert "(v" in frames[-1].line
    assert "f0" in frames[-1].line or "f1" in frames[-1].line
    assert frames[-1].line in "".join(traceback.format_exception(error))


def test_the_traceback_does_not_grow_with_depth() -> None:
    pipeline = Pipeline([explode])
    for _ in range(10):
        pipeline = Pipeline([pipeline.as_node(map_over="x")])
    value: Any = 1
    for _ in range(10):
        value = [value]
    frames = traceback.extract_tb(fail(pipeline, {"x": value}).__traceback__)
    assert len(our_lines(frames)) == 1


# Our own errors


def test_our_errors_are_one_family() -> None:
    with pytest.raises(HyperNodesError) as caught:
        Pipeline([explode]).run({})
    error = caught.value
    assert isinstance(error, InputError | ValueError)
    assert error.missing == ("x",)
    assert error.hint == "pass inputs={'x': ...}, or fix them once with .bind(x=...)"
    assert str(error) == f"{error.message}\nHint: {error.hint}"
    assert error.no_such_culprit is None
    with pytest.raises(AttributeError):
        error._private  # noqa: B018


class PanicError(BaseException):
    """What some compiled packages raise."""


class Panicking:
    def __repr__(self) -> str:
        raise PanicError("no repr")


def test_a_repr_that_panics_does_not_hide_the_exception() -> None:
    def bad(x: object) -> NoReturn:
        raise ValueError("the real one")

    caught = fail(Pipeline([node("y")(bad)]), {"x": Panicking()})
    assert isinstance(caught, ValueError)
    assert "its repr raised PanicError" in caught.__notes__[0]
