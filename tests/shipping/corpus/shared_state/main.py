"""State of a module, reached as module.NAME, by from-import and by a function."""

import state
from state import LOG, bump


def direct():
    LOG.append("direct")


def through():
    state.LOG.append("through")


def job():
    direct()
    through()
    bump()
    state.bump()
    return state.LOG is LOG, list(LOG), state.count, state.read()


def check(result):
    assert result == (True, ["direct", "through", "bump", "bump"], 2, 2)
    assert state.LOG == [] and state.count == 0


# mypy: ignore-errors
