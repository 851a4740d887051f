"""A lock that the code does use: said at home, with the path."""

import threading


class Client:
    def __init__(self):
        self._lock = threading.Lock()


class Encoder:
    def __init__(self):
        self.client = Client()


encoder = Encoder()


def embed(x):
    with encoder.client._lock:
        return x


def job():
    return embed(1)


ERROR = ("embed -> encoder -> .client -> ._lock", "lock")

# mypy: ignore-errors
