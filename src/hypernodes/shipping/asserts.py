"""What pytest's rewritten ``assert`` statements call, for workers that do not have pytest.

Test modules carry these helpers in their globals; functions of such a module that are
shipped fail with a plain message instead of pytest's comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypernodes.errors import preview

GLOBAL = "@pytest_ar"


def _saferepr(obj: Any) -> str:
    return preview(obj)


def _format_assertmsg(obj: Any) -> str:
    return obj if isinstance(obj, str) else preview(obj)


def _format_explanation(explanation: str) -> str:
    return explanation.replace("\n{", "\n").replace("\n}", "\n").replace("\n~", "\n")


def _should_repr_global_name(obj: Any) -> bool:
    return not callable(obj)


def _format_boolop(explanations: Iterable[str], is_or: bool) -> str:
    return f"({(' or ' if is_or else ' and ').join(explanations)})"


def _call_reprcompare(
    _ops: Sequence[str],
    results: Sequence[Any],
    expls: Sequence[str],
    _each: Sequence[Any],
) -> str:
    for result, text in zip(results, expls, strict=False):
        if not result:
            return text
    return expls[-1]


def _check_if_assertion_pass_impl() -> bool:
    return False


def _call_assertion_pass(lineno: int, orig: str, expl: str) -> None:
    """Nobody listens here."""
