"""Do producer and consumer annotations fit?

    hints.py     the annotations of a node's function, resolved
    forms.py     an annotation without its wrappings; how it is shown
    classes.py   can a value of one class be one of the other? protocols by their members
    views.py     what a container holds: elements, keys and values, fields
    fit.py       `fits`: the verdict over two annotations
    edges.py     `check`: every edge of a graph

Only what surely cannot fit is refused. An annotation promises a set of values; two do not
fit when no value can be in both. Whatever cannot be known is undecidable and passes.
"""

from hypernodes.typecheck.edges import check
from hypernodes.typecheck.fit import fits
from hypernodes.typecheck.forms import UNKNOWN, Verdict

__all__ = ["UNKNOWN", "Verdict", "check", "fits"]
