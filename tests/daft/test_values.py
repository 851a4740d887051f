"""Values: the objects that come back are those that SeqEngine gives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from hypernodes import DaftEngine, Pipeline, node

ENGINES = [DaftEngine(), DaftEngine(processes=True)]


class Passage(BaseModel):
    id: int
    text: str


class Page(BaseModel):
    title: str
    passages: list[Passage]


def same(pipeline: Pipeline, inputs: dict[str, Any], engine: Any, over: Any = None) -> Any:
    """The result, after a look that its values and their types are SeqEngine's."""
    if over is None:
        result, expected = pipeline.run(inputs, engine=engine), pipeline.run(inputs)
        pairs = [(result[name], expected[name]) for name in expected]
    else:
        found = pipeline.map(inputs, over, engine=engine)
        result, expected = found.to_dict(), pipeline.map(inputs, over).to_dict()
        pairs = [
            pair for name in expected for pair in zip(result[name], expected[name], strict=True)
        ]
    assert result == expected
    assert [type(a) for a, _ in pairs] == [type(b) for _, b in pairs]
    return result


@pytest.fixture(params=ENGINES, ids=["here", "processes"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_models(engine: Any):
    @node(output_name="passages")
    def split(text: str) -> list[Passage]:
        return [Passage(id=i, text=part) for i, part in enumerate(text.split())]

    @node(output_name="page")
    def collect(passages: list[Passage]) -> Page:
        assert all(type(passage) is Passage for passage in passages)
        return Page(title=passages[0].text, passages=passages)

    @node(output_name="first")
    def first(page: Page) -> Passage:
        return page.passages[0]

    pipeline = Pipeline([split, collect, first])
    result = same(pipeline, {"text": "a b c"}, engine)
    assert type(result["page"]) is Page
    assert type(result["page"].passages[2]) is Passage
    rows = same(pipeline, {"text": ["a b", "c"]}, engine, over="text")
    assert [type(each) for each in rows["first"]] == [Passage, Passage]


def test_models_in_and_out_of_maps(engine: Any):
    @node(output_name="upper")
    def upper(passage: Passage) -> Passage:
        return passage.model_copy(update={"text": passage.text.upper()})

    each = Pipeline([upper]).as_node(
        map_over="passages",
        input_mapping={"passages": "passage"},
        output_mapping={"upper": "uppers"},
    )

    @node(output_name="texts")
    def texts(uppers: list[Passage]) -> list[str]:
        return [each.text for each in uppers]

    given = [Passage(id=i, text=text) for i, text in enumerate("abc")]
    result = same(Pipeline([each, texts]), {"passages": given}, engine)
    assert result["texts"] == ["A", "B", "C"]


def test_dicts_lists_none_and_mixed_outputs(engine: Any):
    @node(output_name=("info", "nested", "mixed", "size"))
    def describe(text: str) -> tuple[dict[str, Any], list[list[int]], Any, int]:
        mixed = None if not text else [1, "a"] if len(text) > 1 else {"one": text}
        return {"text": text, "n": len(text)}, [[1], [], [len(text)]], mixed, len(text)

    rows = same(Pipeline([describe]), {"text": ["", "a", "bc"]}, engine, over="text")
    assert rows["mixed"] == [None, {"one": "a"}, [1, "a"]]


def test_what_daft_itself_would_change(engine: Any):
    values = [1, True, 1.0, "1", None, 2**70, (1, 2), {"a": 1}, {"a": "b"}, {1, 2}, b"x", [1, "a"]]

    @node(output_name="y")
    def keep(x: Any) -> Any:
        return x

    same(Pipeline([keep]), {"x": values}, engine, over="x")


def test_an_index_built_between_maps(engine: Any):
    """Column preservation: what a map needs from before it is still there."""

    @node(output_name="vector")
    def embed(passage: str) -> tuple[int, str]:
        return len(passage), passage

    @node(output_name="index")
    def build(vectors: list[tuple[int, str]]) -> dict[int, str]:
        return dict(vectors)

    @node(output_name="needle")
    def encode(query: str) -> int:
        return len(query)

    @node(output_name="hit")
    def search(needle: int, index: dict[int, str]) -> str | None:
        return index.get(needle)

    def mapped(each: Any, over: str, inner: str, out: str, outer: str) -> Any:
        return Pipeline([each]).as_node(
            map_over=over, input_mapping={over: inner}, output_mapping={out: outer}
        )

    pipeline = Pipeline(
        [
            mapped(embed, "passages", "passage", "vector", "vectors"),
            build,
            mapped(encode, "queries", "query", "needle", "needles"),
            mapped(search, "needles", "needle", "hit", "hits"),
        ]
    )
    inputs = {"passages": ["a", "bb", "ccc"], "queries": ["xx", "x", "xxxx"]}
    assert same(pipeline, inputs, engine)["hits"] == ["bb", "a", None]


def test_two_indexes_built_between_maps(engine: Any):
    @node(output_name="word")
    def tokenize(passage: str) -> str:
        return passage.split(maxsplit=1)[0]

    @node(output_name=("by_word", "by_size"))
    def build(words: list[str], passages: list[str]) -> tuple[dict[str, str], dict[int, str]]:
        return dict(zip(words, passages, strict=True)), {len(p): p for p in passages}

    @node(output_name="hit")
    def search(query: str, by_word: dict[str, str], by_size: dict[int, str]) -> Any:
        return by_word.get(query), by_size.get(len(query))

    pipeline = Pipeline(
        [
            Pipeline([tokenize]).as_node(
                map_over="passages",
                input_mapping={"passages": "passage"},
                output_mapping={"word": "words"},
            ),
            build,
            Pipeline([search]).as_node(
                map_over="queries",
                input_mapping={"queries": "query"},
                output_mapping={"hit": "hits"},
            ),
        ]
    )
    inputs = {"passages": ["red fox", "blue jay"], "queries": ["red", "1234567"]}
    hits = same(pipeline, inputs, engine)["hits"]
    assert hits == [("red fox", None), (None, "red fox")]


def test_live_objects_stay_the_same_objects():
    calls: dict[str, int] = {"n": 0}
    token = object()

    @node(output_name="y")
    def count(x: int, token: object) -> object:
        calls["n"] += 1
        return token

    rows = Pipeline([count]).map({"x": range(5), "token": token}, "x", engine=DaftEngine())
    assert calls["n"] == 5
    assert all(each is token for each in rows["y"])


def test_what_cannot_be_pickled_is_no_trouble_here():
    import threading

    @node(output_name="y")
    def locked(x: int, lock: Any) -> Any:
        with lock:
            return (i for i in range(x))

    rows = Pipeline([locked]).map({"x": [1, 3], "lock": threading.Lock()}, "x", engine=DaftEngine())
    assert [list(each) for each in rows["y"]] == [[0], [0, 1, 2]]


def test_constants_are_read_once_per_worker():
    class Reading:
        def __init__(self) -> None:
            self.copies = 0

        def __setstate__(self, state: dict[str, Any]) -> None:
            import os

            self.copies = state["copies"] + 1
            self.pid = os.getpid()

    @node(output_name="seen")
    def look(x: int, reading: Any) -> tuple[int, int, int]:
        return reading.pid, id(reading), reading.copies

    rows = Pipeline([look]).map(
        {"x": range(50), "reading": Reading()}, "x", engine=DaftEngine(processes=True)
    )
    seen = set(rows["seen"])
    assert len(seen) == len({pid for pid, *_ in seen})
    assert {copies for *_, copies in seen} == {1}
