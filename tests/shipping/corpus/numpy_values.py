"""Numpy arrays and dtypes as globals, defaults and results."""

import numpy as np

WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)
RECORD = np.dtype([("id", np.int32), ("name", "U4")])
rng = np.random.default_rng(3)


def job():
    table = np.zeros(2, RECORD)
    table["name"] = ["a", "b"]
    return WEIGHTS @ WEIGHTS.T, WEIGHTS[:, ::2], table, np.float32(1.5), rng.integers(100)


def check(result):
    assert np.array_equal(result[0], WEIGHTS @ WEIGHTS.T) and result[0].dtype == np.float32
    assert np.array_equal(result[1], WEIGHTS[:, ::2]) and result[2].dtype == RECORD
    assert result[3].dtype == np.float32 and result[4] == np.random.default_rng(3).integers(100)


# mypy: ignore-errors
