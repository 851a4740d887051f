"""A database connection: said at home."""

import sqlite3

store = {"db": sqlite3.connect(":memory:")}


def job():
    return store["db"].execute("select 1").fetchall()


ERROR = ("store -> ['db']", "Connection")

# mypy: ignore-errors
