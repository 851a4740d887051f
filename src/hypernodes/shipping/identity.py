"""Who is who across processes: each travelling class and function has a token.

Within one home session a token is (session, serial), kept beside the object in a weak
registry and never written onto it. A worker registers what it rebuilds under the same
token: two payloads, one class; and what comes home finds the home object.
"""

from __future__ import annotations

import os
import threading
import uuid
import weakref
from typing import Any

Token = tuple[str, int]


class Registry:
    """Tokens of objects and objects of tokens, both weak."""

    def __init__(self) -> None:
        self.sessions: set[str] = set()  # those of the processes that this one was forked from
        self.session = ""
        self._start_session()
        self._tokens: dict[int, tuple[weakref.ref[Any], Token]] = {}
        self._objects: dict[Token, weakref.ref[Any]] = {}
        self._rebuilt: set[Token] = set()
        # A forked child shares the classes made so far, but counts its own from here on.
        os.register_at_fork(after_in_child=self._start_session)

    def _start_session(self) -> None:
        self._lock = threading.RLock()
        self.sessions.add(self.session)
        self.session = uuid.uuid4().hex[:16]
        self._serial = 0

    def token_of(self, obj: Any) -> Token:
        """The token of an object, given to it now if it has none."""
        with self._lock:
            found = self._known(obj)
            if found is None:
                self._serial += 1
                found = (self.session, self._serial)
                self._register(obj, found)
            return found

    def known_token(self, obj: Any) -> Token | None:
        """The token of an object, if it has one."""
        with self._lock:
            return self._known(obj)

    def is_foreign(self, obj: Any) -> bool:
        """Was this object rebuilt here for another process?"""
        token = self.known_token(obj)
        return token is not None and token in self._rebuilt

    def adopt(self, obj: Any, token: Token) -> None:
        """Give a rebuilt object the token that it has at home."""
        with self._lock:
            self._register(obj, token)
            self._rebuilt.add(token)

    def alias(self, obj: Any, token: Token) -> None:
        """Let another token lead to an object of this process as well."""
        with self._lock:
            self._objects[token] = weakref.ref(obj)

    def resolve(self, token: Token) -> Any:
        """The object of a token, or None."""
        with self._lock:
            reference = self._objects.get(token)
            return None if reference is None else reference()

    def _known(self, obj: Any) -> Token | None:
        entry = self._tokens.get(id(obj))
        return entry[1] if entry is not None and entry[0]() is obj else None

    def _register(self, obj: Any, token: Token) -> None:
        key = id(obj)
        tokens, objects, rebuilt = self._tokens, self._objects, self._rebuilt

        def forget(reference: weakref.ref[Any]) -> None:
            # Runs at any moment, so it may not take the lock; single dict calls are safe.
            entry = tokens.get(key)
            if entry is not None and entry[0] is reference:
                tokens.pop(key, None)
            if objects.get(token) is reference:
                objects.pop(token, None)
                rebuilt.discard(token)

        reference = weakref.ref(obj, forget)
        self._tokens[key] = (reference, token)
        self._objects[token] = reference


registry = Registry()
