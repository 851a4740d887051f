"""Modules on the worker: side by side, never shadowing, and imported as at home."""

import pytest

from two_places import GET, SEND, Places


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


def test_two_versions_of_one_module_live_side_by_side(places):
    places.write(
        one="def value():\n    return 'one'\nclass Kind:\n    name = 'one'\n",
        script=SEND
        + """
import importlib
home = Path(__file__).parent
for version in ("first", "second"):
    (home / "tool.py").write_text(
        f"VERSION = {version!r}\\nclass Kind: version = {version!r}\\n"
        "def value():\\n    import tool\\n    return tool.VERSION, tool.Kind.version\\n"
    )
    sys.modules.pop("tool", None)
    importlib.invalidate_caches()
    sys.path_importer_cache.clear()
    import tool
    assert tool.VERSION == version
    send(tool.value, version)
    (home / "tool.py").unlink()
""",
    )
    places.home()
    code = (
        GET
        + """
first, second = get("first"), get("second")
print(first(), second(), first())
import sys
assert "tool" not in sys.modules
try:
    import tool
except ModuleNotFoundError as error:
    print(error)
"""
    )
    lines = places.away(code).splitlines()
    assert lines[0] == "('first', 'first') ('second', 'second') ('first', 'first')"
    assert lines[1] == "No module named 'tool'"


def test_an_installed_module_is_not_shadowed_and_not_taken(places):
    # A module of the user's that is called like an installed one.
    places.write(
        attrs="NAME = 'local'\n\ndef name():\n    import attrs\n    return attrs.NAME\n",
        script=SEND + "import attrs\nassert attrs.NAME == 'local'\nsend(attrs.name)",
    )
    places.home()
    code = (
        GET
        + """
name = get()
import attrs
print(name(), hasattr(attrs, "define"), hasattr(attrs, "NAME"))
"""
    )
    assert places.away(code) == "local True False"


def test_module_names_end_in_their_own(places):
    places.write(
        pkg____init__="",
        pkg__part="class Thing: pass\ndef job():\n    return Thing, __name__, __package__\n",
        script=SEND + "from pkg import part\nsend(part.job)",
    )
    places.home()
    code = (
        GET
        + """
import sys, importlib
thing, name, package = get()()
assert thing.__module__ == name and name.endswith(".pkg.part") and package.endswith(".pkg")
assert sys.modules[name].Thing is thing and importlib.import_module(name).Thing is thing
print(name.split(".")[0].split("_")[0])
"""
    )
    assert places.away(code) == "shipped"


def test_builtins_stay_as_they_are(places):
    places.write(
        script=SEND
        + """
def job():
    import builtins, math
    from collections import OrderedDict
    return [len([1]), builtins.len is len, math.floor(1.5), OrderedDict.__name__, eval("1 + 1")]
send(job)
"""
    )
    places.home()
    assert places.away(GET + "print(get()())") == "[1, True, 1, 'OrderedDict', 2]"


def test_a_missing_module_in_a_body_is_said_there(places):
    places.write(
        script=SEND
        + """
def job():
    try:
        import surely_missing
    except ImportError as error:
        return str(error)
send(job)
"""
    )
    places.home()
    assert places.away(GET + "print(get()())") == "No module named 'surely_missing'"


def test_editable_and_local_installs_travel_by_value(places):
    """PEP 610 says where a distribution came from; a ``.pth`` only adds a folder."""
    site = places.home_folder / "lib" / "site-packages"
    for name, folder in (("editable", places.home_folder / "src"), ("copied", site)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(f"def value():\n    return {name!r}\n")
    (site / "regular.py").write_text("def value():\n    return 1\n")
    info = site / "copied-1.0.dist-info"
    info.mkdir()
    (info / "direct_url.json").write_text('{"url": "file:///x", "dir_info": {}}')
    (info / "RECORD").write_text("copied.py,,\n")
    places.write(
        script=f"""
import site, sys
sys.path += [{str(site)!r}, {str(places.home_folder / "src")!r}]
import sysconfig
from hypernodes.code import origin
origin._site_dirs.cache_clear()
real = sysconfig.get_path
sysconfig.get_path = lambda key: {str(site)!r} if key == "platlib" else real(key)
import copied, editable, regular, json, hypernodes
from hypernodes.code.origin import Origin
modules = (copied, editable, regular, json, hypernodes)
verdicts = [Origin().is_installed(module.__name__) for module in modules]
print(verdicts, Origin(by_reference=["editable"]).is_installed("editable"),
      Origin(by_value=["json"]).is_installed("json.decoder"))
"""
    )
    assert places.home() == "[False, False, True, True, True] True False"


def test_the_policy_overrides_the_rule(places):
    places.write(
        mine="def value():\n    return 1\n",
        script=SEND
        + """
import mine
from hypernodes.shipping import Policy
def job(): return mine.value()
value = len(shipping.dumps(job))
reference = shipping.dumps(job, policy=Policy(by_reference=[mine]))
assert len(reference) < value and b"mine" in reference
Path(os.environ["POST"], "payload").write_bytes(reference)
""",
    )
    places.home()
    code = (
        GET
        + """
from hypernodes.errors import ShippingError
try:
    get()
except ShippingError as error:
    print(error)
"""
    )
    assert "mine" in places.away(code)


def test_data_files_travel_and_are_found_beside_the_script(places):
    (places.home_folder / "data").mkdir()
    (places.home_folder / "data" / "words.txt").write_text("alpha beta")
    (places.home_folder / "top.txt").write_text("top")
    places.write(
        script=SEND
        + """
from hypernodes.errors import ShippingError
from hypernodes.shipping import Policy
HERE = Path(__file__).parent
def job():
    beside = Path(__file__).with_name("top.txt").read_text()
    return beside, (HERE / "data" / "words.txt").read_text().split()
send(job, policy=Policy(files=["data", "top.txt"]))
try:
    shipping.dumps(job, policy=Policy(files=["nowhere.txt"]))
except ShippingError as error:
    print(error)
"""
    )
    assert "there is no 'nowhere.txt'" in places.home()
    for path in (places.home_folder / "data" / "words.txt", places.home_folder / "top.txt"):
        path.unlink()
    assert places.away(GET + "print(get()())") == "('top', ['alpha', 'beta'])"


def test_the_helpers_of_pytest_do_not_travel():
    from hypernodes import shipping

    data = shipping.dumps(asserting)
    assert b"_pytest" not in data and b"assertion" not in data


def asserting(x):
    assert x > 0, "positive"
    return x


def test_rewritten_asserts_run_where_pytest_is_not(places):
    from hypernodes import shipping

    (places.post / "payload").write_bytes(shipping.dumps(asserting))
    code = (
        GET
        + """
import sys
job = get()
print(job(1))
try:
    job(0)
except AssertionError as error:
    print("AssertionError", "positive" in str(error))
assert "pytest" not in sys.modules and "_pytest" not in sys.modules
"""
    )
    assert places.away(code).split() == ["1", "AssertionError", "True"]
