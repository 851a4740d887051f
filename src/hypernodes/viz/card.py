"""How big a card is and where its words stand; the same for every renderer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hypernodes.viz.overlay import Share
from hypernodes.viz.scene import Item, Value
from hypernodes.viz.text import elide, width

TITLE, ROW, BADGE = 13.0, 11.5, 10.0  # font sizes
PAD = 12.0
_LINE = 17.0
_TITLE_LINE = 18.0
_HEADER = 32.0  # of an open pipeline
_CHEVRON = 16.0
_BADGE_PAD = 6.0
_TYPE_LIMIT = 36
_FAR_SHOWN = 6

Style: TypeAlias = Literal["title", "name", "type", "badge", "over"]


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text: where its baseline starts, how wide it may become."""

    x: float
    y: float
    width: float
    text: str
    style: Style


@dataclass(slots=True)
class Card:
    """A card's size, its words, and the heights at which its values leave."""

    width: float = 0.0
    height: float = 0.0
    words: list[Word] = field(default_factory=list)
    outs: list[float] = field(default_factory=list)

    def put(self, x: float, y: float, text: str, style: Style) -> float:
        """Add a word; returns where it ends."""
        wide = measure(text, style)
        self.words.append(Word(x, y, wide, text, style))
        return x + wide


def measure(text: str, style: Style) -> float:
    match style:
        case "title":
            return width(text, TITLE)
        case "badge":
            return width(text, BADGE) + 2 * _BADGE_PAD
        case _:
            return width(text, ROW, mono=True)


def card_of(
    item: Item,
    rows: Sequence[int] | None = None,
    far: Sequence[str] = (),
    share: Share | None = None,
) -> Card:
    """The card of an item that is not open.

    `rows` is the order of its values, `far` are names whose edges are not drawn.
    """
    card = Card()
    right = 0.0
    tab = item.kind in ("entry", "exit")
    pad = 9.0 if tab else PAD
    y = 3.0 if tab else 8.0
    if item.title:
        right = _heading(card, item, y + 13.0)
        y += _TITLE_LINE + 2.0
    card.outs = [0.0] * len(item.values)
    for row in rows if rows is not None else range(len(item.values)):
        end = pad
        for text, style in _row(item, item.values[row]):
            end = card.put(end, y + 12.5, text, style)
        card.outs[row] = y + _LINE / 2
        right = max(right, end)
        y += _LINE
    for text in _far(far):
        right = max(right, card.put(pad, y + 12.5, text, "type"))
        y += _LINE
    if share is not None:
        right = max(right, card.put(pad, y + 12.5, share.text, _over(share)))
        y += _LINE + 5.0
    card.width = _up(right + pad)
    card.height = y + (3.0 if tab else 8.0)
    return card


def header_of(item: Item, share: Share | None = None) -> Card:
    """The words at the top of an open pipeline."""
    card = Card(height=_HEADER)
    right = _heading(card, item, 21.0)
    if share is not None:
        right = card.put(right + 10.0, 21.0, share.text, _over(share))
    card.width = _up(right + PAD)
    return card


def _heading(card: Card, item: Item, y: float) -> float:
    start = PAD + (_CHEVRON if item.kind == "pipeline" else 0.0)
    right = card.put(start, y, item.title, "title")
    for badge in item.badges:
        right = card.put(right + 8.0, y - 1.0, badge, "badge")
    return right


def _row(item: Item, value: Value) -> Iterator[tuple[str, Style]]:
    kind = elide(value.type, _TYPE_LIMIT)
    made = item.kind in ("node", "pipeline")
    if made:
        yield "→ ", "type"
    if item.kind == "entry" and value.note:
        yield f"{value.note} ", "type"
    named = not (made and value.name == item.title and kind)
    if named:
        yield value.name, "name"
    if kind:
        yield f": {kind}" if named else kind, "type"
    if value.note and item.kind in ("inputs", "bound"):
        yield f" {value.note}", "type"


def _over(share: Share) -> Style:
    return "over" if share.ran else "type"


def _far(names: Sequence[str]) -> Iterator[str]:
    for name in names[:_FAR_SHOWN]:
        yield f"← {name}"
    if len(names) > _FAR_SHOWN:
        yield f"← {len(names) - _FAR_SHOWN} more"


def _up(size: float) -> float:
    return float(-(-size // 1))
