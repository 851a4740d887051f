"""A class is one class: between payloads, on the way home, and after a restart."""

import pytest

from two_places import GET, SEND, Places

CLASSES = """
import enum
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from pydantic import BaseModel

T = TypeVar("T")

@dataclass
class Point:
    x: int

class Color(enum.Enum):
    RED = 1

class Perm(enum.IntFlag):
    R = 4
    W = 2

class Model(BaseModel):
    name: str

class Pair(NamedTuple):
    a: int
    b: int = 2

class Box(Generic[T]):
    def __init__(self, value):
        self.value = value
    def __eq__(self, other):
        return isinstance(other, Box) and self.value == other.value
    __hash__ = None

class Broken(Exception):
    def __init__(self, *, code):
        self.code = code
    def __eq__(self, other):
        return type(other) is Broken and self.code == other.code
    __hash__ = None

VALUES = {
    "Point": Point(3), "Color": Color.RED, "Perm": Perm.R | Perm.W, "Model": Model(name="n"),
    "Pair": Pair(1), "Box": Box(4), "Broken": Broken(code=5),
}
"""
CHANGES = {
    "Point": ("    x: int\n", "    x: int\n    y: int = 0\n"),
    "Color": ("    RED = 1\n", "    RED = 2\n"),
    "Perm": ("    W = 2\n", "    W = 8\n"),
    "Model": ("    name: str\n", "    name: str\n    size: int = 0\n"),
    "Pair": ("    b: int = 2\n", "    b: int = 3\n"),
    "Box": ("        self.value = value\n", "        self.value = [value]\n"),
    "Broken": ("        self.code = code\n", "        self.code = -code\n"),
}


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


@pytest.mark.parametrize("where", ["script", "module"])
def test_saved_values_are_of_the_same_class_after_a_restart(places, where):
    check = """
for name, value in receive("saved").items():
    assert type(value) is globals()[name], (name, type(value))
    assert value == VALUES[name], name
assert receive("saved")["Color"] is Color.RED
print("held")
"""
    if where == "script":
        places.write(script=CLASSES + SEND + 'send(VALUES, "saved")')
        places.home()
        places.write(script="# moved by a comment\n" + CLASSES + SEND + check)
    else:
        places.write(kinds=CLASSES, script=SEND + 'from kinds import *\nsend(VALUES, "saved")')
        places.home()
        places.write(script=SEND + "from kinds import *\n" + check)
    assert places.home() == "held"


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_class_that_changed_meanwhile_is_refused(places, name):
    places.write(script=CLASSES + SEND + f'send(VALUES[{name!r}], "saved")')
    places.home()
    old, new = CHANGES[name]
    assert CLASSES.count(old) == 1
    check = f"""
from hypernodes.errors import ClassChangedError
try:
    receive("saved")
except ClassChangedError as error:
    assert {name!r} in str(error) and "script" in str(error), error
    print("refused")
"""
    places.write(script=CLASSES.replace(old, new) + SEND + check)
    assert places.home() == "refused"


def test_helpers_docstrings_and_state_are_no_part_of_a_definition(places):
    text = '''
def helper():
    return 1
class Thing:
    """Old."""
    count = 0
    def run(self):
        # a comment
        return helper()
'''
    places.write(script=text + SEND + 'Thing.count = 9\nsend(Thing(), "saved")')
    places.home()
    changed = text.replace("return 1", "return 2").replace("Old", "New").replace("# a", "# another")
    places.write(script=changed + SEND + 'print(type(receive("saved")) is Thing)')
    assert places.home() == "True"


def test_a_local_class_is_rebuilt_where_none_is_at_home(places):
    make = """
def make():
    class Local:
        def __init__(self): self.x = 3
        def double(self): return self.x * 2
    return Local()
"""
    places.write(script=make + SEND + 'send(make(), "saved")')
    places.home()
    places.write(other=SEND + 'print(receive("saved").double(), type(receive("saved")).__name__)')
    assert places.home("other") == "6 Local"


def test_two_payloads_share_one_class_on_the_worker(places):
    script = """
class Thing:
    made = []
    def __init__(self): Thing.made.append(1)
def make(): return Thing()
def check(x): return isinstance(x, Thing), len(Thing.made)
"""
    places.write(script=script + SEND + 'send(make, "make"); send(check, "check")')
    places.home()
    code = (
        GET
        + """
thing = get("make")()
print(get("check")(thing), type(thing).__module__.endswith(".script"))
"""
    )
    assert places.away(code) == "(True, 1) True"


def test_a_later_payload_brings_what_home_changed_and_keeps_what_was_written_here(places):
    script = """
SCALE = 1
class Thing:
    made = []
    factor = 1
    config = {"k": 1}
    def value(self):
        Thing.made.append(1)
        return SCALE, self.factor, self.config["k"]
def job(): return Thing().value(), len(Thing.made)
"""
    change = """
send(job, "first")
SCALE = 2
Thing.config["k"] = 5
send(job, "second")
Thing.factor = 9
Thing.value = lambda self: ("patched", self.factor)
send(job, "third")
"""
    places.write(script=script + SEND + change)
    places.home()
    code = (
        GET
        + """
print(get("first")(), get("second")(), get("third")(), get("third")())
"""
    )
    assert places.away(code) == (
        "((1, 1, 1), 1) ((2, 1, 5), 2) (('patched', 9), 2) (('patched', 9), 2)"
    )


def test_a_forked_worker_takes_classes_that_were_made_again_since(places):
    places.write(
        script=SEND
        + """
import multiprocessing as mp
def work(queue, answers):
    while (data := queue.get()) is not None:
        answers.put(shipping.loads(data)())
class Kind:
    def name(self): return "old"
shipping.dumps(Kind)
context = mp.get_context("fork")
queue, answers = context.Queue(), context.Queue()
process = context.Process(target=work, args=(queue, answers), daemon=True)
process.start()
class Kind:
    def name(self): return "new"
queue.put(shipping.dumps(lambda: Kind().name()))
print(answers.get(timeout=20))
queue.put(None)
process.join(20)
"""
    )
    assert places.home() == "new"


def test_coming_home_never_writes_to_the_home_class(places):
    places.write(
        kinds="""
class Counter:
    total = 0
    log = []
    def __init__(self):
        Counter.total += 1
        self.log.append(self.total)
    def value(self):
        return FACTOR * self.total
FACTOR = 2
""",
        script=SEND
        + """
import subprocess, kinds
def job():
    kinds.FACTOR = 7
    kinds.Counter.value = lambda self: "changed"
    kinds.Counter.extra = 1
    return [kinds.Counter(), kinds.Counter()]
send(job)
body = dict(kinds.Counter.__dict__)
subprocess.run([sys.executable, "-I", "-c", os.environ["WORK"]], check=True)
first, second = receive()
assert type(first) is type(second) is kinds.Counter
assert dict(kinds.Counter.__dict__) == body and kinds.FACTOR == 2
assert kinds.Counter.total == 0 and kinds.Counter.log == [] and first.value() == 0
import pickle
third = pickle.loads(Path(os.environ["POST"], "pickled").read_bytes())[0]
assert type(third) is kinds.Counter and dict(kinds.Counter.__dict__) == body
print("clean")
""",
    )
    work = (
        GET
        + """
import pickle
result = get()()
put(result)
Path(post, "pickled").write_bytes(pickle.dumps(result))
"""
    )
    head = f"post = {str(places.post)!r}\n"
    assert places.home(WORK=head + work) == "clean"


def test_copies_on_the_worker_are_made_there(places):
    script = """
class Tree:
    def __init__(self, *children):
        self.children = list(children)
def make(): return Tree(Tree(), Tree())
"""
    places.write(script=script + SEND + "send(make)")
    places.home()
    code = (
        GET
        + """
import copy
tree = get()()
shallow, deep = copy.copy(tree), copy.deepcopy(tree)
assert type(shallow) is type(deep) is type(tree)
assert shallow.children is tree.children
assert deep.children is not tree.children and deep.children[0] is not tree.children[0]
print("copied")
"""
    )
    assert places.away(code) == "copied"


def test_functions_come_home_as_the_functions_of_home():
    from hypernodes import shipping

    def inner(x):
        return x

    here = shipping.loads(shipping.dumps({"f": inner, "c": Places}))
    assert here["f"] is inner
    assert here["c"] is Places


def test_nothing_of_the_users_is_touched():
    import cloudpickle
    from hypernodes import shipping

    tracked = len(cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS)

    class Kept:
        attribute = 1

        def method(self):
            return GET

    body = dict(Kept.__dict__)
    before = (Kept.method.__module__, Kept.method.__qualname__, Kept.method.__globals__)
    names = set(globals())
    shipping.loads(shipping.dumps(Kept))
    assert dict(Kept.__dict__) == body
    assert (Kept.method.__module__, Kept.method.__qualname__, Kept.method.__globals__) == before
    assert set(globals()) == names
    assert cloudpickle.list_registry_pickle_by_value() == set()
    assert len(cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS) == tracked
