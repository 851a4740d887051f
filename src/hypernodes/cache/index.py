"""The SQLite index of a cache's folder; set aside and made anew when it is damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    key BLOB PRIMARY KEY, node TEXT, record BLOB, size INT, used INT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (place BLOB, key BLOB, PRIMARY KEY (place, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (code BLOB PRIMARY KEY, made TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS total (one INT PRIMARY KEY, size INT);
INSERT OR IGNORE INTO total VALUES (1, 0);
"""


class Index:
    """One connection for all threads of a process, opened when it is first needed."""

    def __init__(self, path: Path, folder: Path, warn: Callable[[str], None]) -> None:
        self._path = path
        self._folder = folder
        self._warn = warn
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._broken = False

    def usable(self) -> bool:
        """Whether it can be opened; if not, a warning has said why."""
        return self._connection() is not None

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _connection(self) -> sqlite3.Connection | None:
        if self._db is None and not self._broken:
            with self._lock:
                if self._db is None:
                    try:
                        self._db = self._open()
                    except (OSError, sqlite3.Error) as error:
                        self._broken = True
                        self._warn(f"the cache {self._path} cannot be used: {error}")
        return self._db

    def _open(self) -> sqlite3.Connection:
        self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.mkdir(exist_ok=True, mode=0o700)
        try:
            return self._opened_index()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._set_index_aside(error)
            return self._opened_index()

    def _opened_index(self) -> sqlite3.Connection:
        file = self._folder / "index.sqlite"
        db = sqlite3.connect(file, timeout=20, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA cache_size = -16000")
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'total'").fetchone():
                db.executescript(_SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _set_index_aside(self, error: Exception) -> None:
        aside = self._folder / f"damaged-{time.time_ns()}"
        aside.mkdir(mode=0o700)
        for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
            if (self._folder / name).exists():
                (self._folder / name).replace(aside / name)
        self._warn(f"the index of the cache {self._path} was damaged and is made anew: {error}")

    def query(self, text: str, values: tuple[Any, ...]) -> list[Any]:
        """The rows of a question; none where the index cannot be read."""
        for _ in range(2):
            db = self._connection()
            if db is None:
                return []
            try:
                with self._lock:
                    return db.execute(text, values).fetchall()
            except sqlite3.OperationalError as error:
                self._warn(f"the cache {self._path} cannot be read: {error}")
                return []
            except sqlite3.DatabaseError as error:
                self._start_anew(error)
        return []

    def write(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Do some work that commits itself; says whether it was done."""
        db = self._connection()
        if db is None:
            return False
        try:
            with self._lock:
                work(db)
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                self._warn(f"the cache {self._path} cannot be written: {error}")
            else:
                self._start_anew(error)
            return False
        return True

    def _start_anew(self, error: Exception) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None
            try:
                self._set_index_aside(error)
            except OSError:
                self._broken = True
