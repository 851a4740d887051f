"""Exceptions whose classes resist, and envelopes that nobody should trust."""

import pytest
from hypernodes import ParallelEngine, Pipeline, ShippingError, node, shipping
from hypernodes.shipping.exceptions import pack, unpack


class FrozenError(Exception):
    def __setattr__(self, name, value):
        raise AttributeError("frozen")


class ArglessError(Exception):
    @property
    def args(self):  # type: ignore[override]  # what the case is about
        raise ValueError("no arguments to be seen")


class ProxyError(Exception):
    def __getattr__(self, name):
        return getattr(self.inner, name)


class ClosedError(Exception):
    def __getattribute__(self, name):
        raise RuntimeError("closed")


def chained():
    error = None
    for i in range(3000):
        new = KeyError(i)
        new.__cause__ = error
        error = new
    return error


RAISED = {
    "frozen": lambda: FrozenError("x"),
    "argless": lambda: ArglessError("x"),
    "proxy": lambda: ProxyError("x"),
    "closed": lambda: ClosedError("x"),
    "chained": chained,
}


@pytest.mark.parametrize("kind", RAISED)
def test_any_exception_can_be_packed_and_unpacked(kind):
    error = RAISED[kind]()
    made = unpack(pack(error))
    assert type(error).__name__ in f"{type(made).__name__} {object.__getattribute__(made, 'args')}"


@pytest.fixture(scope="module")
def engine():
    with ParallelEngine("processes", workers=2) as engine:
        yield engine


@pytest.mark.parametrize("kind", ["frozen", "argless", "proxy", "chained"])
def test_it_comes_home_from_a_worker_with_its_lines(engine, kind):
    @node(output_name="y")
    def hostile(x):
        if x:
            raise RAISED[kind]()  # noqa: RSE102 - made anew
        return x

    with pytest.raises(Exception) as caught:
        Pipeline([hostile]).map({"x": [0, 1]}, map_over="x", engine=engine)
    notes = "\n".join(caught.value.__notes__)
    assert "raise RAISED[kind]()" in notes
    name = {"chained": "KeyError"}.get(kind, f"{kind.capitalize()}Error")
    assert name in f"{type(caught.value).__name__} {notes}"


def test_an_empty_key_is_refused():
    with pytest.raises(ShippingError, match="the key is empty"):
        shipping.dumps(1, key=b"")
    with pytest.raises(ShippingError, match="the key is empty"):
        shipping.loads(shipping.dumps(1), key="")


def test_a_damaged_length_is_told():
    data = bytearray(shipping.dumps({"a": 1}))
    data[10] ^= 1
    with pytest.raises(ShippingError, match="damaged"):
        shipping.loads(bytes(data))


@pytest.mark.parametrize("wrong", ["text", None, 12])
def test_what_is_no_bytes_is_told(wrong):
    with pytest.raises(ShippingError, match="a payload is bytes, got"):
        shipping.loads(wrong)
