"""Imports inside bodies: loaded modules, modules not loaded yet, packages, relative ones."""

import tools


def deferred():
    from notloaded import helper
    from pack import part
    from pack.deep.leaf import LEAF, climb

    import tools as again

    return again.double(2), helper(3), part.name(), LEAF, climb()


def dotted():
    import pack.deep.leaf

    return pack.deep.leaf.LEAF


def job():
    return deferred(), dotted(), tools.double(1)


def check(result):
    assert result == ((4, "helped 3 times 10", "part of pack", "leaf", "part of pack"), "leaf", 2)


# mypy: ignore-errors
