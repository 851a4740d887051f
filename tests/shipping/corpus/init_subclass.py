"""A registry filled by __init_subclass__ with required keywords."""


class Plugin:
    registry = {}

    def __init_subclass__(cls, *, key, **rest):
        super().__init_subclass__(**rest)
        if key in Plugin.registry:
            raise ValueError(f"{key} twice")
        Plugin.registry[key] = cls


class Csv(Plugin, key="csv"):
    def read(self):
        return "csv"


class Json(Plugin, key="json"):
    def read(self):
        return "json"


def job():
    class Local(Plugin, key="local"):
        pass

    return {key: cls().read() for key, cls in Plugin.registry.items() if key != "local"}, sorted(
        Plugin.registry
    )


def check(result):
    assert result == ({"csv": "csv", "json": "json"}, ["csv", "json", "local"])
    assert sorted(Plugin.registry) == ["csv", "json"]


# mypy: ignore-errors
