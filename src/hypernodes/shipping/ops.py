"""The words of the stream: what a pickle of ours calls while it is read.

These functions are only names. The reader's ``find_class`` replaces each by the method
of that name of the loader at work, so a pickle of ours means nothing outside of one.
"""

from __future__ import annotations

from typing import Any, NoReturn


def _outside(*_: Any) -> NoReturn:
    raise RuntimeError("this pickle can only be read by hypernodes.shipping.loads")


def ref(*args: Any) -> Any:
    """A definition by its number."""
    _outside(*args)


def home(*args: Any) -> Any:
    """A class or function by its token."""
    _outside(*args)


def parametrise(*args: Any) -> Any:
    """A generic pydantic model with arguments."""
    _outside(*args)


def member(*args: Any) -> Any:
    """A member of an enum by its name."""
    _outside(*args)


def begin(*args: Any) -> Any:
    """A wave of definitions: scopes, modules, cells, functions, source text."""
    _outside(*args)


def make_class(*args: Any) -> Any:
    """Create one class, empty but for its layout."""
    _outside(*args)


def set_class(*args: Any) -> Any:
    """Fill entries of a class."""
    _outside(*args)


def end_class(*args: Any) -> Any:
    """Finish a class: what may only be set when all classes are whole."""
    _outside(*args)


def set_globals(*args: Any) -> Any:
    """Fill globals of a scope."""
    _outside(*args)


def set_cell(*args: Any) -> Any:
    """Fill a closure cell."""
    _outside(*args)


def set_function(*args: Any) -> Any:
    """Fill defaults, annotations and attributes of a function."""
    _outside(*args)


def set_member(*args: Any) -> Any:
    """Fill the attributes of an enum member."""
    _outside(*args)


def root(*args: Any) -> Any:
    """The object that was shipped."""
    _outside(*args)


def session(*args: Any) -> Any:
    """Instead of an object: the loader itself."""
    _outside(*args)


def placeholder(*args: Any) -> Any:
    """Stands for a global that could not travel."""
    _outside(*args)


def typevar(*args: Any) -> Any:
    """A type variable by its token, made now if it is not known here."""
    _outside(*args)


class Call:
    """Pickles as a call of one of these words."""

    __slots__ = ("args", "function")

    def __init__(self, function: Any, *args: Any) -> None:
        self.function = function
        self.args = args

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.args
