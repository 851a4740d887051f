"""Annotations that surely do not fit are told when the pipeline is built."""

from __future__ import annotations

import pickle
import typing
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import annotated
import pytest
from annotated import Stone, makes, measure, reads, refusal, shout, untyped

from hypernodes import GraphError, Pipeline, node

# -- one edge


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
    assert str(refusal(makes(list[int]), reads(int)).hint).startswith(
        "to run 'reader' for each item, nest it: Pipeline([...]).as_node(map_over='made'); or "
    )


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int | None, "int | None"),
        (typing.Literal["a", 1], "Literal['a', 1]"),
        (typing.Callable[[int], str], "Callable[[int], str]"),
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
    maker = makes(annotation, name=("made", "other"))
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
    unknown = Pipeline([untyped("size", "text")]).as_node(**EACH)
    refusal(unknown, reads(int, "sizes"))
    Pipeline([unknown, reads(list[int], "sizes")])


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
    assert str(error.hint).startswith("leave 'texts' out of the map_over of 'inner', or ")


def test_maps_in_maps() -> None:
    deep = Pipeline([nested(**EACH)], name="outer").as_node(
        input_mapping={"rows": "texts"}, output_mapping={"sizes": "all"}, map_over="rows"
    )
    Pipeline([makes(list[list[str]], "rows"), deep, reads(list[list[int]], "all")])
    error = refusal(makes(list[list[int]], "rows"), deep, reads(list[int], "all"))
    assert error.message.splitlines()[1:] == [
        (
            "  node 'measure' in 'outer' > 'inner' expects list[list[str]] for 'rows' (its "
            "parameter 'text'), over which 'outer' maps, but node 'maker' makes list[list[int]]"
        ),
        (
            "  node 'reader' expects list[int] for 'all' (its parameter 'it'), "
            "but node 'measure' in 'outer' > 'inner' makes list[list[int]], as 'inner' maps"
        ),
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
    inner = Pipeline([measure, untyped("twice", "size")], name="inner")
    Pipeline([makes(str), inner.as_node(input_mapping={"made": "size"})])
    fed = inner.as_node(input_mapping={"made": "size"}, output_mapping={"size": "n"})
    Pipeline([makes(str), fed, reads(str, "n")])
    bound = inner.bind(size="three").as_node()
    Pipeline([bound, shout])
