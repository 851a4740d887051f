"""Environments for the peers under build/bench, made when missing, and what was measured there."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PEERS = {  # shown as: (environment, adapter)
    "hypernodes": (None, "hypernodes"),
    "HyperNodes": ("original", "hypernodes"),
    "pipefunc": ("peers", "pipefunc"),
    "Hamilton": ("peers", "hamilton"),
    "dask.delayed": ("peers", "dask"),
}


def environment(name: str) -> Path:
    """The Python of an environment that has exactly what its lock says."""
    lock = ROOT / "requirements" / f"bench-{name}.lock"
    place = ROOT / "build" / "bench" / f"{name}-{sys.version_info[0]}.{sys.version_info[1]}"
    stamp, python = place / "made-from", place / "bin" / "python"
    made_from = hashlib.sha256(f"{sys.version} {place}".encode() + lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != made_from:
        print(f"bench: making {place.relative_to(ROOT)} from {lock.relative_to(ROOT)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run(
            [str(python), *install, "--require-hashes", "-r", str(lock)], check=True, cwd=ROOT
        )
        stamp.write_text(made_from)
    return python


def measure() -> dict[str, dict[str, Any]]:
    """For each library what `benchmarks.peers` prints, one after the other."""
    pythons = {env: environment(env) for env, _ in PEERS.values() if env}
    found = {}
    for name, (env, adapter) in PEERS.items():
        print(f"bench: {name}", flush=True)
        python = sys.executable if env is None else str(pythons[env])
        made = subprocess.run(
            [python, "-m", "benchmarks.peers", adapter],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        found[name] = json.loads(made.stdout.splitlines()[-1])
    (ROOT / "build" / "bench" / "peers.json").write_text(json.dumps(found, indent=1))
    return found
