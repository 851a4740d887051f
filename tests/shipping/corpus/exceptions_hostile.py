"""Exceptions that resist travelling arrive with name, message and traceback."""

import threading


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a}-{b}")


class KeywordOnly(ValueError):
    def __init__(self, *, reason):
        super().__init__()
        self.reason = reason

    def __str__(self):
        return f"because {self.reason}"


class Unpicklable(Exception):
    def __init__(self):
        super().__init__("locked", threading.Lock())
        self.lock = threading.Lock()
        self.fine = [1, 2]


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Custom(Exception):
    def __reduce__(self):
        raise TypeError("never")


class Slotted(OSError):
    def __init__(self, path):
        super().__init__(2, "missing", path)


class Stubborn(Exception):
    def __new__(cls, *args):
        if len(args) != 1:
            raise TypeError("one argument")
        return super().__new__(cls, *args)


def local():
    class Nowhere(Exception):
        pass

    return Nowhere("from nowhere")


def job():
    group = ExceptionGroup("several", [ValueError(1), TwoArguments(3, 4)])
    chained = Speechless()
    chained.__context__ = KeywordOnly(reason="context")
    errors = [
        TwoArguments(1, 2), KeywordOnly(reason="x"), Unpicklable(), chained, Custom("c"),
        Slotted("/nowhere"), Stubborn("s"), local(), group, SystemExit(3), UnicodeError("u"),
        ImportError("i", name="n"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    ]  # fmt: skip
    errors[0].add_note("a note")
    return errors


def check(errors):
    assert [type(error).__name__ for error in errors] == [
        "TwoArguments", "KeywordOnly", "Unpicklable", "Speechless", "Custom", "Slotted", "Stubborn",
        "Nowhere", "ExceptionGroup", "SystemExit", "UnicodeError", "ImportError", "UnicodeDecodeError",
    ]  # fmt: skip
    assert type(errors[0]) is TwoArguments and str(errors[0]) == "1-2"
    assert "a note" in errors[0].__notes__
    assert str(errors[1]) == "because x" and isinstance(errors[1], ValueError)
    assert errors[2].fine == [1, 2] and "lock" in errors[2].lock and errors[2].args[0] == "locked"
    assert type(errors[3].__context__) is KeywordOnly
    assert errors[5].filename == "/nowhere" and errors[5].errno == 2
    assert str(errors[7]) == "from nowhere"
    assert [type(error) for error in errors[8].exceptions] == [ValueError, TwoArguments]
    assert errors[9].code == 3 and errors[11].name == "n" and errors[12].reason == "bad"


FOREIGN = False  # a plain pickler meets the lock itself

# mypy: ignore-errors
