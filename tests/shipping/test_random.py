"""Modules with random call graphs give the same results at home and away."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from two_places import GET, SEND, Places

NAMES = ["alpha", "beta", "gamma"]


KINDS = {
    "function": "def f{i}(x):\n    return {body}\n",
    "method": "class K{i}:\n    def run(self, x):\n        return {body}\n"
    "def f{i}(x):\n    return K{i}().run(x)\n",
    "closure": "def make{i}():\n    own = 0\n    def inner(x):\n        return own + ({body})\n"
    "    return inner\nf{i} = make{i}()\n",
    "cached": "@functools.cache\ndef f{i}(x):\n    return {body}\n",
}
BRIDGES = {
    "body": "def body_{j}(x):\n    import {home} as it\n    return it.f{j}(x)\n",
    "from": "def from_{j}(x):\n    from {home} import f{j} as it\n    return it(x)\n",
}


@st.composite
def programs(draw):
    """Up to three modules, each with functions that call functions of any of them."""
    count = draw(st.integers(2, 9))
    homes = [draw(st.sampled_from(NAMES)) for _ in range(count)]
    modules: dict[str, list[str]] = {name: [] for name in NAMES}
    for i, home in enumerate(homes):
        calls = [f"STATE[{i % 3}]"]
        for j in draw(st.lists(st.integers(0, count - 1), max_size=3, unique=True)):
            way = draw(st.sampled_from(["attribute", *BRIDGES]))
            if homes[j] == home:
                calls.append(f"f{j}(x - 1)")
            elif way == "attribute":
                calls.append(f"{homes[j]}.f{j}(x - 1)")
            else:
                calls.append(f"{way}_{j}(x - 1)")
                modules[home].append(BRIDGES[way].format(home=homes[j], j=j))
        kind = draw(st.sampled_from(sorted(KINDS)))
        body = f"{' + '.join(calls)} if x > 0 else {i}"
        modules[home].append(KINDS[kind].format(i=i, body=body))
    sources = {}
    for name, parts in modules.items():
        imports = "".join(f"import {other}\n" for other in NAMES if other != name)
        body = "\n".join(dict.fromkeys(parts))
        sources[name] = f"import functools\n{imports}STATE = [1, 2, 3]\n\n{body}"
    start = draw(st.integers(0, count - 1))
    return sources, homes[start], start


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=programs())
def test_home_and_away_agree(folder, program):
    sources, home, start = program
    places = Places(folder.mktemp("random"))
    places.write(
        **sources,
        script=SEND
        + f"import {home}\nf = {home}.f{start}\nsend(f)\nprint([f(x) for x in range(4)])",
    )
    here = places.home()
    there = places.away(GET + "f = get()\nprint([f(x) for x in range(4)])")
    assert json.loads(here) == json.loads(there)
