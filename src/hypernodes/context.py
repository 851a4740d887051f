"""Context: how a plan is to be run, from the verb that was called to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from hypernodes.scopes import Scope, Tracer
    from hypernodes.shipping import Policy


@dataclass(frozen=True, slots=True)
class Context:
    """How a plan is to be run.

    `on_error`: "raise" ends a map at the first exception; "collect" goes on, and the chunk
    tells which rows failed. `streaming`: rows are wanted as soon as they are there.
    `ordered`: a streaming engine may yield chunks in any order only where this is False.
    `previews`: whether notes on exceptions may show values. `tracer` and `scope`: who
    listens, which cache answers, and what they know this run or map as; None where nobody
    listens and nothing is cached. `policy`: what travels otherwise than the rule says.
    """

    on_error: Literal["raise", "collect"] = "raise"
    streaming: bool = False
    ordered: bool = True
    previews: bool = True
    tracer: Tracer | None = None
    scope: Scope | None = None
    policy: Policy | None = None


PLAIN = Context()
_NO_PREVIEWS = Context(previews=False)


def context_of(engine: Any, scope: Scope | None = None, policy: Policy | None = None) -> Context:
    """The context of a run, or of a map that raises, on this engine."""
    previews = getattr(engine, "previews", True)
    if scope is not None or policy is not None:
        tracer = None if scope is None else scope.tracer
        return Context(previews=previews, tracer=tracer, scope=scope, policy=policy)
    return PLAIN if previews else _NO_PREVIEWS
