"""An open file: said at home."""

import os

LOG = open(os.devnull)


def job():
    return LOG.read()


ERROR = ("LOG", "open")

# mypy: ignore-errors
