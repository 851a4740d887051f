"""super() in diamonds, with arguments and in class methods."""


class Root:
    def who(self):
        return ["root"]

    @classmethod
    def make(cls):
        return cls()


class Left(Root):
    def who(self):
        return ["left", *super().who()]


class Right(Root):
    def who(self):
        return ["right", *super().who()]


class Bottom(Left, Right):
    def who(self):
        return ["bottom", *super().who()]

    @classmethod
    def make(cls):
        made = super().make()
        made.marked = True
        return made


def job():
    made = Bottom.make()
    return made.who(), made


def check(result):
    names, made = result
    assert names == ["bottom", "left", "right", "root"]
    assert type(made) is Bottom and made.marked


# mypy: ignore-errors
