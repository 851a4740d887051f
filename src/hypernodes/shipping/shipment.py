"""What an engine sends: the code once, data in as many blobs as it likes."""

from __future__ import annotations

import io
import threading
from typing import Any

from hypernodes.code.closure import Closure
from hypernodes.shipping import envelope
from hypernodes.shipping.payload import Payload, loads
from hypernodes.shipping.pickler import Pickler
from hypernodes.shipping.policy import DEFAULT, Policy
from hypernodes.shipping.writer import Writer


class Shipment:
    """Blobs of data that refer to code by number, and the code that they refer to.

    >>> shipment = Shipment()
    >>> blob = shipment.add(lambda x: x + 1)
    >>> session = shipment.code().load()
    >>> session.loads(blob)(1)
    2
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or DEFAULT
        self._closure = Closure(self._policy.origin)
        self._lock = threading.RLock()
        self._packages: dict[str, None] = {}
        self._code: tuple[int, Payload] | None = None

    def add(self, obj: Any) -> bytes:
        """The bytes of some data, for ``session.loads`` on the worker."""
        with self._lock, io.BytesIO() as file:
            pickler = Pickler(file, self._closure)
            try:
                pickler.dump(obj)
            except Exception as error:
                from hypernodes.shipping.diagnose import diagnosed

                raise diagnosed(error, None, "", obj, self._closure) from error
            self._packages.update(pickler.packages)
            return file.getvalue()

    def code(self) -> Payload:
        """The code that the blobs so far refer to; the same payload while nothing is new."""
        with self._lock:
            size = len(self._closure.items)
            if self._code is None or self._code[0] != size:
                writer = Writer(self._closure, files=self._policy.files)
                writer.pickler.packages.update(self._packages)
                writer.write_session()
                data = envelope.seal(writer)
                payload = Payload(data, envelope.digest_of(data))
                self._code = (len(self._closure.items), payload)
            return self._code[1]

    def loads(self, data: bytes) -> Any:
        """A result that ``session.dumps`` made on a worker."""
        return loads(data)
