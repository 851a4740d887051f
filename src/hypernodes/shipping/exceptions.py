"""Exceptions on their way home: nothing in them can stop them from arriving.

What cannot travel of an exception is replaced by its ``repr``; where its class cannot be
had at home, a stand-in keeps its name, message and traceback.
"""

from __future__ import annotations

import re
import traceback
from typing import Any

from hypernodes.errors import preview
from hypernodes.shipping import odd

_MAX_TEXT = 40_000
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
    return _pack(error, {})


def _pack(error: BaseException, seen: dict[int, BaseException]) -> Packed:
    first = not seen
    seen[id(error)] = error
    kind = type(error)
    links = [
        _pack(linked, seen) if linked is not None and id(linked) not in seen else None
        for linked in (error.__cause__, error.__context__)
    ]
    members = None
    if isinstance(error, BaseExceptionGroup):
        members = [_pack(member, seen) for member in error.exceptions if id(member) not in seen]
    return (
        f"{kind.__module__}.{kind.__qualname__}",
        _text(error),
        traceback_text(error) if first else "",
        [str(note) for note in getattr(error, "__notes__", ())],
        _own_way(error) if members is None else None,
        _bytes(kind),
        [_part(value) for value in (arguments(error) if members is None else error.args[:1])],
        {name: _part(value) for name, value in error.__dict__.items() if name != "__notes__"},
        *links,
        error.__suppress_context__,
        members,
    )


def arguments(error: BaseException) -> tuple[Any, ...]:
    """The arguments that make this exception again (an OSError has more than its ``args``)."""
    reduced = odd.exception(error)
    return error.args if reduced is None else reduced[1][1]


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:
        return f"<its str() raised {type(failure).__name__}>"


def traceback_text(error: BaseException) -> str:
    """The traceback as text, with the names that files have at home."""
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__, limit=-60)
    except Exception as failure:
        return f"<its traceback could not be formatted: {type(failure).__name__}>"
    text = _SHIPPED_FILE.sub(r'\1"', "".join(lines))
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}\n..."


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
    made.__cause__ = unpack(cause) if cause is not None else None
    if context is not None:
        made.__context__ = unpack(context)
    elif made.__cause__ is not None:
        made.__context__ = made.__cause__
    made.__suppress_context__ = suppress
    for note in notes:
        made.add_note(note)
    if text and not any(note.startswith(_NOTE) for note in notes):
        made.add_note(_NOTE + text.rstrip())
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
        for name, part in state.items():
            made.__dict__.setdefault(name, loads(part) if isinstance(part, bytes) else part)
    except Exception:
        return None
    return made


def _stand_in(name: str, message: str, members: list[Packed] | None) -> BaseException:
    if not members:
        return RemoteError(name, message)
    inner = [unpack(member) for member in members]
    return BaseExceptionGroup(f"{name}: {message}", inner)
