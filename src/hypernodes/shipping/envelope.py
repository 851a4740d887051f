"""The envelope around a stream: format, Python, packages, content hash, signature.

Layout, all numbers big endian: 3 bytes magic, 1 byte format version, 1 byte flags (1:
code inside, 2: signed), 2 bytes Python version, 4 bytes length of the notes, 32 bytes
SHA-256 of notes and body, [32 bytes HMAC-SHA256 of all before,] notes (JSON), body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
import sys
import warnings
from typing import Any, NamedTuple

from hypernodes.errors import ShippingError
from hypernodes.shipping import packages

MAGIC = b"\x93HN"
FORMAT = 1
KEY_VARIABLE = "HYPERNODES_KEY"
_CODE, _SIGNED = 1, 2
_HEAD = struct.Struct(">3sBBBBI32s")
_MAC = 32


class Opened(NamedTuple):
    """A checked envelope."""

    body: memoryview
    frames: int
    digest: str
    notes: dict[str, Any]


def seal(writer: Any, key: bytes | str | None = None) -> bytes:
    """Put what a writer wrote into an envelope."""
    has_code = bool(writer.closure.items)
    needed = packages.versions(writer.pickler.packages)
    imported = packages.versions(writer.closure.imported)
    optional = {name: imported[name] for name in imported if name not in needed}
    facts = {"frames": writer.frames, "packages": needed, "optional": optional}
    notes = json.dumps(facts, separators=(",", ":")).encode()
    body = writer.file.getbuffer()
    hasher = hashlib.sha256(notes)
    hasher.update(body)
    secret = _key(key)
    flags = (_CODE if has_code else 0) | (_SIGNED if secret else 0)
    head = _HEAD.pack(MAGIC, FORMAT, flags, *sys.version_info[:2], len(notes), hasher.digest())
    mac = hmac.digest(secret, head, "sha256") if secret else b""
    return b"".join((head, mac, notes, body))


def digest_of(data: bytes) -> str:
    """The content hash that an envelope carries."""
    return str(_HEAD.unpack_from(data)[6].hex())


def notes_of(data: bytes) -> dict[str, Any]:
    """The notes of an envelope of this process, unchecked."""
    head = _HEAD.unpack_from(data)
    at = _HEAD.size + (_MAC if head[2] & _SIGNED else 0)
    notes: dict[str, Any] = json.loads(data[at : at + head[5]])
    return notes


def is_signed(data: bytes) -> bool:
    """Does this envelope carry a signature?"""
    return bool(_HEAD.unpack_from(data)[2] & _SIGNED)


def unseal(data: bytes, key: bytes | str | None = None) -> Opened:
    """Check an envelope and open it; nothing is unpickled.

    Raises:
        ShippingError: It is none of ours, altered, unsigned although a key is set, or
            made for another Python version or for packages that are not installed.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise ShippingError(
            f"a payload is bytes, got {type(data).__name__}", hint="make them with dumps()"
        )
    view = memoryview(data)
    if len(view) < _HEAD.size or bytes(view[:3]) != MAGIC:
        raise ShippingError(
            "these bytes are no payload of hypernodes", hint="make them with dumps()"
        )
    _, version, flags, major, minor, length, digest = _HEAD.unpack_from(view)
    if version != FORMAT:
        raise ShippingError(
            f"the payload has format {version}, this hypernodes reads format {FORMAT}",
            hint="use the same hypernodes on both sides",
        )
    at = _HEAD.size
    secret = _key(key)
    if secret is not None:
        mac = bytes(view[at : at + _MAC])
        good = hmac.digest(secret, view[: _HEAD.size], "sha256")
        if not flags & _SIGNED or not hmac.compare_digest(mac, good):
            raise ShippingError(
                "the payload is not signed with this key", hint="sign it: dumps(obj, key=...)"
            )
    if flags & _SIGNED:
        at += _MAC
    notes_view, body = view[at : at + length], view[at + length :]
    hasher = hashlib.sha256(notes_view)
    hasher.update(body)
    if hasher.digest() != digest:
        raise ShippingError(
            "the payload is damaged: its content hash does not fit", hint="send it again"
        )
    try:
        notes = json.loads(bytes(notes_view))
    except ValueError:
        raise ShippingError(
            "the payload is damaged: its notes cannot be read", hint="send it again"
        ) from None
    if flags & _CODE and (major, minor) != sys.version_info[:2]:
        raise ShippingError(
            f"the payload holds code made by Python {major}.{minor}, this is Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}",
            hint="use the same Python minor version on both sides",
        )
    _check_packages(notes["packages"], notes["optional"])
    return Opened(body, notes["frames"], digest.hex(), notes)


def _check_packages(wanted: dict[str, str], optional: dict[str, str]) -> None:
    missing, other = packages.compare(wanted)
    # What only a body imports may stand in a try: its absence is said, not refused.
    absent, differing = packages.compare(optional)
    for name in absent:
        warnings.warn(f"the payload imports {name}, which this machine does not have", stacklevel=4)
    if missing:
        names = ", ".join(missing)
        raise ShippingError(
            f"the payload needs {names}, which this machine does not have",
            hint=f"install here: {names}",
            packages=missing,
        )
    for name, (there, here) in (other | differing).items():
        warnings.warn(
            f"the payload was made with {name} {there}, this machine has {here}", stacklevel=4
        )


def _key(key: bytes | str | None) -> bytes | None:
    found = key if key is not None else os.environ.get(KEY_VARIABLE) or None
    if key is not None and not key:
        raise ShippingError(
            "the key is empty: nothing would be signed or checked",
            hint=f"give a secret, or leave key out to use {KEY_VARIABLE}",
        )
    return found.encode() if isinstance(found, str) else found
