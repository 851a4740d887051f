"""Frames as globals and results."""

import pandas as pd

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


def job():
    return FRAME.assign(c=FRAME.a * 2)


def check(result):
    pd.testing.assert_frame_equal(result, FRAME.assign(c=[2, 4]))


# mypy: ignore-errors
