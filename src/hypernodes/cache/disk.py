"""DiskCache: entries in a folder, for any number of processes at once.

A SQLite index (WAL) holds entries and small values; large values are files named by the
digest of their bytes. What is damaged is set aside and made again.
"""

from __future__ import annotations

import atexit
import hmac
import json
import marshal
import os
import sqlite3
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypernodes.cache.hashing import digest
from hypernodes.cache.index import Index
from hypernodes.cache.session import Cache
from hypernodes.cache.store import Entry, Output

FORMAT = 1
_HELD = 2000  # entries, at most, that wait to be written
_WAIT = 0.1  # seconds, at most, that they wait
_SECOND = 1_000_000  # times are in microseconds
_SMALL, _REMEMBERED = 2000, 10_000
_FRESH = 60  # seconds within which a use is not noted again


class DiskCache(Cache):
    """A cache in a folder, shared by runs, processes and engines.

    `max_size` (bytes) drops what was not used for longest, `max_age` (seconds) what was not
    used for that long. With a `key` (or the environment's HYPERNODES_KEY) entries are
    signed, and others are refused before anything is unpickled; without one, use only
    folders that you trust. What fails (a full disk, a damaged file) warns, and the run goes
    on. Raises `CacheError` where `path` is a file.

    >>> import tempfile
    >>> from hypernodes import Pipeline, SeqEngine, node
    >>> @node(output_name="y")
    ... def double(x: int) -> int:
    ...     print("doubling")
    ...     return 2 * x
    >>> folder = tempfile.TemporaryDirectory()
    >>> pipeline = Pipeline([double], engine=SeqEngine(cache=DiskCache(folder.name)))
    >>> pipeline.run({"x": 4}), pipeline.run({"x": 4})
    doubling
    ({'y': 8}, {'y': 8})
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        max_size: int | None = None,
        max_age: float | None = None,
        key: bytes | str | None = None,
    ) -> None:
        from hypernodes.errors import CacheError

        secret = key if key is not None else os.environ.get("HYPERNODES_KEY") or None
        self.path = Path(path).expanduser().absolute()
        if self.path.exists() and not self.path.is_dir():
            raise CacheError(f"{self.path} is no folder", hint="give the cache a folder", path=path)
        self.max_size = max_size
        self.max_age = max_age
        self.key = secret.encode() if isinstance(secret, str) else secret
        self._folder = self.path / f"v{FORMAT}"
        self._lock = threading.RLock()
        self._start()
        _all.add(self)

    def _start(self) -> None:
        self._pid = os.getpid()
        self._index = Index(self.path, self._folder, self._warn)
        self._held: dict[bytes, Entry] = {}
        self._used: set[bytes] = set()
        self._learned: dict[bytes, Callable[[], dict[str, str]] | None] = {}
        self._timer: threading.Timer | None = None
        self._since = 0.0
        self._recent: dict[bytes, Entry] = {}  # small entries, as read or written last

    def __repr__(self) -> str:
        return f"DiskCache({str(self.path)!r})"

    def __reduce__(self) -> Any:
        return DiskCache, (str(self.path), self.max_size, self.max_age, self.key)

    # -- the store

    def get(self, key: bytes) -> Entry | None:
        held = self._held.get(key) or self._recent.get(key)
        if held is not None:
            return held
        row = self._ask("SELECT record, used FROM entries WHERE key = ?", (key,))
        if not row:
            return None
        record, used = row[0]
        now = _now()
        if self.max_age is not None and now - used > self.max_age * _SECOND:
            return None
        entry = self._opened(key, record)
        if entry is None:
            self._set_aside(key, f"an entry of {self.path} is damaged or not signed")
        elif now - used > _FRESH * _SECOND and (
            self.max_size is not None or self.max_age is not None
        ):
            self._used.add(key)
            self._later()
        elif any(o.place and not self._file(o.place).exists() for o in entry.outputs):
            self._set_aside(key, f"a file of {self.path} is gone")
            return None
        elif len(record) < _SMALL and self.max_age is None and self.max_size is None:
            self._remember(key, entry)
        return entry

    def _remember(self, key: bytes, entry: Entry) -> None:
        if len(self._recent) >= _REMEMBERED:
            self._recent = {}
        self._recent[key] = entry

    def read(self, key: bytes, output: Output) -> bytes | None:
        file = self._file(output.place)
        try:
            data = file.read_bytes()
        except OSError:
            data = b""
        if digest(data) == output.place:
            return data
        self._set_aside(key, f"{file.name} in {self.path} is damaged")
        try:
            (self._folder / "damaged").mkdir(exist_ok=True)
            file.replace(self._folder / "damaged" / file.name)
        except OSError:
            pass
        return None

    def put(self, key: bytes, entry: Entry, blobs: dict[bytes, bytes]) -> None:
        self._check_process()
        if not self._index.usable():
            return
        try:
            for place, data in blobs.items():
                self._write(place, data)
        except OSError as error:
            self._warn(f"the cache {self.path} cannot be written: {error}")
            return
        with self._lock:
            self._held[key] = entry
            now = time.monotonic()
            if len(self._held) == 1:
                self._since = now
            # Written here, not by the timer, while there is work: two busy threads would
            # take turns at every row.
            if len(self._held) >= _HELD or now - self._since > _WAIT:
                self.flush()
            else:
                self._later()

    def learn(self, code: bytes, name: str, parts: Callable[[], dict[str, str]]) -> None:
        """Note what a node's code is made of, if it is new."""
        if code not in self._learned:
            known = self._ask("SELECT 1 FROM parts WHERE code = ?", (code,))
            self._learned[code] = None if known else parts

    def flush(self) -> None:
        """Write down what is held back."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            held, used = dict(self._held), list(self._used)
            learned = {code: parts for code, parts in self._learned.items() if parts is not None}
            if not held and not used:
                return
            try:
                made = [(code, json.dumps(parts())) for code, parts in learned.items()]
            except Exception:
                made = []  # only explanations are lost
            now = _now()
            rows = []
            for key, entry in held.items():
                record = self._sealed(key, entry)
                rows.append((key, entry.node, record, self._size(entry, record), now))
            places = [(o.place, key) for key, e in held.items() for o in e.outputs if o.place]

            def work(db: sqlite3.Connection) -> None:
                db.execute("BEGIN IMMEDIATE")
                db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", rows)
                db.executemany("INSERT OR IGNORE INTO blobs VALUES (?, ?)", places)
                db.executemany("INSERT OR IGNORE INTO parts VALUES (?, ?)", made)
                if used:
                    db.executemany(
                        "UPDATE entries SET used = ? WHERE key = ?", [(now, key) for key in used]
                    )
                grown = sum(row[3] for row in rows)
                db.execute("UPDATE total SET size = size + ?", (grown,))
                db.execute("COMMIT")

            if self._index.write(work):
                if self.max_age is None and self.max_size is None:
                    for row in rows:
                        if len(row[2]) < _SMALL:
                            self._remember(row[0], held[row[0]])
                self._learned.update(dict.fromkeys(learned))
            self._held.clear()
            self._used.clear()
            if self.max_size is not None and held:
                total = self._ask("SELECT size FROM total", ())
                if total and total[0][0] > self.max_size:
                    self.prune()

    # -- to see and tend it

    def info(self) -> dict[str, Any]:
        """Number of entries, their size in bytes, and entries by node."""
        self.flush()
        count = self._ask("SELECT count(*), coalesce(sum(size), 0) FROM entries", ())
        nodes = self._ask("SELECT node, count(*) FROM entries WHERE node <> '' GROUP BY node", ())
        entries, size = count[0] if count else (0, 0)
        return {"path": str(self.path), "entries": entries, "size": size, "nodes": dict(nodes)}

    def entries(self, node: str | None = None) -> list[Entry]:
        """The entries, of one node or of all."""
        self.flush()
        rows = self._ask("SELECT key, record FROM entries WHERE node <> ''", ())
        found = (self._opened(key, record) for key, record in rows)
        return [e for e in found if e is not None and _is(e.node, node)]

    def nearest(self, node: str) -> Iterator[Entry]:
        """Entries of a node, the newest first."""
        self.flush()
        rows = self._ask(
            "SELECT key, record FROM entries WHERE node = ? AND node <> '' "
            "ORDER BY used DESC LIMIT 500",
            (node,),
        )
        found = (self._opened(key, record) for key, record in rows)
        return (entry for entry in found if entry is not None)

    def parts(self, code: bytes) -> dict[str, str]:
        """What a node's code was made of."""
        row = self._ask("SELECT made FROM parts WHERE code = ?", (code,))
        found: dict[str, str] = json.loads(row[0][0]) if row else {}
        return found

    def prune(self, max_size: int | None = None, max_age: float | None = None) -> int:
        """Drop what is too old or, oldest use first, too much; returns how many entries."""
        self.flush()
        size = max_size if max_size is not None else self.max_size
        age = max_age if max_age is not None else self.max_age
        gone: list[bytes] = []
        if age is not None:
            old = _now() - int(age * _SECOND)
            gone += [k for (k,) in self._ask("SELECT key FROM entries WHERE used < ?", (old,))]
        if size is not None:
            rows = self._ask("SELECT key, size FROM entries ORDER BY used", ())
            total = sum(row[1] for row in rows)
            for key, each in rows:
                if total <= size * 0.9:
                    break
                gone.append(key)
                total -= each
        return self._drop(list(dict.fromkeys(gone)))

    def clear(self, node: str | None = None) -> int:
        """Forget the entries of one node, or all; returns how many."""
        self.flush()
        rows = self._ask("SELECT key, node FROM entries", ())
        # What stands for a whole item of a map may hold outputs of that node.
        return self._drop([key for key, name in rows if not name or _is(name, node)])

    def close(self) -> None:
        """Write everything down and let go of the folder; a later use opens it again."""
        self.flush()
        self._index.close()

    # -- files

    def _file(self, place: bytes) -> Path:
        name = place.hex()
        return self._folder / "blobs" / name[:2] / name

    def _write(self, place: bytes, data: bytes) -> None:
        file = self._file(place)
        if file.exists() and file.stat().st_size == len(data):
            return
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}.part")
        try:
            part.write_bytes(data)
            part.replace(file)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    # -- records

    def _seal(self, key: bytes, body: bytes) -> bytes:
        if self.key is None:
            return digest(key, body)
        return hmac.digest(self.key, key + body, "sha256")

    def _sealed(self, key: bytes, entry: Entry) -> bytes:
        outputs = tuple([o[:3] for o in entry.outputs])
        body = marshal.dumps((entry.code, entry.inputs, outputs, entry.seconds, entry.node))
        return self._seal(key, body) + body

    def _opened(self, key: bytes, record: bytes) -> Entry | None:
        size = 16 if self.key is None else 32
        seal, body = record[:size], record[size:]
        if not hmac.compare_digest(seal, self._seal(key, body)):
            return None
        code, inputs, outputs, seconds, node = marshal.loads(body)  # noqa: S302 - sealed by us
        return Entry(node, code, inputs, tuple(Output(*o) for o in outputs), seconds)

    def _size(self, entry: Entry, record: bytes) -> int:
        size = len(record) + 100
        for output in entry.outputs:
            if output.place:
                try:
                    size += self._file(output.place).stat().st_size
                except OSError:
                    continue
        return size

    # -- the index

    def _check_process(self) -> None:
        if self._pid != os.getpid():  # forked: what the parent holds is the parent's to write
            _of_parents.append(self._index)
            self._lock = threading.RLock()
            self._start()

    def _ask(self, text: str, values: tuple[Any, ...]) -> list[Any]:
        self._check_process()
        return self._index.query(text, values)

    def _drop(self, gone: list[bytes]) -> int:
        if not gone:
            return 0
        self._recent = {}
        places: set[bytes] = set()

        def work(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            for key in gone:
                row = db.execute("SELECT record FROM entries WHERE key = ?", (key,)).fetchone()
                if row is None:
                    continue
                entry = self._opened(key, row[0])
                db.execute("DELETE FROM entries WHERE key = ?", (key,))
                for output in entry.outputs if entry is not None else ():
                    if output.place:
                        places.add(output.place)
                        found = (output.place, key)
                        db.execute("DELETE FROM blobs WHERE place = ? AND key = ?", found)
            db.execute("UPDATE total SET size = (SELECT coalesce(sum(size), 0) FROM entries)")
            db.execute("COMMIT")

        with self._lock:
            if not self._index.write(work):
                return 0
        for place in places:
            if not self._ask("SELECT 1 FROM blobs WHERE place = ? LIMIT 1", (place,)):
                self._file(place).unlink(missing_ok=True)
        return len(gone)

    def _set_aside(self, key: bytes, reason: str) -> None:
        with self._lock:
            self._held.pop(key, None)
            self._recent.pop(key, None)
            self._index.write(lambda db: _delete(db, key))
        self._warn(f"{reason}; it is made again")

    def _later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(2 * _WAIT, _flush, (weakref.ref(self),))
            self._timer.daemon = True
            self._timer.start()

    def _warn(self, text: str) -> None:
        said = self.__dict__.setdefault("_said", set())
        if text not in said:
            said.add(text)
            warnings.warn(text, stacklevel=2)


_all: weakref.WeakSet[DiskCache] = weakref.WeakSet()
_of_parents: list[Index] = []  # a forked child may not close its parent's connections


def _now() -> int:
    return time.time_ns() // 1000


def _delete(db: sqlite3.Connection, key: bytes) -> None:
    db.execute("DELETE FROM entries WHERE key = ?", (key,))


def _flush(reference: weakref.ref[DiskCache]) -> None:
    cache = reference()
    if cache is not None:
        cache.flush()


def _flush_all() -> None:
    for cache in list(_all):
        if cache._pid == os.getpid():
            cache.flush()


def _is(name: str, wanted: str | None) -> bool:
    return wanted is None or name == wanted or name.rpartition(".")[2] == wanted


atexit.register(_flush_all)
