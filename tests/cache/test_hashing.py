from __future__ import annotations

import datetime as dt
import decimal
import pathlib
import subprocess
import sys
import threading
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from hypernodes import stateful
from hypernodes.cache import content_hash
from hypernodes.cache.hashing import Unhashable

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.complex_numbers()
)  # fmt: skip
KEYS = st.integers() | st.text() | st.booleans()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=10)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.frozensets(KEYS, max_size=4)
        | st.lists(st.floats(), min_size=9, max_size=12)
        | st.lists(st.text(), min_size=9, max_size=12)
    ),
    max_leaves=12,
)


def shape(value: Any) -> Any:
    """A value that is equal exactly where type and content are."""
    if isinstance(value, float):
        return ("float", "nan" if value != value else repr(value))  # noqa: PLR0124
    if isinstance(value, complex):
        return ("complex", shape(value.real), shape(value.imag))
    if isinstance(value, list | tuple):
        return (type(value).__name__, tuple(map(shape, value)))
    if isinstance(value, dict):
        return ("dict", frozenset((shape(k), shape(v)) for k, v in value.items()))
    if isinstance(value, frozenset):
        return ("frozenset", frozenset(map(shape, value)))
    return (type(value).__name__, value)


@given(VALUES, VALUES)
def test_hashes_are_the_same_exactly_for_equal_values_of_one_type(left: Any, right: Any) -> None:
    assert (content_hash(left) == content_hash(right)) == (shape(left) == shape(right))


GOLDEN = {
    "1": "690101",
    "True": "54",
    "None": "4e",
    "-0.0": "66088000000000000000",
    "'a'": "730161",
    "[1, 'a', None]": None,
    "{'b': {1, 2}, 'a': (1.5, b'x')}": None,
}


def test_hashes_are_the_same_in_other_processes() -> None:
    expressions = list(GOLDEN)
    here = [content_hash(eval(each)).hex() for each in expressions]
    for each, found in zip(expressions, here, strict=True):
        assert GOLDEN[each] is None or GOLDEN[each] == found
    code = (
        "from hypernodes.cache import content_hash\n"
        f"for each in {expressions!r}: print(content_hash(eval(each)).hex())"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == here


def test_cycles_have_a_hash() -> None:
    one: list[Any] = [1]
    one.append(one)
    two: list[Any] = [1]
    two.append(two)
    other: list[Any] = [2]
    other.append(other)
    assert content_hash(one) == content_hash(two) != content_hash(other)


def test_arrays_and_tables_count_by_content() -> None:
    array = np.arange(12.0).reshape(3, 4)
    assert content_hash(array) == content_hash(np.asfortranarray(array))
    assert content_hash(array) == content_hash(np.arange(24.0).reshape(3, 8)[:, :4] * 0 + array)
    assert content_hash(array) != content_hash(array.astype("f4"))
    assert content_hash(array) != content_hash(array.reshape(4, 3))
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert content_hash(frame) == content_hash(frame.copy())
    assert content_hash(frame) != content_hash(frame.assign(a=[1, 3]))
    assert content_hash(frame) != content_hash(frame.set_index("a"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
        (pathlib.PurePosixPath("a"), pathlib.PurePosixPath("b")),
        (range(3), range(4)),
        (np.float32(1), np.float64(1)),
        (bytearray(b"a"), b"a"),
    ],
)
def test_values_are_told_apart(left: Any, right: Any) -> None:
    assert content_hash(left) != content_hash(right)


class Private:
    def __init__(self, k: int) -> None:
        self._k = k


class Keyed(Private):
    def __cache_key__(self) -> str:
        return "always"


@stateful
class Model:
    def __init__(self, size: int) -> None:
        raise AssertionError("hashing builds nothing")


def test_instances_count_whole() -> None:
    assert content_hash(Private(1)) == content_hash(Private(1)) != content_hash(Private(2))
    assert content_hash(Keyed(1)) == content_hash(Keyed(2))
    assert content_hash(Model(1)) == content_hash(Model(1)) != content_hash(Model(2))


def test_what_cannot_be_told_apart_is_refused_with_its_place() -> None:
    with pytest.raises(Unhashable, match=r"\[1\]\['f'\]"):
        content_hash([0, {"f": iter([1])}])
    assert content_hash(threading.Lock())  # a lock has no value
