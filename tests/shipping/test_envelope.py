"""The envelope: what is refused, what is warned about, and that nothing is unpickled before."""

import json
import pickle
import struct
import sys
import warnings

import pytest
from hypernodes import shipping
from hypernodes.errors import ShippingError
from hypernodes.shipping import envelope, packages

HEAD = struct.calcsize(">3sBBBBI32s")


class Bomb:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self):
        return explode, (1,)


went_off: list[int] = []


def explode(x):
    went_off.append(x)


def travels(x):
    return x + 1


def test_data_comes_back():
    for value in (None, 3, [1, {"a": (2, 3)}], b"x" * 100_000):
        assert shipping.loads(shipping.dumps(value)) == value


@pytest.mark.parametrize(
    "data", [b"", b"abc", b"\x93HN", pickle.dumps([1]), b"\x93HN" + b"\0" * 60]
)
def test_foreign_bytes_are_refused(data):
    with pytest.raises(ShippingError, match=r"no payload|format"):
        shipping.loads(data)


@pytest.mark.parametrize("place", [HEAD + 2, -1, -20])
def test_altered_bytes_are_refused(place):
    data = bytearray(shipping.dumps([1, 2, "some text"]))
    data[place] ^= 1
    with pytest.raises(ShippingError, match="damaged"):
        shipping.loads(bytes(data))


def test_truncated_bytes_are_refused():
    data = shipping.dumps([1, 2, 3])
    for length in range(HEAD, len(data), 7):
        with pytest.raises(ShippingError):
            shipping.loads(data[:length])


def test_a_key_refuses_what_it_did_not_sign():
    signed = shipping.dumps({"a": 1}, key="k")
    assert shipping.loads(signed, key="k") == {"a": 1}
    assert shipping.loads(signed, key=b"k") == {"a": 1}
    assert shipping.loads(signed) == {"a": 1}
    for data, key in ((signed, "other"), (shipping.dumps({"a": 1}), "k")):
        with pytest.raises(ShippingError, match="not signed with this key"):
            shipping.loads(data, key=key)
    for place in range(3, len(signed)):
        altered = bytearray(signed)
        altered[place] ^= 4
        with pytest.raises(ShippingError):
            shipping.loads(bytes(altered), key="k")


def test_nothing_is_unpickled_before_the_key_is_checked():
    data = shipping.dumps([Bomb()])
    with pytest.raises(ShippingError):
        shipping.loads(data, key="k")
    assert went_off == []
    shipping.loads(data)
    assert went_off == [1]
    went_off.clear()


def test_the_key_may_come_from_the_environment(monkeypatch):
    unsigned = shipping.dumps(travels)
    monkeypatch.setenv("HYPERNODES_KEY", "from outside")
    assert shipping.loads(shipping.dumps(travels)) is travels
    assert envelope.is_signed(shipping.dumps(travels))
    with pytest.raises(ShippingError, match="not signed"):
        shipping.loads(unsigned)


def other_python(data):
    return data[:6] + bytes([sys.version_info[1] + 1]) + data[7:]


def test_code_for_another_python_is_refused_with_both_named():
    with pytest.raises(ShippingError) as caught:
        shipping.loads(other_python(shipping.dumps(travels)))
    here = f"3.{sys.version_info[1]}"
    there = f"3.{sys.version_info[1] + 1}"
    assert here in str(caught.value) and there in str(caught.value)


def test_data_loads_on_any_python():
    assert shipping.loads(other_python(shipping.dumps([1, {"a": 2.5}]))) == [1, {"a": 2.5}]


def test_a_newer_format_is_refused():
    data = shipping.dumps(1)
    with pytest.raises(ShippingError, match="format 9"):
        shipping.loads(data[:3] + b"\x09" + data[4:])


def reaches_packages():
    import numpy as np

    return np.zeros(1)


def with_notes(data, change):
    """The same body under other notes, rightly hashed."""
    import hashlib

    head = list(struct.unpack_from(">3sBBBBI32s", data))
    notes = json.loads(data[HEAD : HEAD + head[5]])
    body = data[HEAD + head[5] :]
    change(notes)
    text = json.dumps(notes).encode()
    head[5], head[6] = len(text), hashlib.sha256(text + body).digest()
    return struct.pack(">3sBBBBI32s", *head) + text + body


def test_a_missing_package_is_named():
    data = with_notes(
        shipping.dumps(1), lambda notes: notes["packages"].update(no_such_thing="1.0")
    )
    with pytest.raises(ShippingError, match="no_such_thing") as caught:
        shipping.loads(data)
    assert caught.value.packages == ["no_such_thing"]


def test_a_package_that_only_a_body_imports_may_be_missing():
    data = with_notes(shipping.dumps(1), lambda notes: notes["optional"].update(no_such_thing=""))
    with pytest.warns(UserWarning, match="no_such_thing"):
        assert shipping.loads(data) == 1


def test_another_version_is_a_warning():
    import numpy as np

    data = with_notes(
        shipping.dumps(np.float64), lambda notes: notes["packages"].update(numpy="0.0.1")
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert shipping.loads(data) is np.float64
    assert "numpy 0.0.1" in str(caught[0].message) and np.__version__ in str(caught[0].message)


def test_reached_packages_are_noted_with_versions():
    import numpy as np

    notes = envelope.notes_of(shipping.dumps(np.zeros(2)))
    assert notes["packages"] == {"numpy": np.__version__}
    imported_inside = envelope.notes_of(shipping.dumps(reaches_packages))
    assert imported_inside["optional"] == {"numpy": np.__version__}
    assert packages.compare({"numpy": np.__version__, "json": ""}) == ([], {})
