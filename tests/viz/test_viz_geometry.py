"""Nothing overlaps, nothing is cut, no edge runs through a card: pure geometry."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from samples import SAMPLES, chain, random_pipeline

from hypernodes import Pipeline, node
from hypernodes.viz.card import card_of
from hypernodes.viz.geometry import Box, Drawing, Orientation, draw
from hypernodes.viz.overlay import Share, shares_of
from hypernodes.viz.scene import scene_of

PIPELINES = {
    **SAMPLES,
    **{f"random{seed}": lambda seed=seed: random_pipeline(seed) for seed in range(50)},
}
EVERYWHERE = [
    pytest.param(made, orientation, id=f"{name}-{orientation}")
    for name, made in PIPELINES.items()
    for orientation in ("LR", "TB")
]
APART = 4.0  # pixels that cards of one level keep between them, at least


class Rect(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect, by: float = 0.0) -> bool:
        return (
            self.left < other.right + by
            and other.left < self.right + by
            and self.top < other.bottom + by
            and other.top < self.bottom + by
        )

    def holds(self, other: Rect) -> bool:
        return (
            self.left <= other.left + 0.01
            and self.top <= other.top + 0.01
            and self.right >= other.right - 0.01
            and self.bottom >= other.bottom - 0.01
        )


def rect(box: Box) -> Rect:
    return Rect(box.x, box.y, box.x + box.width, box.y + box.height)


def levels(drawing: Drawing) -> Iterator[tuple[Drawing, Rect]]:
    """Every level with the room it has, in its own coordinates."""
    stack = [(drawing, Rect(0, 0, drawing.width, drawing.height))]
    while stack:
        level, room = stack.pop()
        yield level, room
        stack += [
            (box.level, Rect(0, 0, box.width, box.height))
            for box in level.boxes
            if box.level is not None
        ]


def picture(pipeline: Pipeline, orientation: Orientation) -> Drawing:
    return draw(scene_of(pipeline), orientation, None)


@pytest.mark.parametrize(("made", "orientation"), EVERYWHERE)
def test_no_card_overlaps_another_and_all_stay_inside(made, orientation) -> None:
    for level, room in levels(picture(made(), orientation)):
        rects = [rect(box) for box in level.boxes]
        assert all(room.holds(each) for each in rects)
        for a, b in itertools.combinations(rects, 2):
            assert not a.overlaps(b, APART)


@pytest.mark.parametrize(("made", "orientation"), EVERYWHERE)
def test_no_edge_runs_through_a_card(made, orientation) -> None:
    for level, room in levels(picture(made(), orientation)):
        for line in level.lines:
            ends = {line.edge.source, line.edge.target}
            others = [rect(box) for i, box in enumerate(level.boxes) if i not in ends]
            for a, b in itertools.pairwise(line.points):
                # A bend stays within the rectangle of its ends, and so do straight pieces.
                piece = Rect(*map(min, a, b), *map(max, a, b))
                assert room.holds(piece)
                assert not any(piece.overlaps(other) for other in others if on_way(a, b, other))


def on_way(a: tuple[float, float], b: tuple[float, float], other: Rect) -> bool:
    """Bends lie between two ranks, where no card is; only straight pieces can meet one."""
    return a[0] == b[0] or a[1] == b[1]


@pytest.mark.parametrize(("made", "orientation"), EVERYWHERE)
def test_bends_lie_between_the_ranks(made, orientation) -> None:
    along = 1 if orientation == "TB" else 0
    for level, _ in levels(picture(made(), orientation)):
        spans = [
            (box.y, box.y + box.height) if along else (box.x, box.x + box.width)
            for box in level.boxes
        ]
        for line in level.lines:
            for a, b in itertools.pairwise(line.points):
                if a[1 - along] == b[1 - along]:
                    continue
                low, high = a[along], b[along]
                assert low < high, "edges go forward"
                assert not any(start < high - 0.01 and end > low + 0.01 for start, end in spans)


@pytest.mark.parametrize(("made", "orientation"), EVERYWHERE)
def test_edges_start_and_end_on_their_cards(made, orientation) -> None:
    for level, _ in levels(picture(made(), orientation)):
        for line in level.lines:
            for place, point in (
                (line.edge.source, line.points[0]),
                (line.edge.target, line.points[-1]),
            ):
                box = rect(level.boxes[place])
                grown = Rect(box.left - 0.1, box.top - 0.1, box.right + 0.1, box.bottom + 0.1)
                assert grown.holds(Rect(*point, *point))


@pytest.mark.parametrize("made", PIPELINES.values(), ids=PIPELINES)
def test_words_stay_inside_their_card_and_apart(made) -> None:
    for item, _ in scene_of(made()).walk():
        for share in (None, Share(1.5, 0.4, 3, 1)):
            card = card_of(item, share=share)
            words = [Rect(w.x, w.y - 10, w.x + w.width, w.y + 3) for w in card.words]
            room = Rect(0, 0, card.width, card.height)
            assert all(room.holds(word) for word in words)
            for a, b in itertools.combinations(words, 2):
                assert not a.overlaps(b, -0.01)


def test_an_overlay_makes_room_for_its_words() -> None:
    pipeline = SAMPLES["rag"]()
    shares = shares_of({"load": {"seconds": 2.0}, "encode_passage/embed": {"errors": 2}})
    for level, room in levels(draw(scene_of(pipeline), "LR", shares)):
        rects = [rect(box) for box in level.boxes]
        assert all(room.holds(each) for each in rects)
        for a, b in itertools.combinations(rects, 2):
            assert not a.overlaps(b, APART)


def test_tabs_sit_in_the_wall() -> None:
    top = picture(SAMPLES["rag"](), "LR")
    box = next(b for b in top.boxes if b.level is not None)
    assert box.level is not None
    for tab in box.level.boxes:
        if tab.item.kind == "entry":
            assert tab.x == 0
        if tab.item.kind == "exit":
            assert tab.x + tab.width == pytest.approx(box.width)


def test_a_picture_without_need_for_crossings_has_none() -> None:
    for name in ("rag", "diamond", "grid", "encode"):
        top = picture(SAMPLES[name](), "LR")
        assert sum(crossings(level) for level, _ in levels(top)) == 0, name


def crossings(level: Drawing) -> int:
    """Bends between the same two ranks whose ends stand in opposite order."""
    bends = [
        (a, b)
        for line in level.lines
        for a, b in zip(line.points[1::2], line.points[2::2], strict=False)
    ]
    return sum(
        (a[1] - c[1]) * (b[1] - d[1]) < 0 and a[0] == c[0]
        for (a, b), (c, d) in itertools.combinations(bends, 2)
    )


@pytest.mark.parametrize(
    "pipeline", [chain(1000), random_pipeline(7, 1000)], ids=["chain", "random"]
)
def test_a_thousand_nodes_are_laid_out_in_two_seconds(pipeline: Pipeline) -> None:
    start = time.perf_counter()
    drawing = picture(pipeline, "LR")
    assert time.perf_counter() - start < 2.0
    assert len(drawing.boxes) > 1000


def test_ten_thousand_nodes_are_drawn_without_recursion() -> None:
    assert len(picture(chain(10_000), "TB").boxes) == 10_001


def test_very_many_long_edges_are_named_instead_of_drawn() -> None:
    count = 600
    reads = ", ".join(f"v{i}" for i in range(count))
    last = node("last")(eval(f"lambda {reads}: None"))
    drawing = picture(Pipeline([*chain(count).nodes, last]), "LR")
    box = next(b for b in drawing.boxes if b.item.title == "last")
    words = [word.text for word in box.card.words]
    assert "← v0" in words
    assert words[-1].endswith("more")
    assert len(drawing.lines) < 2 * count
