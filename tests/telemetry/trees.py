"""Events as trees, and the pipelines whose trees every engine must yield alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypernodes import Pipeline, node
from hypernodes import events as ev


def tree(events: list[ev.Event]) -> list[Any]:
    """Events as nested lists: ids, times and workers aside, siblings in one fixed order.

    A batch call tells of the items of one chunk: chunks are how an engine works, so the
    calls of one batch node in one map count once.
    """
    opened: dict[str, ev.Event] = {}
    last: dict[str, str] = {}
    children: dict[str | None, list[str]] = {}
    for event in events:
        if event.id not in opened:
            assert isinstance(event, ev.Start | ev.Cached), event
            opened[event.id] = event
            children.setdefault(event.parent, []).append(event.id)
            assert event.parent is None or event.parent in opened, event
        else:
            assert not isinstance(event, ev.Start), event
            if not isinstance(event, ev.NodeRetry):
                assert event.id not in last, f"closed twice: {event}"
                last[event.id] = type(event).__name__
        if isinstance(event, ev.Cached):
            last[event.id] = type(event).__name__
    assert opened.keys() == last.keys(), "everything opened is closed"

    def made(id_: str) -> list[Any]:
        event = opened[id_]
        total = getattr(event, "total", None)
        below = sorted((made(each) for each in children.get(id_, ())), key=str)
        if isinstance(event, ev.MapStart):
            calls = [each for each in below if each[0] == "NodeEnd"]
            below = [e for i, e in enumerate(below) if e not in calls or below.index(e) == i]
        return [last[id_], event.name, event.path, event.index, total, below]

    return [made(each) for each in children.get(None, ())]


@node(output_name="word")
def clean(raw: str) -> str:
    return raw.strip()


@node(output_name=("size", "first"))
def measure(word: str) -> tuple[int, str]:
    return len(word), word[:1]


@node(output_name="report")
def report(sizes: list[int], scale: int = 1) -> int:
    return sum(sizes) * scale


@node(output_name="score")
def score_one(word: str, weight: int) -> int:
    return len(word) * weight


@score_one.batch
def score(word: list[str], weight: int) -> list[int]:
    return [len(each) * weight for each in word]


@node(output_name="share")
def divide(number: int) -> float:
    return 12 / number


@node(output_name="label")
def label(share: float) -> str:
    return f"{share:.1f}"


WORDS = [" a", "bb ", " ccc ", "dddd"]


def nested() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    inner = Pipeline([clean, measure], name="inner")
    middle = Pipeline([inner.as_node(name="words")], name="middle")
    return Pipeline([middle.as_node()], name="outer"), {"raw": " x "}, {}


def maps_in_maps() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    words = Pipeline([clean, measure], name="words").as_node(
        input_mapping={"raws": "raw"}, output_mapping={"size": "sizes"}, map_over="raws"
    )
    line = Pipeline([words, report], name="line")
    page = line.as_node(
        name="page",
        input_mapping={"lines": "raws"},
        output_mapping={"report": "reports"},
        map_over="lines",
    )
    return Pipeline([page], name="book"), {"lines": [WORDS, WORDS[:2], []]}, {}


def mapped_maps() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    pipeline, inputs, _ = maps_in_maps()
    return pipeline, {"lines": [inputs["lines"], []]}, {"map_over": "lines"}


def several_outputs() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    return Pipeline([clean, measure], name="several"), {"raw": WORDS}, {"map_over": "raw"}


def batches() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    inner = Pipeline([clean, score, measure], name="scores")
    pipeline = Pipeline([inner.as_node()], name="batches")
    return pipeline, {"raw": WORDS, "weight": 3}, {"map_over": "raw"}


def batches_within() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    scores = Pipeline([clean, score], name="scores").as_node(
        input_mapping={"raws": "raw"}, output_mapping={"score": "sizes"}, map_over="raws"
    )
    return Pipeline([scores, report], name="all"), {"raws": WORDS, "weight": 3}, {}


def failing() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    inner = Pipeline([divide, label], name="inner").as_node()
    options = {"map_over": "number", "on_error": "collect"}
    return Pipeline([inner], name="failing"), {"number": [1, 0, 3, 0, 5]}, options


def failing_within() -> tuple[Pipeline, dict[str, Any], dict[str, Any]]:
    inner = Pipeline([divide, label], name="inner").as_node(
        input_mapping={"numbers": "number"}, output_mapping={"label": "labels"}, map_over="numbers"
    )
    options = {"map_over": "numbers", "on_error": "collect"}
    return Pipeline([inner], name="outer"), {"numbers": [[1, 2], [3, 0], [0]]}, options


PIPELINES: list[Callable[[], tuple[Pipeline, dict[str, Any], dict[str, Any]]]] = [
    nested,
    maps_in_maps,
    mapped_maps,
    several_outputs,
    batches,
    batches_within,
    failing,
    failing_within,
]


def listen(engine_of: Callable[..., Any], case: Any) -> list[ev.Event]:
    """The events of one case on an engine."""
    heard: list[ev.Event] = []
    pipeline, inputs, options = case()
    engine = engine_of(callbacks=[heard.append])
    try:
        if options:
            pipeline.map(inputs, engine=engine, **options)
        else:
            pipeline.run(inputs, engine=engine)
    finally:
        getattr(engine, "close", lambda: None)()
    return heard
