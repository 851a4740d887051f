"""Context: how a plan is to be run, from the verb that was called to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Context:
    """How a plan is to be run.

    `on_error`: "raise" ends a map at the first exception; "collect" goes on, and the chunk
    tells which rows failed. `streaming`: rows are wanted as soon as they are there.
    `ordered`: a streaming engine may yield chunks in any order only where this is False.
    `previews`: whether notes on exceptions may show values.
    """

    on_error: Literal["raise", "collect"] = "raise"
    streaming: bool = False
    ordered: bool = True
    previews: bool = True


PLAIN = Context()
_NO_PREVIEWS = Context(previews=False)


def context_of(engine: Any) -> Context:
    """The context of a run, or of a map that raises, on this engine."""
    return PLAIN if getattr(engine, "previews", True) else _NO_PREVIEWS
