"""A scene as SVG: one file, no script, no font, nothing to fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hypernodes.viz.card import BADGE, PAD, Card, Word
from hypernodes.viz.geometry import Box, Drawing, Line, Orientation, Point, draw
from hypernodes.viz.overlay import Share
from hypernodes.viz.palette import Theme, style_sheet
from hypernodes.viz.scene import Item, Scene, Value
from hypernodes.viz.text import escape

_TIP = 7.0  # length of an arrowhead
_RADIUS = {"inputs": 11, "bound": 11, "entry": 5, "exit": 5}
_CALLED = {
    "inputs": "inputs",
    "bound": "bound inputs",
    "entry": "input of the nested pipeline",
    "exit": "output of the nested pipeline",
    "node": "node",
    "pipeline": "nested pipeline",
}


def svg_of(
    scene: Scene,
    *,
    orientation: Orientation = "LR",
    theme: Theme = "auto",
    shares: Mapping[str, Share] | None = None,
    page: bool = False,
) -> str:
    """The SVG text. With `page`, also what is closed, and marks for the page's script."""
    drawing = draw(scene, orientation, shares)
    writer = _Writer(orientation == "TB", shares, page)
    return "".join(writer.document(scene, drawing, theme))


def summary_of(scene: Scene) -> str:
    """One sentence for those who do not see the picture."""
    nodes = [item for item, _ in scene.walk() if item.kind in ("node", "pipeline")]
    names = ", ".join(item.title for item in nodes[:12])
    more = f" and {len(nodes) - 12} more" if len(nodes) > 12 else ""
    return f"Pipeline {scene.title} with {len(nodes)} nodes: {names}{more}"


def tooltip_of(item: Item) -> str:
    """Everything that a card may have shortened or left out."""
    head = _CALLED[item.kind] + (f" {item.title}" if item.title else "")
    lines = [", ".join([head, *item.badges])]
    lines += [f"← {_full(value)}" for value in item.reads]
    arrow = "→ " if item.kind in ("node", "pipeline") else ""
    lines += [f"{arrow}{_full(value)}" for value in item.values]
    return "\n".join(lines)


def _full(value: Value) -> str:
    return f"{value.label} {value.note}" if value.note.startswith("=") else value.label


def number(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def path_of(points: Sequence[Point], down: bool) -> str:
    """Straight through a rank, bent between two; it stops where the arrowhead begins."""
    ends = list(points)
    x, y = ends[-1]
    ends[-1] = (x, y - _TIP + 1) if down else (x - _TIP + 1, y)
    parts = [f"M{_xy(ends[0])}"]
    if ends[1] != ends[0]:
        parts.append(f"L{_xy(ends[1])}")
    for (ax, ay), b, c in zip(ends[1::2], ends[2::2], ends[3::2], strict=False):
        bx, by = b
        if down:
            middle = (ay + by) / 2
            turn = f"C{_xy((ax, middle))} {_xy((bx, middle))} {_xy(b)}"
            straight = ax == bx
        else:
            middle = (ax + bx) / 2
            turn = f"C{_xy((middle, ay))} {_xy((middle, by))} {_xy(b)}"
            straight = ay == by
        parts.append(f"L{_xy(b)}" if straight else turn)
        if c != b:
            parts.append(f"L{_xy(c)}")
    return "".join(parts)


def tip_of(point: Point, down: bool) -> str:
    x, y = point
    if down:
        corners = [(x - 3.6, y - _TIP), (x, y), (x + 3.6, y - _TIP)]
    else:
        corners = [(x - _TIP, y - 3.6), (x, y), (x - _TIP, y + 3.6)]
    return f"M{'L'.join(map(_xy, corners))}Z"


def _xy(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


class _Writer:
    def __init__(self, down: bool, shares: Mapping[str, Share] | None, page: bool) -> None:
        self.down = down
        self.shares = shares
        self.page = page

    def document(self, scene: Scene, drawing: Drawing, theme: Theme) -> Iterator[str]:
        width, height = number(drawing.width), number(drawing.height)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="hn hn-{theme}" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            f'role="{"group" if self.page else "img"}" aria-label="{escape(summary_of(scene))}">'
        )
        yield f"<style>{style_sheet(theme)}</style>"
        yield f'<rect class="hn-canvas" width="{width}" height="{height}" rx="10"/>'
        yield from self._level(drawing, "top")
        yield "</svg>\n"

    def _level(self, drawing: Drawing, key: str) -> Iterator[str]:
        for e, line in enumerate(drawing.lines):
            yield from self._line(line, f"{key}-{e}")
        for box in drawing.boxes:
            yield from self._box(box)

    def _line(self, line: Line, key: str) -> Iterator[str]:
        mark = f' data-line="{key}"' if self.page else ""
        path = path_of(line.points, self.down)
        yield f'<g class="hn-line"{mark}>'
        values = "\n".join(value.label for value in line.edge.values)
        yield f"<title>{escape(values)}</title>"
        if self.page:
            yield f'<path class="hn-hit" d="{path}"/>'
        yield f'<path class="hn-edge" d="{path}"/>'
        yield f'<path class="hn-tip" d="{tip_of(line.points[-1], self.down)}"/></g>'

    def _box(self, box: Box) -> Iterator[str]:
        item = box.item
        share = (self.shares or {}).get(item.path) if item.title else None
        at = _xy((box.x, box.y))
        kind = "hn-box hn-open" if item.expanded else "hn-box"
        yield f'<g class="{kind}" transform="translate({at})"{self._marks(item)}>'
        yield f"<title>{escape(tooltip_of(item))}</title>"
        if not self.page:
            yield from self._opened(box, share) if item.expanded else self._shut(box, share)
        else:
            yield '<g class="hn-shut">'
            yield from self._shut(box, share)
            yield "</g>"
            if box.level is not None:
                yield '<g class="hn-inside">'
                yield from self._opened(box, share)
                yield "</g>"
        yield "</g>"

    def _shut(self, box: Box, share: Share | None) -> Iterator[str]:
        item, card = box.item, box.card
        look, radius = self._look(item, share), _RADIUS.get(item.kind, 8)
        if item.kind == "pipeline":
            # A second card behind it: there is more inside.
            yield self._rect(f"{look} hn-behind", 4, 4, card.width, card.height, radius)
        yield self._rect(look, 0, 0, card.width, card.height, radius)
        if item.kind == "pipeline":
            yield '<path class="hn-chevron" d="M15 13l4 4-4 4"/>'
        yield from self._words(card)
        if share is not None:
            yield from self._bar(card, share)

    def _opened(self, box: Box, share: Share | None) -> Iterator[str]:
        look = self._look(box.item, share)
        yield self._rect(f"{look} hn-frame", 0, 0, box.width, box.height, 8)
        yield '<path class="hn-chevron" d="M13 15l4 4 4-4"/>'
        if box.header is not None:
            yield from self._words(box.header)
            if self.page:
                yield self._rect("hn-grip", 0, 0, box.header.width, box.header.height, 8)
        if box.level is not None:
            yield from self._level(box.level, str(box.item.id))

    def _look(self, item: Item, share: Share | None) -> str:
        failed = " hn-failed" if share is not None and share.errors else ""
        return f"hn-card hn-as-{item.kind}{failed}"

    def _marks(self, item: Item) -> str:
        if not self.page:
            return ""
        label = escape(tooltip_of(item).replace("\n", "; "))
        opens = f' aria-expanded="{str(item.expanded).lower()}"' if item.inside is not None else ""
        return f' data-box="{item.id}" role="button" tabindex="-1" aria-label="{label}"{opens}'

    def _rect(
        self, kind: str, x: float, y: float, width: float, height: float, radius: float
    ) -> str:
        at = f'x="{number(x)}" y="{number(y)}" ' if x or y else ""
        return (
            f'<rect class="{kind}" {at}width="{number(width)}" '
            f'height="{number(height)}" rx="{radius}"/>'
        )

    def _words(self, card: Card) -> Iterator[str]:
        for word in card.words:
            x, y = word.x, word.y
            if word.style == "badge":
                yield self._rect("hn-pill", x, y - BADGE - 1, word.width, BADGE + 5, 7)
                x += 6
            yield (
                f'<text class="hn-{word.style}" x="{number(x)}" y="{number(y)}" '
                f'textLength="{number(_length(word))}" '
                f'lengthAdjust="spacingAndGlyphs">{escape(word.text)}</text>'
            )

    def _bar(self, card: Card, share: Share) -> Iterator[str]:
        full = card.width - 2 * PAD
        y = card.height - 10
        yield self._rect("hn-track", PAD, y, full, 3, 1.5)
        if share.share > 0:
            yield self._rect("hn-heat", PAD, y, max(2.0, full * share.share), 3, 1.5)


def _length(word: Word) -> float:
    return word.width - 12.0 if word.style == "badge" else word.width
