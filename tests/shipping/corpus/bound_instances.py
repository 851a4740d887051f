"""A job that is a bound method of an instance with its own pickling rules."""


class Model:
    def __init__(self, size):
        self.size = size
        self.cache = lambda x: x  # dropped by __getstate__

    def __getstate__(self):
        return {"size": self.size}

    def __setstate__(self, state):
        self.size = state["size"]
        self.restored = True

    def predict(self):
        return self.size * 2, getattr(self, "restored", False), self


job = Model(4).predict


def check(result):
    assert result[:2] == (8, True) and type(result[2]) is Model and result[2].restored


# mypy: ignore-errors
