"""Locks and pools that are made inside the function are fine."""

import threading
from concurrent.futures import ThreadPoolExecutor


class Safe:
    def __init__(self):
        self.lock = threading.Lock()
        self.n = 0

    def add(self, _):
        with self.lock:
            self.n += 1

    def __getstate__(self):
        return {"n": self.n}


def job():
    safe = Safe()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(safe.add, range(50)))
    return safe.n, safe


def check(result):
    assert result[0] == 50 and type(result[1]) is Safe and result[1].n == 50


# mypy: ignore-errors
