"""What travels, said before it does; and a bare interpreter that tries."""

import pytest
from hypernodes import Pipeline, node, shipping
from hypernodes.errors import ShippingError
from hypernodes.shipping.explain import explain
from hypernodes.shipping.preflight import preflight

API_KEY = "not-for-you-12345"
DATABASE = {"url": "postgres://user:hunter22@host/db"}
HARMLESS = "hello world"


class Encoder:
    def __init__(self, size):
        self.size = size

    def encode(self, text):
        return [len(text)] * self.size


def helper(text):
    return text.strip() + HARMLESS


@node(output_name="clean")
def clean(text: str):
    return helper(text)


@node(output_name="vector")
def embed(clean: str, encoder: Encoder):
    import numpy as np

    return np.asarray(encoder.encode(clean)).tolist()


@node(output_name="secretive")
def secretive(vector: list) -> list:
    return [API_KEY, DATABASE["url"], vector]


def refuses(vector):
    raise RuntimeError(f"no: {vector}")


def test_rows_say_what_how_why_and_by_whom():
    rows = {row.name.rpartition(".")[2]: row for row in explain(Pipeline([clean, embed]))}
    assert rows["helper"].what == "function" and rows["helper"].how == "by value"
    assert rows["helper"].path == "clean" and 0 < rows["helper"].size < 1000
    assert rows["Encoder"].what == "class"
    numpy_row = next(row for row in explain(embed) if row.name.startswith("numpy"))
    assert numpy_row.how == "by reference" and "imported in a body" in numpy_row.why


def test_the_table_is_for_people():
    text = str(explain(Pipeline([clean])))
    assert "helper" in text and "by value" in text and "payload:" in text


def test_secrets_are_flagged_and_never_shown():
    found = explain(Pipeline([clean, embed, secretive]))
    flagged = {row.name.rpartition(".")[2]: row.warning for row in found.warnings}
    assert flagged.keys() == {"API_KEY", "DATABASE"}
    assert "not-for-you" not in str(found) and "hunter22" not in str(found)
    assert "API_KEY" in str(found)


def test_secrets_in_bound_values_are_flagged():
    class Client:
        def __init__(self):
            self.password = "correct horse"

    found = explain(Pipeline([clean, embed]).bind(encoder=Client()))
    assert any("password" in row.warning for row in found.warnings), found
    assert "correct horse" not in str(found)


def test_preflight_loads_and_runs_elsewhere():
    pipeline = Pipeline([clean, embed]).bind(encoder=Encoder(2))
    loaded = preflight(pipeline)
    assert loaded and loaded.ok and "give inputs" in str(loaded)
    ran = preflight(pipeline, {"text": " a "})
    assert ran and ran.result == pipeline.run({"text": " a "})
    assert "compared by name and version only" in str(ran)


def test_preflight_tells_what_fails_and_where():
    failing = Pipeline([clean, embed, node(output_name="end")(refuses)]).bind(encoder=Encoder(1))
    result = preflight(failing, {"text": "a"})
    assert not result and result.stage == "running"
    assert isinstance(result.error, RuntimeError) and "refuses" in str(result)
    assert 'raise RuntimeError(f"no: {vector}")' in str(result)


def test_preflight_says_at_home_what_cannot_travel():
    import threading

    result = preflight(Pipeline([clean, embed]).bind(encoder=threading.Lock()))
    assert not result and result.stage == "shipping" and "lock" in str(result)
    assert isinstance(result.error, ShippingError)


def test_paths_lead_from_the_node_to_the_culprit():
    import threading

    class Client:
        def __init__(self):
            self._lock = threading.Lock()

    holder = Encoder(1)
    holder.__dict__["client"] = Client()

    @node(output_name="x")
    def uses(y):
        return holder, y

    with pytest.raises(ShippingError) as caught:
        shipping.dumps(Pipeline([uses]))
    assert "uses -> holder -> .client -> ._lock" in str(caught.value)
    with pytest.raises(ShippingError) as caught:
        shipping.dumps({"a": [1, (2, holder)]})
    assert caught.value.path == "['a'] -> [1] -> [1] -> .client -> ._lock"


def test_a_bound_value_that_cannot_travel_is_named():
    import threading

    with pytest.raises(ShippingError, match="encoder"):
        shipping.dumps(Pipeline([clean, embed]).bind(encoder=threading.Lock()))
