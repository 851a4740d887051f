"""Picture: what `Pipeline.visualize` returns; shows itself in notebooks, saves to files."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from hypernodes.errors import InputError, did_you_mean
from hypernodes.pipeline import Pipeline
from hypernodes.viz.geometry import Orientation
from hypernodes.viz.html import frame_of, page_of
from hypernodes.viz.mermaid import mermaid_of
from hypernodes.viz.overlay import Overlay, shares_of
from hypernodes.viz.palette import Theme
from hypernodes.viz.scene import Scene, scene_of
from hypernodes.viz.svg import svg_of

_FORMATS = (".svg", ".html", ".mmd")
_NOTEBOOK_LIMIT = 4_000_000  # characters of a page that a notebook should hold


class Picture:
    """A picture of a pipeline: `svg`, `html` and `mermaid` texts, made when asked for.

    >>> from hypernodes import Pipeline, node
    >>> @node("size")
    ... def measure(text: str) -> int:
    ...     return len(text)
    >>> print(Pipeline([measure]).visualize().mermaid)
    flowchart LR
        n0["measure<br/>→ size: int"]:::node
        n1(["text: str"]):::inputs
        n1 --> n0
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        depth: int | None = None,
        orientation: Orientation = "LR",
        theme: Theme = "auto",
        show_types: bool = True,
        show_bound: bool = True,
        overlay: Overlay | None = None,
    ) -> None:
        _check("orientation", orientation, ("LR", "TB"))
        _check("theme", theme, ("auto", "light", "dark"))
        if depth is not None and depth < 1:
            raise InputError(
                f"depth must be a number from 1 on, or None for all, got {depth!r}",
                hint="depth=1 leaves nested pipelines closed",
                parameter="depth",
            )
        self._pipeline = pipeline
        self._options = {"depth": depth, "show_types": show_types, "show_bound": show_bound}
        self._orientation = orientation
        self._theme = theme
        self._shares = shares_of(overlay) if overlay is not None else None

    @functools.cached_property
    def scene(self) -> Scene:
        """What is drawn, as plain data."""
        return scene_of(self._pipeline, **self._options)  # type: ignore[arg-type]

    @functools.cached_property
    def svg(self) -> str:
        return svg_of(
            self.scene, orientation=self._orientation, theme=self._theme, shares=self._shares
        )

    @functools.cached_property
    def html(self) -> str:
        """One page that works offline: nested pipelines open and close, code is shown."""
        scene = scene_of(self._pipeline, collapsed=True, code=True, **self._options)  # type: ignore[arg-type]
        return page_of(scene, orientation=self._orientation, theme=self._theme, shares=self._shares)

    @functools.cached_property
    def mermaid(self) -> str:
        return mermaid_of(self.scene, orientation=self._orientation, theme=self._theme)

    def save(self, path: str | Path) -> Path:
        """Write the picture; the ending chooses the format: .svg, .html or .mmd.

        Raises `InputError` for another ending.
        """
        file = Path(path)
        _check("ending", file.suffix.lower(), _FORMATS)
        texts = {".svg": "svg", ".html": "html", ".mmd": "mermaid"}
        text: str = getattr(self, texts[file.suffix.lower()])
        file.write_text(text, encoding="utf-8", newline="\n")
        return file

    def _repr_html_(self) -> str:
        page = self.html
        return frame_of(page) if len(page) <= _NOTEBOOK_LIMIT else self.svg

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """All forms; the notebook takes the best that it can show."""
        return {
            "text/html": self._repr_html_(),
            "image/svg+xml": self.svg,
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        name = self._pipeline.name or "pipeline"
        return f"<Picture of {name!r}: .save('picture.html'), .svg or .mmd>"


def _check(what: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(
            f"{what} must be one of {', '.join(known)}, got {value!r}",
            hint=did_you_mean(str(value), known),
            parameter=what,
        )
