"""A custom exception with attributes and a cause is raised and caught by type at home."""


class AppError(Exception):
    pass


class Broken(AppError):
    def __init__(self, part, *, code):
        super().__init__(f"{part} is broken")
        self.part = part
        self.code = code


def deep(x):
    try:
        return {}[x]
    except KeyError as error:
        raise Broken("engine", code=x) from error


def job():
    return deep(7)


RAISES = True


def check(error):
    try:
        raise error
    except AppError as caught:
        assert type(caught) is Broken and (caught.part, caught.code) == ("engine", 7)
        assert str(caught) == "engine is broken" and type(caught.__cause__) is KeyError
        text = "\n".join(caught.__notes__)
        assert 'raise Broken("engine", code=x) from error' in text, text
        assert "return deep(7)" in text


# mypy: ignore-errors
