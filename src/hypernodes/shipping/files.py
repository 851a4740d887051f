"""Data files that travel along: code that opens them relative to ``__file__`` finds them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

from hypernodes.errors import ShippingError


def read(names: Iterable[str], modules: Iterable[str]) -> dict[str, bytes]:
    """The content of files and folders, by absolute path.

    Relative names are looked for beside the modules that travel, then in the working folder.
    """
    folders = [*dict.fromkeys(Path(file).resolve().parent for file in modules), Path.cwd()]
    found: dict[str, bytes] = {}
    for name in names:
        places = [folder / name for folder in folders]
        place = next((place for place in places if place.exists()), None)
        if place is None:
            raise ShippingError(
                f"ship(files=...): there is no {name!r} in {', '.join(map(str, folders))}",
                hint="give its path relative to the script, or an absolute one",
                path=name,
            )
        inner = sorted(place.rglob("*")) if place.is_dir() else [place]
        found.update({str(file.resolve()): file.read_bytes() for file in inner if file.is_file()})
    return found


class Unpacked:
    """Files of a payload, laid out under a temporary folder as they lie at home."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="hypernodes-"))
        atexit.register(shutil.rmtree, self._root, ignore_errors=True)
        for name, content in contents.items():
            target = self.place(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def place(self, name: str) -> Path:
        """Where a path of home is here."""
        path = PurePath(name)
        return self._root.joinpath(*path.parts[1:] if path.anchor else path.parts)

    def moved(self, value: Any) -> Any:
        """A path computed at home, moved here if a shipped file lies at it or below it."""
        if isinstance(value, str | PurePath) and PurePath(value).is_absolute():
            place = self.place(str(value))
            if place.exists():
                return str(place) if isinstance(value, str) else type(value)(place)
        return value
