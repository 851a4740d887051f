"""What several tests of the core look at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from traceback import FrameSummary
from typing import Any

import hypernodes
from hypernodes import node

HOME = str(Path(hypernodes.__file__).parent)


def note_of(error: BaseException) -> str:
    """Our one note on an exception."""
    (note,) = [note for note in error.__notes__ if note.startswith("hypernodes: ")]
    return note


def our_lines(frames: Iterable[FrameSummary]) -> list[FrameSummary]:
    """The lines of a traceback that stand in the library's own files."""
    return [frame for frame in frames if frame.filename.startswith(HOME)]


# A lambda has no types that a node could keep.
untyped_node: Any = node
