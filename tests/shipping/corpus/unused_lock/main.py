"""A lock and a connection in a module's globals that no node uses, also when it escapes."""

import sqlite3
import threading

import tools

LOCK = threading.Lock()
CONNECTION = sqlite3.connect(":memory:")


def dynamic(module, name):
    return getattr(module, name)


def job():
    try:
        with tools.LOCK_BY_NAME():
            pass
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    return dynamic(tools, "VALUE"), tools.double(2), text


def check(result):
    assert result[:2] == (5, 4)
    assert result[2].startswith("ShippingError") and "tools.LOCK" in result[2]


# mypy: ignore-errors
