__all__ = ["hidden_is_here", "shout"]


def shout(text):
    return text.upper() + _mark()


def _mark():
    return "!"


def hidden_is_here():
    return _secret


_secret = "hidden"

# mypy: ignore-errors
