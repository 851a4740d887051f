"""What failed, where, with which inputs: read from the frames of compiled plans."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from hypernodes.compile import MARK, Program
from hypernodes.emit import Site
from hypernodes.errors import InputError
from hypernodes.errors import previews as previews_of
from hypernodes.node import Node


@dataclass(frozen=True, slots=True)
class Failure:
    """Where an exception left a plan.

    `path` names the pipelines around the node, `indices` the item of every map on the
    way, outermost first; `inputs` are the arguments of the call.
    """

    name: str
    node: Node[..., Any] | None  # None for a nested pipeline whose items did not fit
    path: tuple[str, ...]
    indices: tuple[int, ...]
    inputs: dict[str, Any]

    def again(self) -> Any:
        """Call the node's function with the same inputs."""
        if self.node is None:
            raise InputError(
                f"nested pipeline {self.name!r} failed before any of its nodes ran",
                hint="its inputs are in the note of the exception",
                node=self.name,
            )
        return self.node.call(self.inputs)


def failure_of(error: BaseException) -> Failure | None:
    """Where `error` left a plan that ran in this process; None if it did not."""
    path: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    last: tuple[FrameType, Site] | None = None
    for trace, program in _our_frames(error.__traceback__):
        frame = trace.tb_frame
        site = program.sites.get(trace.tb_lineno)
        if site is not None:
            path += site.path
            indices += tuple(len(frame.f_locals[counter]) for counter in site.counters)
            last = frame, site
    if last is None:
        return None
    frame, site = last
    local = frame.f_locals
    inputs = {name: local[slot] for name, slot in site.variables if slot in local}
    inputs |= {
        name: frame.f_globals[slot] for name, slot in site.variables if slot in frame.f_globals
    }
    inputs = {name: plain(value) for name, value in inputs.items()}
    return Failure(site.name, site.node, path, indices, inputs)


def plain(value: Any) -> Any:
    """The value of a ref (programs with a cache pass them around); others as they are."""
    if getattr(type(value), "__hypernodes_ref__", False):
        return value.value
    if type(value) is list and value and getattr(type(value[0]), "__hypernodes_ref__", False):
        return [plain(each) for each in value]
    return value


def annotate(error: BaseException, *, previews: bool, indices: Sequence[int] | None = None) -> None:
    """Add a note that tells node, pipeline path, item and inputs; once per place.

    `indices` are the numbers of the rows of this chunk within the whole map.
    """
    failure = failure_of(error)
    if failure is None:
        return
    items = list(failure.indices)
    if indices is not None and items and items[0] < len(indices):
        items[0] = indices[items[0]]
    if kept_failure(error) is None:
        with contextlib.suppress(Exception):  # an exception class may refuse attributes
            error.__hypernodes_failure__ = failure  # type: ignore[attr-defined]
    kind = "nested pipeline" if failure.node is None else "node"
    note = f"hypernodes: {kind} {failure.name!r} failed"
    note += f" in pipeline {' > '.join(repr(name) for name in failure.path)}"
    if items:
        note += f", item {' > item '.join(str(i) for i in items)}"
    if previews and failure.inputs:
        note += f"\n  inputs: {previews_of(failure.inputs)}"
    with contextlib.suppress(Exception):  # nor may a note of ours hide the exception
        if note not in getattr(error, "__notes__", ()):
            BaseException.add_note(error, note)


def kept_failure(error: BaseException) -> Failure | None:
    """What `annotate` found out when the exception left its plan."""
    # Not by getattr: the class may answer for attributes, and raise.
    found = object.__getattribute__(error, "__dict__").get("__hypernodes_failure__")
    return found if isinstance(found, Failure) else None


def stopped(error: BaseException) -> BaseException | None:
    """A node's StopIteration that a generator of an engine made a RuntimeError."""
    cause = error.__cause__
    if isinstance(error, RuntimeError) and isinstance(cause, StopIteration):
        # A RuntimeError that a node itself raised has a failure of its own.
        return cause if kept_failure(error) is None and kept_failure(cause) else None
    return None


def trim(error: BaseException) -> None:
    """Take the machinery between the caller's frame and the user's out of a traceback.

    To be called in an except clause before a bare raise. The caller's own line stays, so
    one line of ours is seen; where no frame of the user's is left (a builtin failed), the
    line of the compiled plan that called it stays as well.
    """
    head = error.__traceback__
    cut = _last_of_ours(head)
    if head is not None and cut is not None:
        rest = _users(cut) or cut
        trace = TracebackType(rest, head.tb_frame, head.tb_lasti, head.tb_lineno)
        error.with_traceback(trace)  # a frozen exception refuses assignments


def forget_frames(error: BaseException) -> None:
    """Keep only the user's frames, for an exception that is kept and not raised now."""
    cut = _last_of_ours(error.__traceback__)
    if cut is not None:
        error.with_traceback(_users(cut))


def _users(cut: TracebackType) -> TracebackType | None:
    """What is below a call of a compiled plan, without the scopes and retries around it."""
    trace = cut.tb_next
    while trace is not None and MARK in trace.tb_frame.f_globals:
        trace = trace.tb_next
    return trace


def _last_of_ours(trace: TracebackType | None) -> TracebackType | None:
    found = [ours for ours, _ in _our_frames(trace)]
    return found[-1] if found else None


def _our_frames(trace: TracebackType | None) -> Iterator[tuple[TracebackType, Program]]:
    """Where compiled plans stand in a traceback, down to the call of the node that failed.

    What is below is the user's, and so is a pipeline that the node itself runs.
    """
    while trace is not None:
        program = trace.tb_frame.f_globals.get(MARK)
        if program is not None:
            yield trace, program
            site = program.sites.get(trace.tb_lineno)
            if site is not None and site.node is not None:
                return
        trace = trace.tb_next
