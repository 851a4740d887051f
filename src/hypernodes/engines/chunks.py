"""Chunks of a map for other processes: what is sent, what is done there, what comes back.

Nothing here knows how bytes travel. Home has a `Job` for each map; a worker has `work`.
A task holds its own rows and only names the rest by content: the code, and the plan with
the constants. A worker that lacks these says so, once, and gets them with the same task.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypernodes.context import Context
from hypernodes.engines.base import run_once, run_rows
from hypernodes.engines.remote_events import FarScope, Recorder, sent, tell
from hypernodes.failures import trim
from hypernodes.plan import Plan
from hypernodes.shipping.payload import Payload, dumps_light
from hypernodes.shipping.shipment import Shipment

_KEPT = 8  # plans with their constants, and versions of code, that a worker remembers


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk on its way: only bytes and numbers, so any pickler carries it.

    `brought` has, by digest, what a worker said it lacks.
    """

    code: str
    job: str
    rows: bytes
    start: int
    count: int
    brought: Mapping[str, bytes] = field(default_factory=dict)
    scope: FarScope | None = None  # where somebody at home listens


@dataclass(frozen=True, slots=True)
class Need:
    """The answer of a worker that lacks what these digests name."""

    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The rows of a chunk, packed, and how many seconds all of it took there."""

    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The packed exception that ended a chunk."""

    error: bytes


# At home


class Job:
    """One map (or, without names, one run) as other processes need it.

    Raises `ShippingError` when something cannot travel.
    """

    def __init__(
        self, plan: Plan, names: tuple[str, ...] | None, values: Mapping[str, Any], ctx: Context
    ) -> None:
        self._shipment = Shipment(ctx.policy)
        needed = {name: values[name] for name in plan.inputs if name in values}
        self._ctx = ctx
        here, self._scope = sent(ctx)
        blob = self._shipment.add((plan, names, needed, here))
        self._blobs: dict[str, bytes] = {}
        self._code = ""
        self._pack_code()
        # The blob says what it is only together with the code that it refers to.
        hasher = hashlib.blake2b(self._code.encode(), digest_size=16)
        hasher.update(blob)
        self._digest = hasher.hexdigest()
        self._blobs[self._digest] = blob

    def _pack_code(self) -> None:
        payload = self._shipment.code()
        if payload.digest != self._code:
            # Tasks under way may still name the code as it was before.
            self._code = payload.digest
            self._blobs[payload.digest] = payload.data

    def task(self, rows: Sequence[Any], start: int) -> Task:
        """The task of some rows; `ShippingError` when one of them cannot travel."""
        blob = self._shipment.add(rows)
        self._pack_code()
        return Task(self._code, self._digest, blob, start, len(rows), scope=self._scope)

    def bring(self, task: Task, need: Need) -> Task:
        """The same task with what a worker lacks."""
        return replace(task, brought={digest: self._blobs[digest] for digest in need.digests})

    def opened(self, answer: Done | Failed) -> Any:
        """What a worker packed; the exception of a failed chunk is raised."""
        data = answer.error if isinstance(answer, Failed) else answer.data
        made, told = self._shipment.loads(data)
        tell(self._ctx, told)
        if isinstance(answer, Failed):
            error: BaseException = made
            raise error
        return made


# On a worker

_lock = threading.RLock()
_sessions: OrderedDict[str, Any] = OrderedDict()
_jobs: OrderedDict[str, Any] = OrderedDict()


def work(task: Task) -> Need | Done | Failed:
    """Do a task here."""
    began = time.perf_counter()
    recorder: Recorder | None = None
    try:
        with _lock:
            if task.code in task.brought:
                # Kept even if the job is lacking too: the next try may bring only that.
                _kept(_sessions, task.code, lambda: _session(task))
    except BaseException as error:
        return Failed(dumps_light((error, None)))
    with _lock:
        missing = tuple(
            digest
            for digest, known in ((task.code, _sessions), (task.job, _jobs))
            if digest not in known and digest not in task.brought
        )
        if missing:
            return Need(missing)
    try:
        with _lock:
            session = _kept(_sessions, task.code, lambda: _session(task))
            job = _kept(_jobs, task.job, lambda: session.loads(task.brought[task.job]))
        recorder = Recorder(task.scope, job[3])
        data = _work(session, job, task, recorder)
    except BaseException as error:
        trim(error)
        told = None
        if recorder is not None:
            recorder.failed(error)
            told = recorder.told(dumps_light)
        return Failed(dumps_light((error, told)))
    return Done(data, time.perf_counter() - began)


def _session(task: Task) -> Any:
    return Payload(task.brought[task.code], task.code).load()


def _kept(known: OrderedDict[str, Any], digest: str, make: Any) -> Any:
    if digest not in known:
        known[digest] = make()
        while len(known) > _KEPT:
            known.popitem(last=False)
    known.move_to_end(digest)
    return known[digest]


def _work(session: Any, job: tuple[Any, ...], task: Task, recorder: Recorder) -> bytes:
    plan, names, values, _ = job
    ctx = recorder.ctx
    rows = session.loads(task.rows)
    if names is None:
        made = run_once(plan, values, ctx)
        packed: bytes = session.dumps((made, recorder.told(session.dumps)))
        return packed
    indices = range(task.start, task.start + task.count)
    columns, errors = run_rows(plan, names, rows, values, ctx, indices)
    told = recorder.told(session.dumps)
    try:
        packed = session.dumps(((columns, errors), told))
    except Exception:
        # Which row is it? The others are fine.
        for position, index in enumerate(indices):
            try:
                session.dumps([column[position] for column in columns])
            except Exception as error:
                error.add_note(f"hypernodes: an output of {plan.name!r}, item {index}")
                if ctx.on_error == "raise":
                    raise
                errors[index] = error
                columns = tuple([*c[:position], None, *c[position + 1 :]] for c in columns)
        packed = session.dumps(((columns, errors), told))
    return packed
