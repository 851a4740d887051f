"""The error family and how messages are built.

HyperNodesError
├── GraphError (ValueError)         the definition of a node or pipeline is wrong
│   ├── CycleError                  nodes that wait for each other
│   └── DependencyError             a name that nothing provides
├── InputError (ValueError)         the values given to a run do not fit
├── ShippingError                   something cannot travel to another process
│   └── ClassChangedError           a class is no longer the one that was saved
├── CacheError                      a cache cannot be what was asked for
└── EngineError                     an engine cannot do, or failed to do, its work

What the user's own functions raise is never wrapped in one of these.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from typing import Any


class HyperNodesError(Exception):
    """Root of everything that hypernodes itself raises.

    The culprits are attributes (``error.node``, ``error.parameter``, ...), and the
    message ends with what to do next.

    >>> error = InputError("no value for 'x'", hint="pass x", parameter="x")
    >>> print(error)
    no value for 'x'
    Hint: pass x
    >>> error.parameter
    'x'
    """

    def __init__(self, message: str, *, hint: str | None = None, **culprits: Any) -> None:
        super().__init__(f"{message}\nHint: {hint}" if hint else message)
        self.message = message
        self.hint = hint
        self.__dict__.update(culprits)

    def __getattr__(self, name: str) -> Any:
        # Only reached for culprits that this error does not have.
        if name.startswith("_"):
            raise AttributeError(name)
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


class GraphError(HyperNodesError, ValueError):
    """The definition of a node or a pipeline is wrong."""


class CycleError(GraphError):
    """Nodes wait for each other in a circle; ``.cycle`` names them."""


class DependencyError(GraphError):
    """A name was asked for that no node provides; ``.name`` is the name."""


class InputError(HyperNodesError, ValueError):
    """The values given do not fit: ``.missing``, ``.unexpected``, ``.parameter``."""


class ShippingError(HyperNodesError):
    """Something cannot travel to another process; ``.path`` leads to it."""


class ClassChangedError(ShippingError):
    """A class is not the one it was when the value was saved."""


class CacheError(HyperNodesError):
    """A cache cannot be opened as asked: ``.path`` is where."""


class EngineError(HyperNodesError):
    """An engine cannot do what was asked, or lost what it was doing."""


def _restore(kind: type[HyperNodesError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The part of a hint that names the closest of the known names, or lists them.

    >>> did_you_mean("querry", ["query", "k"])
    "did you mean 'query'?"
    >>> did_you_mean("zzz", ["query", "k"])
    "known names: 'query', 'k'"
    """
    import difflib  # only when something is wrong

    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known names: {quoted(names)}" if names else "there are no names to choose from"


def quoted(names: Iterable[str], limit: int = 12) -> str:
    """Names in quotes with commas, the rest counted.

    >>> quoted(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    listed = list(names)
    text = ", ".join(repr(name) for name in listed[:limit])
    return f"{text} and {len(listed) - limit} more" if len(listed) > limit else text


class _Preview(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 60
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 4
        self.maxlevel = 3

    def repr_bytes(self, x: bytes | bytearray, level: int) -> str:
        return repr(x) if len(x) <= self.maxother else f"{x[: self.maxother // 2]!r}..."

    repr_bytearray = repr_bytes

    def repr_instance(self, x: Any, level: int) -> str:
        try:
            text = repr(x)
            # A repr may return a str subclass with surprises of its own.
            text = " ".join(str.__str__(text).split())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # some packages raise BaseExceptions of their own
            return f"<{type(x).__qualname__}: its repr raised {type(error).__name__}>"
        return text if len(text) <= self.maxother else f"{text[: self.maxother - 3]}..."


_preview = _Preview()


def preview(value: Any) -> str:
    """A short, safe description of a value: never long, never raises.

    >>> preview(list(range(1000)))
    '[0, 1, 2, 3, ...]'
    """
    try:
        return _preview.repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"<{type(value).__qualname__}: its repr raised {type(error).__name__}>"


def previews(values: Mapping[str, Any], limit: int = 8) -> str:
    """``name=value`` previews of several values, separated by commas."""
    shown = [f"{name}={preview(value)}" for name, value in list(values.items())[:limit]]
    if len(values) > limit:
        shown.append(f"and {len(values) - limit} more")
    return ", ".join(shown)
