"""A module used by name, and handed on whole inside the state of an object."""

import tools


class Holder:
    def __init__(self, module):
        self.module = module

    def __getstate__(self):
        return {"modules": [self.module]}

    def __setstate__(self, state):
        self.module = state["modules"][0]


HOLDER = Holder(tools)


def job():
    return tools.double(2), HOLDER.module.triple(2), HOLDER.module is tools


def check(result):
    assert result == (4, 6, True)


# mypy: ignore-errors
