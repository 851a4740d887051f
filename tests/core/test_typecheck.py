"""Annotations of producers and consumers: three verdicts over pairs."""

from __future__ import annotations

import collections
import collections.abc as abc_
import datetime as dt
import decimal
import enum
import fractions
import io
import pathlib
import types
import typing
import unittest.mock
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Optional, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pydantic
import pytest
import typing_extensions
from annotated import (
    Abstract,
    AdminId,
    Animal,
    Assigned,
    Bare,
    Base,
    Bound,
    Box,
    Boxed,
    Colour,
    Dog,
    Encoder,
    Encodes,
    GroupId,
    HasSize,
    Heavy,
    HostileClass,
    IntBox,
    Item,
    Loose,
    MaybeText,
    Model,
    Movie,
    OlderNumber,
    OlderSong,
    OldSequence,
    OneOf,
    P,
    Pairs,
    Point,
    Proxy,
    Registered,
    Sequel,
    Shaped,
    ShapedToo,
    Size,
    Song,
    Special,
    Stone,
    Swims,
    T,
    Tagged,
    TakenBack,
    UserId,
    Words,
    redefined,
)

from hypernodes.typecheck import UNKNOWN, Verdict, fits

Cases = list[tuple[Any, Any]]

FIT: Cases = [
    (int, int),
    (int, object),
    (int, Any),
    (int, any),
    (None, None),
    (None, types.NoneType),
    (None, Optional[int]),  # noqa: UP045 - the other spelling is the case
    # numbers
    (int, float),
    (bool, int),
    (bool, float),
    (int, complex),
    (float, complex),
    (np.float64, float),
    # subclasses
    (Dog, Animal),
    (Registered, Abstract),
    (collections.OrderedDict, dict),
    (pathlib.Path, pathlib.PurePath),
    (Size, str),
    (enum.IntEnum, int),
    (Special, Model),
    (Boxed[int], Boxed),
    (pd.DataFrame, pd.DataFrame),
    (dt.datetime, dt.date),
    # unions
    (int, int | str),
    (int | str, str | int | None),
    (int | bool, float),
    (Literal["a", 1], int | str),
    (Dog, typing.Union[Animal, Stone]),  # noqa: UP007 - as above
    # literals
    (Literal["a"], str),
    (Literal["a"], Literal["b", "a"]),
    (Literal[Colour.RED], Colour),
    (Literal[None], None),  # noqa: PYI061 - as above
    (Literal[1], float),
    # wrappings
    (Annotated[int, "metres"], int),
    (int, Annotated[float, {"unhashable": True}]),
    (list[Annotated[int, 1]], Sequence[Annotated[int, 2]]),
    (UserId, int),
    (AdminId, UserId),
    (UserId, float),
    (typing.LiteralString, str),
    # variables
    (int, T),
    (list[int], Bound),
    (str, OneOf),
    (Bound, Iterable[int]),
    (OneOf, int | str),
    # generics
    (list[int], list),
    (list[int], Sequence[float]),
    (list[int], Iterable[int | None]),
    (list[bool], abc_.Collection[int]),
    (typing.List[int], list[int]),  # noqa: UP006
    (set[str], abc_.Set[str]),
    (dict[str, int], Mapping[str, float]),
    (dict[str, int], Iterable[str]),
    (collections.Counter[str], Mapping[str, int]),
    (collections.defaultdict[str, int], dict[str, int]),
    (collections.deque[int], Sequence[int]),
    (str, Sequence[str]),
    (str, Iterable[str]),
    (bytes, Sequence[int]),
    (range, Iterable[int]),
    (abc_.Generator[int, None, None], Iterator[int]),
    (Iterator[int], Iterable[int]),
    (Words, list[str]),
    (Words, Sequence[str]),
    (Pairs[int], Mapping[str, int]),
    (IntBox, Box[int]),
    (Box[int], Box[float]),
    # tuples
    (tuple[int, str], tuple[int, str]),
    (tuple[int, bool], tuple[float, int]),
    (tuple[int, int], tuple[int, ...]),
    (tuple[int, str], Sequence[int | str]),
    (tuple[int, ...], Sequence[int]),
    (Point, tuple),
    (Point, tuple[int, str]),
    (Point, Iterable[int | str]),
    # classes as values, functions
    (type[Dog], type[Animal]),
    (type[Dog], type),
    (type[Dog], Callable),
    (Callable[[int], str], Callable),
    (Callable[[int], bool], Callable[[bool], int]),
    (Callable[[int], str], Callable[..., str]),
    (Callable[..., str], Callable[..., object]),
    (types.FunctionType, Callable),
    # protocols
    (Encoder, Encodes),
    (Animal, typing.Hashable),
    (np.float64, npt.ArrayLike),
    (T, T | None),
    (int, typing.SupportsInt),
    (list, typing.Sized),
    # dicts with known keys
    (Movie, dict),
    (Movie, Mapping[str, int | str]),
    (Movie, Movie),
    (Sequel, Movie),
    (Movie, Tagged),
    # numpy, pyarrow
    (npt.NDArray[np.float64], np.ndarray),
    (npt.NDArray[np.float64], npt.NDArray[np.floating]),
    (npt.NDArray[np.float64], npt.NDArray[np.float64]),
    (pa.Int64Array, pa.Array),
    (float, npt.ArrayLike),
]

NO_FIT: Cases = [
    (int, str),
    (str, int),
    (str, float),
    (int, None),
    (None, int),
    (int, Sequence),
    (float, str),
    (bytes, str),
    (str, bytes),
    (str, pathlib.Path),
    (pathlib.Path, str),
    (KeyError, AttributeError),
    (decimal.Decimal, float),
    # classes that have nothing in common
    (Animal, Stone),
    (Dog, Stone),
    (Colour, str),
    (Item, dict),
    (dict, Item),
    (dict, Model),
    (Model, Item),
    (Boxed[int], Boxed[str]),
    (Heavy, str),
    # unions
    (int | None, str),
    (int, str | bytes | None),
    (int | float, str | bytes),
    (Literal["a", "b"], int),
    # literals
    (Literal["a"], Literal["b"]),
    (Literal[1], Literal[True]),
    (Literal["a", "b"], Literal["c", 1]),
    (int, Literal["a", "b"]),
    (Literal[Colour.RED], Literal[Colour.BLUE]),
    # wrappings
    (Annotated[int, "metres"], str),
    (typing_extensions.TypeAliasType("Text", str), int),
    (int, typing_extensions.TypeAliasType("Listed", list[T], type_params=(T,))[str]),
    (str, UserId),
    (UserId, str),
    # variables
    (int, Bound),
    (bytes, OneOf),
    (Bound, int),
    (OneOf, bytes),
    # generics
    (list[int], list[str]),
    (list[int], Sequence[str]),
    (list[int], set[int]),
    (list[int], tuple[int, ...]),
    (set[int], list[int]),
    (list, dict),
    (list[str], str),
    (str, list[str]),
    (str, Iterable[int]),
    (str, typing.List),  # noqa: UP006
    (Iterable[str], list[int]),
    (Iterator[int], list[int]),
    (abc_.Generator[int, None, None], Sequence[int]),
    (dict[str, int], dict[int, int]),
    (dict[str, int], Mapping[str, str]),
    (Mapping[str, str], dict[str, int]),
    (dict[str, int], Iterable[int]),
    (dict[str, int], Sequence[str]),
    (set[int], Sequence[int]),
    (int, Sequence),
    (list[list[int]], list[list[str]]),
    (list[int | None], list[str]),
    (Words, Sequence[int]),
    (Pairs[int], Mapping[str, str]),
    (IntBox, Box[str]),
    (Box[int], Box[str]),
    (npt.NDArray[np.float64], list[float]),
    # tuples
    (tuple[int, str], tuple[int, int]),
    (tuple[int, str], tuple[int, str, int]),
    (tuple[int, str], tuple[int, ...]),
    (tuple[str, ...], tuple[int, int]),
    (tuple[int, str], list),
    (Point, tuple[int, int]),
    (Point, tuple[int, str, int]),
    # classes as values, functions
    (type[Dog], type[Stone]),
    (type[Dog], Dog),
    (Dog, type[Dog]),
    (int, Callable),
    (int, Callable[[int], int]),
    (Callable[[int], str], Callable[[int], int]),
    (Callable[[int], str], Callable[[str], str]),
    (Callable[[int], str], str),
    # protocols
    (Stone, Encodes),
    (int, Encodes),
    (TakenBack, Encodes),
    (list, typing.Hashable),
    (Item, typing.Hashable),
    (int, typing.Sized),
    (Encoder | None, typing.Sized),
    # dicts with known keys
    (Movie, list),
    (Movie, Mapping[str, bytes]),
    (Movie, Song),
    (int, Movie),
    (dict[int, str], Movie),
    (OlderNumber, Movie),
    (list, OlderNumber),
    # numpy, pandas, pyarrow
    (np.ndarray, pd.DataFrame),
    (pd.Series, np.ndarray),
    (pd.DataFrame, pd.Series),
    (pd.DataFrame, pa.Table),
    (pa.Array, pa.ChunkedArray),
    (npt.NDArray[np.float64], npt.NDArray[np.int64]),
    (npt.NDArray[np.str_], npt.NDArray[np.floating]),
    (str, np.ndarray),
    (Stone, npt.ArrayLike),
]

UNDECIDED: Cases = [
    (Any, int),
    (any, int),
    (object, int),
    (UNKNOWN, int),
    (int, UNKNOWN),
    (types.SimpleNamespace(), int),
    (int, 3),
    ("Nowhere", int),
    (types.GenericAlias(list, ("Nowhere",)), list[int]),
    (Self, int),
    (int, Self),
    (typing.NoReturn, int),
    (Callable[P, int], Callable[[str], int]),
    (P, int),
    (tuple[typing.Unpack[tuple[int, ...]]], tuple[str]),  # noqa: UP044 - as above
    (tuple[*tuple[int, ...]], tuple[str]),
    # the more special may come
    (Animal, Dog),
    (int, bool),
    (Sequence[int], list[int]),
    (Iterable[str], Sequence[str]),
    (dt.date, dt.datetime),
    (str, Size),
    (str, Literal["a"]),
    (float, Literal[1]),
    (Colour, Literal[Colour.RED]),
    (Literal["a", "c"], Literal["a", "b"]),
    (int | None, int),
    (int | str, str | bytes),
    (UserId, GroupId),
    (int, UserId),
    # one class that is both exists
    (Animal, Swims),
    (Swims, Animal),
    # numbers that do for others
    (float, int),
    (list[float], list[int]),
    (complex, float),
    (np.int64, int),
    (np.float32, float),
    (fractions.Fraction, float),
    (float, np.floating),
    # arrays do for sequences
    (np.ndarray, Sequence[float]),
    (pd.Series, Sequence),
    (pa.Array, Iterable[int]),
    # classes that stand for others
    (str, pydantic.EmailStr),
    (pydantic.EmailStr, str),
    (pydantic.PastDate, dt.date),
    (Shaped, ShapedToo),
    (np.ndarray, Shaped),
    (OlderSong, Movie),
    (float, np.float64),
    # variables
    (T, int),
    (list[T], list[int]),
    # generics that are not told, or in another way
    (list, list[int]),
    (list[Any], list[int]),
    (dict, dict[str, int]),
    (dict[str, Any], Mapping[str, int]),
    (tuple, tuple[int, str]),
    (tuple[int, ...], tuple[int, int]),
    (Sequence[int], tuple[int, int]),
    (tuple[int, str], Point),
    (Bare, tuple[int, str]),
    (Box, Box[int]),
    (OldSequence, Iterable[int]),
    (pd.Series, Iterable[int]),
    (np.ndarray, npt.NDArray[np.float64]),
    (list[float], npt.ArrayLike),
    (npt.NDArray[Any], npt.NDArray[np.float64]),
    # classes and functions
    (type, type[Dog]),
    (type[Any], type[Dog]),
    (type[Dog], Encodes),
    (types.FunctionType, Callable[[int], int]),
    (Callable[[int], int], Callable[[int, int], int]),
    # protocols
    (Base, Encodes),
    (Proxy, Encodes),
    (Assigned, Encodes),
    (Encoder, HasSize),
    (Stone, HasSize),
    (Encodes, Encoder),
    (Encodes, HasSize),
    (io.TextIOWrapper, typing.TextIO),
    (unittest.mock.Mock, Stone) if Any in unittest.mock.Mock.__mro__ else (Any, Stone),
    # dicts with known keys
    (dict, Movie),
    (dict[str, Any], Movie),
    (Movie, Sequel),
    (Movie, MaybeText),
    (dict[int, str], Loose),
    # defined twice
    (redefined(), redefined()),
    # classes that do not want to be asked
    (HostileClass, int),
    (int, HostileClass),
]


@pytest.mark.parametrize(
    ("producer", "consumer", "verdict"),
    [(*case, Verdict.YES) for case in FIT]
    + [(*case, Verdict.NO) for case in NO_FIT]
    + [(*case, Verdict.UNDECIDABLE) for case in UNDECIDED],
    ids=repr,
)
def test_fits(producer: Any, consumer: Any, verdict: Verdict) -> None:
    assert fits(producer, consumer) is verdict
