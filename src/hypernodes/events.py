"""What happened: small typed events, the same from every engine.

A run or a map opens a tree: a map has items, an item or a run has nodes and nested
pipelines, a nested pipeline has nodes or items again. Everything opened is closed by
exactly one of End, Cached or Error of its kind. A listener is any callable that takes an
event.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_counter = itertools.count(1)


def new_id() -> str:
    """An id that no other event of this run has, whichever process made it."""
    return f"{os.getpid():x}-{next(_counter):x}"


def this_worker() -> str:
    """Where something happened: process and thread."""
    return f"{os.getpid()}/{threading.get_native_id()}"


now = time.time


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened.

    `id` is that of the run, map, item, node call or nested pipeline that it happened to,
    `parent` the id of what that belongs to (None for the outermost), `name` its name,
    `path` the names of the pipelines around it, `index` the number of the item it is or
    belongs to, `time` in seconds since the epoch, `worker` the process and thread.
    """

    id: str
    parent: str | None
    name: str
    path: tuple[str, ...]
    index: int | None
    time: float
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Event):
    """It began. `inputs` are live values in this process, previews from another one."""

    inputs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Event):
    """It ended well, after `duration` seconds."""

    duration: float
    outputs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Event):
    """It ended with an exception, after `duration` seconds."""

    duration: float
    error: BaseException


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached(Event):
    """It did not run: its outputs came from the cache, under `signature`."""

    signature: str


class RunStart(Start):
    """A run began; `name` is the pipeline's."""

    __slots__ = ()


class RunEnd(End):
    __slots__ = ()


class RunError(Error):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStart(Start):
    """A map began, over `total` items (None: not known yet)."""

    total: int | None = None


class MapEnd(End):
    __slots__ = ()


class MapError(Error):
    __slots__ = ()


class ItemStart(Start):
    """An item of a map began."""

    __slots__ = ()


class ItemEnd(End):
    __slots__ = ()


class ItemError(Error):
    __slots__ = ()


class ItemCached(Cached):
    __slots__ = ()


class PipelineStart(Start):
    """A nested pipeline began."""

    __slots__ = ()


class PipelineEnd(End):
    __slots__ = ()


class PipelineError(Error):
    __slots__ = ()


class PipelineCached(Cached):
    __slots__ = ()


class NodeStart(Start):
    """A node was called; for a batch call `count` items at once."""

    __slots__ = ()


class NodeEnd(End):
    __slots__ = ()


class NodeError(Error):
    __slots__ = ()


class NodeCached(Cached):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRetry(Event):
    """A call failed and is made again; `tries` were made so far."""

    error: BaseException
    tries: int
