"""Exceptions on their way home: nothing in them can stop them from arriving.

What cannot travel of an exception is replaced by its ``repr``; where its class cannot be
had at home, a stand-in keeps its name, message and traceback.
"""

from __future__ import annotations

import functools
import re
import traceback
from typing import Any

from hypernodes.errors import preview
from hypernodes.shipping import odd

_MAX_TEXT = 40_000
_MAX_LINKS = 100  # of a chain of causes
_SHIPPED_FILE = re.compile(r'(File ".*?)@[0-9a-f]{10}"')
_NOTE = "On the worker:\n"

# (type name, message, traceback, notes, own way, class, args, attributes, cause, context,
#  suppress context, members of a group)
Packed = tuple[Any, ...]


class RemoteError(Exception):
    """Stands for an exception of a class that does not exist in this process.

    >>> error = RemoteError("app.Broken", "no luck")
    >>> print(error)
    app.Broken: no luck
    """

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(type_name, message)
        self.type_name = type_name
        self.message = message

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}"


def pack(error: BaseException) -> Packed:
    """Plain data, from which ``unpack`` makes the exception again at home."""
    try:
        return _pack(error, {})
    except Exception:  # whatever its class does when looked at: name and traceback arrive
        kind = type(error)
        name = f"{kind.__module__}.{kind.__qualname__}"
        text = traceback_text(error)
        return name, _text(error), text, [], None, None, [], {}, None, None, False, None


def _pack(error: BaseException, seen: dict[int, BaseException]) -> Packed:
    first = not seen
    seen[id(error)] = error
    kind = type(error)
    linked = [_of(error, "__cause__"), _of(error, "__context__")]
    links = [
        _pack(each, seen) if each is not None and id(each) not in seen and len(seen) < _MAX_LINKS
        else None
        for each in linked
    ]  # fmt: skip
    members = None
    if isinstance(error, BaseExceptionGroup):
        members = [_pack(member, seen) for member in error.exceptions if id(member) not in seen]
    state: dict[str, Any] = object.__getattribute__(error, "__dict__")
    notes = state.get("__notes__")
    args = _of(error, "args")
    return (
        f"{kind.__module__}.{kind.__qualname__}",
        _text(error),
        traceback_text(error) if first else "",
        [_text(note) for note in notes] if isinstance(notes, list | tuple) else [],
        _own_way(error) if members is None else None,
        _bytes(kind),
        [_part(value) for value in (arguments(error) if members is None else args[:1])],
        {name: _part(value) for name, value in state.items() if name != "__notes__"},
        *links,
        _of(error, "__suppress_context__"),
        members,
    )


def _of(error: BaseException, name: str) -> Any:
    """What every exception has, without asking a class that may answer otherwise."""
    return getattr(BaseException, name).__get__(error)


def arguments(error: BaseException) -> tuple[Any, ...]:
    """The arguments that make this exception again (an OSError has more than its ``args``)."""
    reduced = odd.exception(error)
    found: tuple[Any, ...] = _of(error, "args") if reduced is None else reduced[1][1]
    return found


def _text(error: object) -> str:
    try:
        return str(error)
    except Exception as failure:
        return f"<its str() raised {type(failure).__name__}>"


def traceback_text(error: BaseException) -> str:
    """The traceback as text, with the names that files have at home."""
    trace = _of(error, "__traceback__")
    try:
        lines = traceback.format_exception(type(error), error, trace, limit=-60)
    except Exception:  # the class resists: its frames still tell where it was
        lines = ["Traceback (most recent call last):\n", *traceback.format_tb(trace, limit=-60)]
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}: {_text(error)}\n")
    text = _SHIPPED_FILE.sub(r'\1"', "".join(lines))
    # Of a long chain of causes the end is what was raised.
    return text if len(text) <= _MAX_TEXT else f"...\n{text[-_MAX_TEXT:]}"


def _own_way(error: BaseException) -> bytes | None:
    """What the class itself says how it is pickled, if it says anything."""
    if odd.exception(error) is not None:
        return None
    try:
        return _bytes(tuple(error.__reduce_ex__(4)))
    except Exception:
        return None


def _bytes(obj: Any) -> bytes | None:
    from hypernodes.shipping.payload import dumps_light

    try:
        return dumps_light(obj)
    except Exception:
        return None


def _part(value: Any) -> bytes | str:
    data = _bytes(value)
    return preview(value) if data is None else data


def unpack(packed: Packed) -> BaseException:
    """The exception that ``pack`` took apart, or a stand-in for it."""
    name, message, text, notes, own, kind, args, state, cause, context, suppress, members = packed
    made = _made(own, kind, args, state, members)
    if made is None:
        made = _stand_in(name, message, members)
    # Past what the class says to being written to, as the interpreter itself does it.
    write = functools.partial(object.__setattr__, made)
    reason = unpack(cause) if cause is not None else None
    write("__cause__", reason)
    before = unpack(context) if context is not None else reason
    if before is not None:
        write("__context__", before)
    write("__suppress_context__", suppress)
    if text and not any(note.startswith(_NOTE) for note in notes):
        notes = [*notes, _NOTE + text.rstrip()]
    if notes:
        write("__notes__", [*notes])
    return made


def _made(
    own: bytes | None,
    kind: bytes | None,
    args: list[Any],
    state: dict[str, Any],
    members: list[Packed] | None,
) -> BaseException | None:
    from hypernodes.shipping.payload import loads

    try:
        if own is not None:
            function, arguments, *rest = loads(own)
            made: BaseException = function(*arguments)
            if rest and rest[0] is not None:
                made.__setstate__(rest[0])
        else:
            values = [loads(part) if isinstance(part, bytes) else part for part in args]
            if members is not None:
                values.append([unpack(member) for member in members])
            made = odd.make_exception(loads(kind or b""), tuple(values))
        own_state: dict[str, Any] = object.__getattribute__(made, "__dict__")
        for name, part in state.items():
            own_state.setdefault(name, loads(part) if isinstance(part, bytes) else part)
    except Exception:
        return None
    return made


def _stand_in(name: str, message: str, members: list[Packed] | None) -> BaseException:
    if not members:
        return RemoteError(name, message)
    inner = [unpack(member) for member in members]
    return BaseExceptionGroup(f"{name}: {message}", inner)
