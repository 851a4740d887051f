"""The whole picture in pixels. A nested level counts from the corner of its own box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hypernodes.viz.card import Card, card_of, header_of
from hypernodes.viz.layout import Skeleton, skeleton_of
from hypernodes.viz.overlay import Share
from hypernodes.viz.place import Placed, Size, out_offset, place
from hypernodes.viz.scene import Edge, Item, Level, Scene

Orientation: TypeAlias = Literal["LR", "TB"]

MARGIN = 16.0  # around the picture
INNER = 16.0  # between the wall of an open pipeline and what is inside
_TAB_INSET = 12.0  # what shares the first rank with tabs keeps off the wall

Point: TypeAlias = tuple[float, float]


@dataclass(slots=True)
class Plan:
    """What is laid out of one level, whatever is open: cards and skeleton."""

    level: Level
    skeleton: Skeleton
    cards: list[Card]
    headers: list[Card | None]
    inside: list[Plan | None]


@dataclass(slots=True)
class Box:
    """An item in its place, with what is inside it, to be shown if `item.expanded`."""

    item: Item
    x: float
    y: float
    width: float
    height: float
    card: Card
    header: Card | None = None
    level: Drawing | None = None


@dataclass(slots=True)
class Line:
    """An edge as the points it goes through: pairs are straight, between pairs it bends."""

    edge: Edge
    points: list[Point]


@dataclass(slots=True)
class Drawing:
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def plan_of(level: Level, shares: Mapping[str, Share], *, run: bool = False) -> Plan:
    """Skeleton and cards of a level and of all that is inside.

    With `run`, nodes that the shares do not mention show that they did not run.
    """
    inside = [
        plan_of(item.inside, shares, run=run) if item.inside is not None else None
        for item in level.items
    ]
    skeleton = skeleton_of(level, [plan.skeleton if plan else None for plan in inside])
    far: dict[int, list[str]] = {}
    for e in sorted(skeleton.far):
        edge = level.edges[e]
        far.setdefault(edge.target, []).extend(value.name for value in edge.values)
    plan = Plan(level, skeleton, [], [], inside)
    for i, item in enumerate(level.items):
        share = None
        if run and item.kind in ("node", "pipeline"):
            share = shares.get(item.path, Share())
        plan.cards.append(card_of(item, skeleton.rows.get(i), far.get(i, ()), share))
        plan.headers.append(header_of(item, share) if item.inside is not None else None)
    return plan


def draw(scene: Scene, orientation: Orientation, shares: Mapping[str, Share] | None) -> Drawing:
    """The picture of a scene; `shares` of a run, or None where there was none."""
    plan = plan_of(scene.top, shares or {}, run=shares is not None)
    drawing = _level(plan, orientation == "TB")[0]
    _shift(drawing, MARGIN, MARGIN)
    drawing.width += 2 * MARGIN
    drawing.height += 2 * MARGIN
    return drawing


def _level(plan: Plan, down: bool) -> tuple[Drawing, Placed]:
    """The drawing of a level with its first box at (0, 0)."""
    sizes: list[Size] = []
    opened: list[Drawing | None] = []
    entries = bool(plan.level.tabs("entry"))
    for i, item in enumerate(plan.level.items):
        inside = plan.inside[i]
        size = _card_size(plan.cards[i], down)
        opened.append(None)
        if inside is not None:
            opened[i], frame = _frame(plan, i, inside, down)
            size = frame if item.expanded else size
        pill = item.kind in ("inputs", "bound", "exit")
        size.align = "end" if pill else "start"
        size.inset = _TAB_INSET if entries and item.kind == "bound" else 0.0
        sizes.append(size)
    ends = [(edge.out, edge.into) for edge in plan.level.edges]
    placed = place(plan.skeleton, ends, sizes)
    drawing = Drawing()
    for i, item in enumerate(plan.level.items):
        x, y = _turn(placed.u[i], placed.v[i], down)
        width, height = _turn(sizes[i].u, sizes[i].v, down)
        drawing.boxes.append(
            Box(item, x, y, width, height, plan.cards[i], plan.headers[i], opened[i])
        )
    for e, edge in enumerate(plan.level.edges):
        points = _points(plan.skeleton, e, edge, placed, sizes)
        if points:
            drawing.lines.append(Line(edge, [_turn(u, v, down) for u, v in points]))
    drawing.width, drawing.height = _turn(placed.width, placed.height, down)
    return drawing, placed


def _turn(u: float, v: float, down: bool) -> Point:
    return (v, u) if down else (u, v)


def _card_size(card: Card, down: bool) -> Size:
    if not down:
        return Size(card.width, card.height, list(card.outs))
    # Downwards, what stands higher in the card leaves further left.
    step = card.width / (len(card.outs) + 1)
    order = sorted(card.outs)
    outs = [step * (order.index(out) + 1) for out in card.outs]
    return Size(card.height, card.width, outs)


def _frame(plan: Plan, i: int, inside: Plan, down: bool) -> tuple[Drawing, Size]:
    """An open pipeline: its inner drawing, moved into place, and its size."""
    header = plan.headers[i]
    assert header is not None
    drawing, placed = _level(inside, down)
    entries, exits = inside.level.tabs("entry"), inside.level.tabs("exit")
    before = 0.0 if entries else INNER
    after = 0.0 if exits else INNER
    if down:
        # The words stand beside the first tabs, as edges come in above and leave below.
        first = min((placed.v[k] for k in inside.skeleton.ranks[0]), default=0.0)
        left = INNER + (max(0.0, header.width - INNER - first) if entries else 0.0)
        du, dv = before if entries else header.height, left
        width = max(placed.height + left + INNER, header.width)
        size = Size(placed.width + du + after, width)
        _shift(drawing, dv, du)
    else:
        du, dv = before, header.height
        size = Size(max(placed.width + before + after, header.width), placed.height + dv + INNER)
        spare = size.u - (placed.width + before + after)
        _shift(drawing, du, dv)
        if spare > 0:
            _stretch(drawing, inside, spare)
    size.ins = [dv + placed.v[k] + _half(inside, k, down) for k in entries]
    size.outs = [dv + placed.v[k] + _half(inside, k, down) for k in exits]
    return drawing, size


def _half(plan: Plan, tab: int, down: bool) -> float:
    card = plan.cards[tab]
    return (card.width if down else card.height) / 2


def _stretch(drawing: Drawing, plan: Plan, spare: float) -> None:
    """A header wider than what is inside moves the exits to its wall."""
    exits = set(plan.level.tabs("exit"))
    for i in exits:
        drawing.boxes[i].x += spare
    for line in drawing.lines:
        if line.edge.target in exits:
            x, y = line.points[-1]
            line.points[-1] = (x + spare, y)


def _points(
    skeleton: Skeleton, e: int, edge: Edge, placed: Placed, sizes: list[Size]
) -> list[Point]:
    """Where the edge goes: straight through its own place in each rank, bent between."""
    route = skeleton.routes[e]
    if not route:
        return []
    rank_of = placed.ranks
    source = sizes[edge.source]
    v = placed.v[edge.source] + out_offset(source, edge.out)
    r = rank_of[edge.source]
    points = [(placed.u[edge.source] + source.u, v), (placed.ends[r], v)]
    for slot in route[1:-1]:
        r += 1
        points += [(placed.starts[r], placed.v[slot]), (placed.ends[r], placed.v[slot])]
    v = placed.v[edge.target] + placed.into[e]
    points += [(placed.starts[r + 1], v), (placed.u[edge.target], v)]
    return points


def _shift(drawing: Drawing, dx: float, dy: float) -> None:
    for box in drawing.boxes:
        box.x += dx
        box.y += dy
    for line in drawing.lines:
        line.points = [(x + dx, y + dy) for x, y in line.points]
