"""What invalidates what: pairs of small programs, run in separate processes.

A case is (files before, files after, nodes that must run again); a table in the docs comes of them. Every node writes its name
to a side-effect file through the installed `tally` of the harness.
"""

# ruff: noqa: E501 - a case is read across, before and after

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent

BASE = """
from tally import ran
from hypernodes import DiskCache, Pipeline, SeqEngine, node
{top}

@node(output_name="a")
def first(x):
    ran("first")
    return {first}

@node(output_name="b")
def second(a):
    ran("second")
    return a * 10

if __name__ == "__main__":
    from tally import CACHE
    pipeline = Pipeline([first, second], engine=SeqEngine(cache=DiskCache(CACHE)))
    print(repr(pipeline.run({{"x": {x}}})["b"]))
"""


@dataclass(frozen=True)
class Case:
    name: str
    before: dict[str, str]
    after: dict[str, str]
    reruns: tuple[str, ...]
    how: tuple[str, ...] = ("main.py",)  # script, or -m/-c words, of the second program
    env: dict[str, str] = field(default_factory=dict)
    what: str = "code"


def base(top: str = "", first: str = "x + 1", x: str = "1") -> str:
    return BASE.format(top=dedent(top), first=first, x=x)


def changed(
    name: str, old: str, new: str, *, first: str, reruns: tuple[str, ...], x: str = "1"
) -> Case:
    """One top-level definition of the script is another one."""
    return Case(name, {"main.py": base(old, first, x)}, {"main.py": base(new, first, x)}, reruns)


def files(
    name: str, main: str, before: dict[str, str], after: dict[str, str], reruns: tuple[str, ...]
) -> Case:
    """Modules beside the script are others."""
    both = {"main.py": main}
    return Case(name, both | before, both | after, reruns)


F = ("first",)
FS = ("first", "second")
NONE: tuple[str, ...] = ()
CLASS = "class Scale:\n    k = {k}\n    def __init__(self, n): self._n = n\n    def up(self, v): return {body}"
MODEL = "from pydantic import BaseModel, Field\nclass Item(BaseModel):\n    n: int\n    {more}"

CASES = [
    # What must run again
    changed("a helper's body", "def h(v): return v + 1", "def h(v): return v + 2", first="h(x)", reruns=FS),
    changed("a helper's body, same value", "def h(v): return v + 1", "def h(v): return 1 + v", first="h(x)", reruns=F),
    changed("a helper of a helper", "def g(v): return v\ndef h(v): return g(v) + 1", "def g(v): return v * 3\ndef h(v): return g(v) + 1", first="h(x)", reruns=FS),
    changed("a constant", "RATE = 2", "RATE = 3", first="x * RATE", reruns=FS),
    changed("a constant of another type", "RATE = 2", "RATE = 2.0", first="x * RATE", reruns=FS),
    changed("a dict constant", "C = {'a': 1}", "C = {'a': 2}", first="x * C['a']", reruns=FS),
    changed("a list constant grown", "L = [1]", "L = [1, 2]", first="x * len(L)", reruns=FS),
    changed("a default", "def h(v, k=1): return v + k", "def h(v, k=2): return v + k", first="h(x)", reruns=FS),
    changed("a keyword default", "def h(v, *, k=1): return v + k", "def h(v, *, k=2): return v + k", first="h(x)", reruns=FS),
    changed("a closure value", "def make(k):\n    def h(v): return v + k\n    return h\nh = make(1)", "def make(k):\n    def h(v): return v + k\n    return h\nh = make(2)", first="h(x)", reruns=FS),
    changed("a lambda", "h = lambda v: v + 1", "h = lambda v: v + 2", first="h(x)", reruns=FS),
    changed("a partial's argument", "import functools\nh = functools.partial(pow, 2)", "import functools\nh = functools.partial(pow, 3)", first="h(x)", reruns=FS),
    changed("a class's method", CLASS.format(k=1, body="v * self._n"), CLASS.format(k=1, body="v * self._n + 5"), first="Scale(2).up(x)", reruns=FS),
    changed("a class attribute", CLASS.format(k=1, body="v * self.k"), CLASS.format(k=4, body="v * self.k"), first="Scale(2).up(x)", reruns=FS),
    changed("a base class", "class A:\n    def up(self, v): return v\nclass B(A): pass", "class A:\n    def up(self, v): return v + 9\nclass B(A): pass", first="B().up(x)", reruns=FS),
    changed("a property", "class A:\n    @property\n    def n(self): return 1", "class A:\n    @property\n    def n(self): return 2", first="A().n + x", reruns=FS),
    changed("a static method", "class A:\n    @staticmethod\n    def up(v): return v", "class A:\n    @staticmethod\n    def up(v): return -v", first="A.up(x)", reruns=FS),
    changed("a captured instance's private attribute", CLASS.format(k=1, body="v * self._n") + "\nS = Scale(2)", CLASS.format(k=1, body="v * self._n") + "\nS = Scale(3)", first="S.up(x)", reruns=FS),
    changed("a decorator's body", "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def w(v): return f(v) + 1\n    return w\n@deco\ndef h(v): return v", "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def w(v): return f(v) + 2\n    return w\n@deco\ndef h(v): return v", first="h(x)", reruns=FS),
    changed("what an lru_cache wraps", "import functools\n@functools.lru_cache\ndef h(v): return v", "import functools\n@functools.lru_cache\ndef h(v): return v + 3", first="h(x)", reruns=FS),
    changed("a pydantic field's default", MODEL.format(more="k: int = 1"), MODEL.format(more="k: int = 2"), first="Item(n=x).k", reruns=FS),
    changed("a pydantic field's constraint", MODEL.format(more="k: int = Field(1, gt=0)"), MODEL.format(more="k: int = Field(1, gt=-1)"), first="Item(n=x).k", reruns=F),
    changed("a dataclass's default", "from dataclasses import dataclass\n@dataclass\nclass D:\n    k: int = 1", "from dataclasses import dataclass\n@dataclass\nclass D:\n    k: int = 2", first="D().k", reruns=FS),
    changed("an enum's value", "from enum import Enum\nclass E(Enum):\n    A = 1", "from enum import Enum\nclass E(Enum):\n    A = 2", first="E.A.value", reruns=FS),
    changed("a name that means another function", "def g(v): return v\ndef k(v): return -v\nh = g", "def g(v): return v\ndef k(v): return -v\nh = k", first="h(x)", reruns=FS),
    changed("a builtin shadowed", "", "def len(v): return 99", first="len([x])", reruns=FS),
    changed("a helper of a loop's comprehension", "def h(v): return v", "def h(v): return v + 1", first="[h(i) for i in range(3)]", reruns=FS),
    changed("a helper in an inner function", "def h(v):\n    def g(): return v + 1\n    return g()", "def h(v):\n    def g(): return v + 2\n    return g()", first="h(x)", reruns=FS),
    changed("a constant in a tuple of functions", "def p(v): return v\ndef q(v): return v + 1\nALL = (p, q)", "def p(v): return v\ndef q(v): return v + 2\nALL = (p, q)", first="[f(x) for f in ALL]", reruns=FS),
    changed("a regular expression", "import re\nR = re.compile('a')", "import re\nR = re.compile('b')", first="R.pattern", reruns=FS),
    changed("recursion's end", "def h(v): return 1 if v < 1 else h(v - 1)", "def h(v): return 2 if v < 1 else h(v - 1)", first="h(x)", reruns=FS),
    changed("a numpy constant", "import numpy as np\nW = np.arange(3)", "import numpy as np\nW = np.arange(4)", first="int(W.sum()) + x", reruns=FS),
    Case("the node's own body", {"main.py": base(first="x + 1")}, {"main.py": base(first="x + 2")}, FS),
    Case("the node's own body, same value", {"main.py": base(first="x + 1")}, {"main.py": base(first="1 + x")}, F),
    files("a helper in another module", base("from util import h", "h(x)"), {"util.py": "def h(v): return v"}, {"util.py": "def h(v): return v + 1"}, FS),
    files("a helper of a helper in another module", base("from util import h", "h(x)"), {"util.py": "import deep\ndef h(v): return deep.g(v)", "deep.py": "def g(v): return v"}, {"deep.py": "def g(v): return v + 1", "util.py": "import deep\ndef h(v): return deep.g(v)"}, FS),
    files("a constant by attribute of a module", base("import conf", "x * conf.RATE"), {"conf.py": "RATE = 2"}, {"conf.py": "RATE = 3"}, FS),
    files("a module imported in the body", base("def h(v):\n    import util\n    return util.h(v)", "h(x)"), {"util.py": "def h(v): return v"}, {"util.py": "def h(v): return v + 1"}, FS),
    files("a name imported in the body", base("def h(v):\n    from util import h\n    return h(v)", "h(x)"), {"util.py": "def h(v): return v"}, {"util.py": "def h(v): return v + 1"}, FS),
    files("a function of a package", base("from pack.part import h", "h(x)"), {"pack/__init__.py": "", "pack/part.py": "def h(v): return v"}, {"pack/__init__.py": "", "pack/part.py": "def h(v): return v + 1"}, FS),
    # Inputs
    Case("another input", {"main.py": base()}, {"main.py": base(x="2")}, FS, what="input"),
    Case("1 and 1.0", {"main.py": base(first="repr(x)", x="1")}, {"main.py": base(first="repr(x)", x="1.0")}, FS, what="input"),
    Case("1 and True", {"main.py": base(first="repr(x)", x="1")}, {"main.py": base(first="repr(x)", x="True")}, FS, what="input"),
    Case("1 and '1'", {"main.py": base(first="repr(x)", x="1")}, {"main.py": base(first="repr(x)", x="'1'")}, FS, what="input"),
    Case("0.0 and -0.0", {"main.py": base(first="repr(x)", x="0.0")}, {"main.py": base(first="repr(x)", x="-0.0")}, FS, what="input"),
    Case("a list and a tuple", {"main.py": base(first="repr(x)", x="[1]")}, {"main.py": base(first="repr(x)", x="(1,)")}, FS, what="input"),
    Case("NaN again", {"main.py": base(first="repr(x)", x="float('nan')")}, {"main.py": base(first="repr(x)", x="float('inf') * 0")}, NONE, what="input"),
    Case("a set in another order", {"main.py": base(first="len(x)", x="{'a', 'b', 'c'}")}, {"main.py": base(first="len(x)", x="{'c', 'b', 'a'}")}, NONE, what="input"),
    Case("a dict in another order", {"main.py": base(first="len(x)", x="{'a': 1, 'b': 2}")}, {"main.py": base(first="len(x)", x="{'b': 2, 'a': 1}")}, NONE, what="input"),
    Case("an equal list by another route", {"main.py": base(first="len(x)", x="[0, 1, 2]")}, {"main.py": base(first="len(x)", x="list(range(3))")}, NONE, what="input"),
    Case("an equal array of another layout", {"main.py": base("import numpy as np", "x.tolist()", "np.ones((2, 3))")}, {"main.py": base("import numpy as np", "x.tolist()", "np.asfortranarray(np.ones((2, 3)))")}, NONE, what="input"),
    Case("an array of another dtype", {"main.py": base("import numpy as np", "x.tolist()", "np.ones(3)")}, {"main.py": base("import numpy as np", "x.tolist()", "np.ones(3, dtype='f4')")}, F, what="input"),
    Case("an equal new instance", {"main.py": base(CLASS.format(k=1, body="v"), "x.up(1)", "Scale(3)")}, {"main.py": base(CLASS.format(k=1, body="v"), "x.up(1)", "Scale(1 + 2)")}, NONE, what="input"),
    Case("an instance with another private attribute", {"main.py": base(CLASS.format(k=1, body="v * self._n"), "x.up(1)", "Scale(3)")}, {"main.py": base(CLASS.format(k=1, body="v * self._n"), "x.up(1)", "Scale(4)")}, FS, what="input"),
    Case("a method of the input's class", {"main.py": base(CLASS.format(k=1, body="v"), "x.up(1)", "Scale(3)")}, {"main.py": base(CLASS.format(k=1, body="v + 1"), "x.up(1)", "Scale(3)")}, FS, what="input"),
    # What must not
    Case("nothing", {"main.py": base()}, {"main.py": base()}, NONE, what="nothing"),
    Case("another working directory", {"main.py": base()}, {"other/main.py": base()}, NONE, how=("other/main.py",), what="nothing"),
    Case("another hash seed", {"main.py": base("S = {'a', 'b', 'c'}", "len(S)")}, {"main.py": base("S = {'a', 'b', 'c'}", "len(S)")}, NONE, env={"PYTHONHASHSEED": "7"}, what="nothing"),
    Case("imported instead of run", {"main.py": base("def h(v): return v", "h(x)")}, {"run.py": "import main, tally\nfrom hypernodes import *\nprint(repr(Pipeline([main.first, main.second], engine=SeqEngine(cache=DiskCache(tally.CACHE))).run({'x': 1})['b']))"}, NONE, how=("run.py",), what="nothing"),
    changed("a comment", "def h(v): return v", "# why\ndef h(v):\n    # because\n    return v", first="h(x)", reruns=NONE),
    changed("a docstring", "def h(v):\n    'one'\n    return v", "def h(v):\n    'two'\n    return v", first="h(x)", reruns=NONE),
    changed("a docstring gone", "def h(v):\n    'one'\n    return v", "def h(v):\n    return v", first="h(x)", reruns=NONE),
    changed("formatting", "def h(v): return (v + 1) * 2", "def h(v):\n\n    return (\n        v + 1\n    ) * 2", first="h(x)", reruns=NONE),
    changed("a local variable's name", "def h(v):\n    k = v\n    return k", "def h(v):\n    other = v\n    return other", first="h(x)", reruns=NONE),
    changed("a closed-over variable's name", "def h(v):\n    k = v\n    return (lambda: k)()", "def h(v):\n    z = v\n    return (lambda: z)()", first="h(x)", reruns=NONE),
    changed("definitions in another order", "def g(v): return v\ndef h(v): return g(v)", "def h(v): return g(v)\ndef g(v): return v", first="h(x)", reruns=NONE),
    changed("an unrelated function", "def h(v): return v", "def h(v): return v\ndef unrelated(): return 1", first="h(x)", reruns=NONE),
    changed("an unrelated constant", "A = 1\nB = 1", "A = 1\nB = 2", first="x + A", reruns=NONE),
    changed("a counter that the code writes", "N = {'n': 0}\ndef h(v):\n    N['n'] += 1\n    return v", "N = {'n': 5}\ndef h(v):\n    N['n'] += 1\n    return v", first="h(x)", reruns=NONE),
    changed("a log that the code appends to", "LOG = []\ndef h(v):\n    LOG.append(v)\n    return v", "LOG = [1]\ndef h(v):\n    LOG.append(v)\n    return v", first="h(x)", reruns=NONE),
    changed("a global that the code assigns", "N = 0\ndef h(v):\n    global N\n    N += 1\n    return v", "N = 4\ndef h(v):\n    global N\n    N += 1\n    return v", first="h(x)", reruns=NONE),
    files("another function of a module", base("import util", "util.h(x)"), {"util.py": "def h(v): return v\ndef g(v): return v"}, {"util.py": "def h(v): return v\ndef g(v): return -v"}, NONE),
]  # fmt: skip
