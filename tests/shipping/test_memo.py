"""Bytes are made once only as long as nothing behind them has changed."""

import abc
from typing import ClassVar

import pytest
from hypernodes import Pipeline, node, shipping

BASE: float = 1


class Kind(abc.ABC):  # noqa: B024 - classes are registered with it
    level: float = 1


class Other:
    pass


def helper(x, plus=(1,)):
    """Add."""
    return len(str(x)) + plus[0] + Kind.level


@node(output_name="y")
def work(x):
    return helper(x), BASE


def nothing():
    pass


def rebind():
    globals()["BASE"] = 1.0


def own_builtin():
    globals()["len"] = lambda text: 99


def default():
    helper.__defaults__ = ((True,),)


def documentation():
    helper.__doc__ = "Another."


def annotation():
    helper.__annotations__["x"] = float


def attribute():
    Kind.level = 1.0


def registration():
    Kind.register(Other)


@pytest.fixture
def restored():
    saved = helper.__defaults__, helper.__doc__, dict(helper.__annotations__)
    yield
    helper.__defaults__, helper.__doc__, helper.__annotations__ = saved
    globals()["BASE"] = 1
    globals().pop("len", None)
    Kind.level = 1


@pytest.mark.parametrize(
    "change", [rebind, own_builtin, default, documentation, annotation, attribute, registration]
)
def test_a_change_is_seen_by_the_next_dump(change, restored):
    @node(output_name="z")
    def reader(x):
        return helper(x), Kind.level, BASE

    pipeline = Pipeline([reader])
    before = shipping.dumps(pipeline)
    change()
    assert shipping.dumps(pipeline) != before


def test_a_list_under_a_special_name_is_no_constant():
    class Registry:
        __handlers__: ClassVar[list] = []

    @node(output_name="z")
    def reader(x):
        return list(Registry.__handlers__)

    pipeline = Pipeline([reader])
    before = shipping.dumps(pipeline)
    Registry.__handlers__.append(1)
    assert shipping.dumps(pipeline) != before


class Plain:
    def __init__(self):
        self.x = 1


def test_pickling_an_instance_changes_no_bytes_and_no_definition():
    from hypernodes.code.definition import class_fingerprint

    class Fresh(Plain):
        pass

    before = shipping.dumps(Fresh)
    name = class_fingerprint(type("Other", (Plain,), {}))
    shipping.dumps(Fresh())  # makes copyreg note slot names on the class
    assert "__slotnames__" in vars(Fresh)
    assert shipping.dumps(Fresh) == before
    noted = type("Other", (Plain,), {})
    noted.__slotnames__ = []  # type: ignore[attr-defined]  # copyreg's, not for people
    assert class_fingerprint(noted) == name
