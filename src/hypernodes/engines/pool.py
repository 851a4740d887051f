"""WorkerPool: a `concurrent.futures.Executor` of bare processes that never import main.

One thread here stands for each process there: it takes a job, asks its process and waits.
So the process does nothing but the user's work, and a process that dies takes only its own
job with it. Threads and processes start when there is work for them, and stay.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from hypernodes.engines import worker
from hypernodes.engines.process import WorkerDiedError, WorkerProcess, outcome
from hypernodes.errors import EngineError

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE = 3.0  # seconds for all workers together at the end of the interpreter


@dataclass(slots=True, eq=False)
class _Job:
    """A call on its way; `follow` may answer a result with a further call on that worker."""

    future: Future[Any]
    data: bytes
    name: str
    follow: Callable[[Any], bytes | None] | None
    again: Callable[[str], bool] | None
    pool: Any  # stays alive while somebody may wait for the future
    worker: WorkerProcess | None = None
    killed: bool = False


@dataclass(eq=False)
class _Desk:
    """What a pool and its threads share. It does not know the pool, which may be dropped."""

    size: int
    changed: threading.Condition = field(default_factory=threading.Condition)
    queue: deque[_Job] = field(default_factory=deque)
    running: dict[Future[Any], _Job] = field(default_factory=dict)
    threads: list[threading.Thread] = field(default_factory=list)
    idle: int = 0
    closed: bool = False

    def put(self, job: _Job) -> None:
        with self.changed:
            if self.closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self.queue.append(job)
            if len(self.queue) <= self.idle or len(self.threads) >= self.size:
                self.changed.notify()
                return
            thread = threading.Thread(
                target=_serve, args=(self,), name="hypernodes-worker", daemon=True
            )
            self.threads.append(thread)
            thread.start()

    def take(self) -> _Job | None:
        """The next job that nobody cancelled; None when the pool is closed."""
        with self.changed:
            self.idle += 1
            try:
                while True:
                    while self.queue:
                        job = self.queue.popleft()
                        if job.future.set_running_or_notify_cancel():
                            self.running[job.future] = job
                            return job
                    if self.closed:
                        return None
                    self.changed.wait()
            finally:
                self.idle -= 1

    def close(self, *, cancel: bool, kill: bool) -> None:
        with self.changed:
            self.closed = True
            if cancel:
                for job in self.queue:
                    job.future.cancel()
            if kill:
                for job in self.running.values():
                    self.kill(job.future)
            self.changed.notify_all()

    def kill(self, future: Future[Any]) -> None:
        with self.changed:
            job = self.running.get(future)
            if job is not None:
                job.killed = True
                if job.worker is not None:
                    job.worker.kill()

    def done(self, job: _Job) -> None:
        with self.changed:
            self.running.pop(job.future, None)

    def join(self, seconds: float | None = None) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        for thread in self.threads:
            if thread is not threading.current_thread():
                thread.join(None if end is None else max(0.0, end - time.monotonic()))

    def forget(self) -> None:
        """In a copy of this process made by fork: threads and workers stayed behind."""
        self.changed = threading.Condition()
        self.queue = deque()
        self.running = {}
        self.threads = []
        self.idle = 0


class WorkerPool(Executor):
    """Runs calls in processes of its own, which start when needed and keep running.

    They are bare interpreters: a script needs no ``if __name__ == "__main__"``, and code
    that is not installed travels. A call that kills its process raises `EngineError`; other
    calls go on, and a fresh process takes the place. No process outlives this one.

    >>> from hypernodes.engines.pool import WorkerPool
    >>> with WorkerPool(1) as pool:
    ...     pool.submit(lambda x: x * x, 7).result()
    49
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        self.workers = workers or cpu_count()
        self._desk = _Desk(self.workers)
        _desks.add(self._desk)
        self._end = weakref.finalize(self, self._desk.close, cancel=True, kill=True)
        self._end.atexit = False  # `_at_exit` also waits

    def __repr__(self) -> str:
        return f"WorkerPool({self.workers})"

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule a call; `ShippingError` when the function or its arguments cannot travel."""
        name = getattr(fn, "__qualname__", repr(fn))
        return self.send(worker.pack(fn, *args, **kwargs), name)

    def send(
        self,
        data: bytes,
        name: str,
        follow: Callable[[Any], bytes | None] | None = None,
        again: Callable[[str], bool] | None = None,
    ) -> Future[Any]:
        """Schedule a packed call.

        `follow` sees its result first, in a thread of the pool: it may return a further
        packed call for the same process, whose result then counts. `again` says whether to
        make the call again when the node of this name has overrun its timeout.
        """
        future: Future[Any] = Future()
        self._desk.put(_Job(future, data, name, follow, again, self))
        return future

    def kill(self, future: Future[Any]) -> None:
        """Stop a call: not started, it is cancelled; running, it is ended with its process."""
        if not future.cancel():
            self._desk.kill(future)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when the scheduled calls are done."""
        self._desk.close(cancel=cancel_futures, kill=False)
        if wait:
            self._desk.join()


def cpu_count() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _serve(desk: _Desk) -> None:
    """The life of one thread: job after job, with a process that works."""
    process: WorkerProcess | None = None
    while (job := desk.take()) is not None:
        try:
            process = _do(desk, job, process)
        finally:
            desk.done(job)
        del job  # an idle thread holds on to nothing
    if process is not None:
        process.end()


def _do(desk: _Desk, job: _Job, process: WorkerProcess | None) -> WorkerProcess | None:
    """Do one job; returns the process for the next one."""
    data: bytes | None = job.data
    job.data = b""
    fresh = True
    try:
        while data is not None:
            process = _working(process)
            with desk.changed:
                job.worker = process
                if job.killed:
                    raise _stopped(job)
            try:
                good, reply = process.ask(data)
            except WorkerDiedError as died:
                process = None
                if died.overrun is not None and job.again and job.again(died.overrun[0]):
                    continue
                if fresh and not died.started and not job.killed:
                    fresh = False  # it was dead before it knew of the call
                    continue
                raise _told(died, job) from None
            result = worker.unpack(reply)
            if not good:
                raise result
            data = job.follow(result) if job.follow is not None else None
    except BaseException as error:
        job.future.set_exception(error)
        del error
    else:
        job.future.set_result(result)
    finally:
        job.worker = job.pool = job.follow = job.again = None
    return process


def _working(process: WorkerProcess | None) -> WorkerProcess:
    if process is not None and not process.alive:
        process.end()
        process = None
    return process or WorkerProcess()


def _stopped(job: _Job) -> EngineError:
    return EngineError(f"{job.name} was stopped with its worker process", task=job.name)


def _told(died: WorkerDiedError, job: _Job) -> BaseException:
    if job.killed:
        return _stopped(job)
    if died.overrun is not None:
        node, seconds = died.overrun
        return TimeoutError(f"node {node!r} ran longer than its timeout of {seconds:g} s")
    return EngineError(
        f"a worker process {outcome(died.code)} while it ran {job.name}",
        hint="a crash in native code, os._exit, or the system was short of memory",
        task=job.name,
        exit_code=died.code,
    )


_desks: weakref.WeakSet[_Desk] = weakref.WeakSet()


@atexit.register
def _at_exit() -> None:
    end = time.monotonic() + _PATIENCE
    desks = list(_desks)
    for desk in desks:
        desk.close(cancel=True, kill=True)
    for desk in desks:
        desk.join(max(0.0, end - time.monotonic()))


def _forget_all() -> None:
    for desk in list(_desks):
        desk.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
