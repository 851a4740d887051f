"""Would this run on a bare worker? A second interpreter that lacks the user's files tries."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hypernodes.errors import ShippingError
from hypernodes.shipping import envelope, exceptions
from hypernodes.shipping.payload import dumps, dumps_light, loads
from hypernodes.shipping.policy import Policy

_CHILD = """
import sys
sys.path.append(sys.argv[1])
from hypernodes.shipping.preflight import child
child()
"""
_NOTE = "packages were compared by name and version only: the bare interpreter shares those of home"


class Preflight:
    """What a bare worker made of a pipeline; true when all went well."""

    def __init__(self, **facts: Any) -> None:
        self.ok: bool = facts.get("ok", False)
        self.stage: str = facts.get("stage", "")  # shipping, loading, running or done
        self.size: int = facts.get("size", 0)
        self.seconds: float = facts.get("seconds", 0.0)
        self.packages: dict[str, str] = facts.get("packages", {})
        self.missing: list[str] = facts.get("missing", [])
        self.warnings: list[str] = facts.get("warnings", [])
        self.error: BaseException | None = facts.get("error")
        self.path: str = facts.get("path", "")
        self.result: Any = facts.get("result")

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        verdict = "runs on a bare worker" if self.ok else f"fails while {self.stage}"
        if self.ok and self.stage == "loaded":
            verdict = "loads on a bare worker (give inputs to run it)"
        lines = [f"preflight: {verdict} ({self.size:,} bytes, {self.seconds:.1f} s)"]
        needed = ", ".join(f"{name} {version}".strip() for name, version in self.packages.items())
        lines.append(f"  packages needed: {needed or 'none'}")
        if self.missing:
            lines.append(f"  missing there: {', '.join(self.missing)}")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        if self.path:
            lines.append(f"  by way of: {self.path}")
        if self.error is not None:
            text = f"{type(self.error).__name__}: {self.error}"
            notes = [str(note) for note in getattr(self.error, "__notes__", ())]
            lines += [f"  {line}" for part in (text, *notes) for line in part.splitlines()]
        lines.append(f"  note: {_NOTE}")
        return "\n".join(lines)

    __repr__ = __str__


def preflight(
    pipeline: Any,
    inputs: dict[str, Any] | None = None,
    *,
    policy: Policy | None = None,
    timeout: float = 120,
) -> Preflight:
    """Load a pipeline in a bare interpreter, and run it there if inputs are given.

    The interpreter is started with ``-I`` in an empty directory: it has the installed
    packages and none of the user's files.
    """
    start = time.perf_counter()
    try:
        data = dumps((pipeline, inputs), policy=policy)
    except ShippingError as error:
        return Preflight(stage="shipping", error=error, path=getattr(error, "path", "") or "")
    notes = envelope.notes_of(data)
    facts: dict[str, Any] = {"size": len(data), "packages": notes["packages"]}
    facts["stage"] = "starting"
    with tempfile.TemporaryDirectory() as folder:
        payload, report = Path(folder, "payload"), Path(folder, "report")
        payload.write_bytes(data)
        ours = Path(__file__).resolve().parents[2]
        command = [sys.executable, "-I", "-c", _CHILD, str(ours), str(payload), str(report)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=_bare_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
            if report.exists():
                facts.update(pickle.loads(report.read_bytes()))
            else:
                text = f"the interpreter ended with code {done.returncode}: {done.stderr[-2000:]}"
                facts["error"] = ShippingError(text, hint="see what it wrote above")
        except subprocess.TimeoutExpired:
            text = f"the bare interpreter was not done after {timeout} s"
            facts["error"] = ShippingError(text, hint="give smaller inputs or a longer timeout")
    facts["seconds"] = time.perf_counter() - start
    failure = facts.get("error")
    if isinstance(failure, tuple):
        facts["error"] = exceptions.unpack(failure)
    if isinstance(facts.get("result"), bytes):
        facts["result"] = loads(facts["result"])
    facts["missing"] = list(getattr(facts.get("error"), "packages", None) or [])
    return Preflight(**facts)


def _bare_environment() -> dict[str, str]:
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH"}
    kept.add(envelope.KEY_VARIABLE)
    return {name: os.environ[name] for name in kept if name in os.environ}


def child() -> None:
    """What the bare interpreter does."""
    import warnings

    payload, target = sys.argv[2:4]
    facts: dict[str, Any] = {"stage": "loading"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            pipeline, inputs = loads(Path(payload).read_bytes())
            facts["stage"] = "loaded"
            if inputs is not None:
                facts["stage"] = "running"
                facts["result"] = dumps_light(pipeline.run(inputs))
                facts["stage"] = "done"
            facts["ok"] = True
        except BaseException as error:
            facts["error"] = exceptions.pack(error)
    facts["warnings"] = [str(entry.message) for entry in caught]
    Path(target).write_bytes(pickle.dumps(facts))
