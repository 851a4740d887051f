"""How wide a text is, and how to write it where markup is read."""

from __future__ import annotations

import html
import re
import unicodedata

# Advance widths of Helvetica Bold (and Arial Bold) for " " to "~", in thousandths of the size.
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 "
    "556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 "
    "280 389 584"
)
_BOLD_WIDTHS = tuple(int(n) / 1000 for n in _BOLD.split())
_MONO_WIDTH = 0.602  # Menlo, DejaVu Sans Mono, Liberation Mono; Consolas is narrower
_ASCII_FROM = 32

# Not allowed in XML, or able to reorder the text around them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    r"""The text without characters that no document may hold.

    >>> clean("a\x00b") == "a\ufffdb"
    True
    """
    return _UNSAFE.sub("\ufffd", text)


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """The text as content or attribute of HTML, SVG and XML.

    >>> escape('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    return html.escape(clean(text), quote=True)


def elide(text: str, limit: int) -> str:
    """At most `limit` characters: what is too long loses its middle.

    >>> elide("dict[str, list[float]]", 12)
    'dict[st…at]]'
    """
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"


def width(text: str, size: float, *, mono: bool = False) -> float:
    """The width of a text at this font size, in pixels.

    >>> width("iii", 10) < width("mmm", 10), width("iii", 10, mono=True)
    (True, 18.06)
    """
    total = 0.0
    for char in text:
        index = ord(char) - _ASCII_FROM
        if 0 <= index < len(_BOLD_WIDTHS):
            total += _MONO_WIDTH if mono else _BOLD_WIDTHS[index]
        elif unicodedata.combining(char):
            continue
        elif unicodedata.east_asian_width(char) in "WF":
            total += 1.1
        else:
            total += 0.75
    return round(total * size, 2)
