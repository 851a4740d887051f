"""The verdict over two annotations."""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Sequence
from typing import Any

from hypernodes.typecheck import views
from hypernodes.typecheck.classes import relation
from hypernodes.typecheck.forms import (
    NO,
    UNDECIDABLE,
    UNKNOWN,
    YES,
    Verdict,
    any_of,
    bare,
    every,
    is_class,
    is_open,
    is_typed_dict,
    is_union,
    split,
    whichever,
)

_DEEPEST = 40
_MAPPING = collections.abc.Mapping
_ITERABLE = collections.abc.Iterable
_CALLABLE: Any = collections.abc.Callable


def fits(producer: Any, consumer: Any) -> Verdict:
    """Whether a value annotated `producer` can be given where `consumer` is expected.

    `NO` only where no value can be both; whatever cannot be known, a name that cannot be
    resolved included, is `UNDECIDABLE`. Never raises.

    >>> fits(int, float), fits(list[int], list[str]), fits(int | None, int)
    (<Verdict.YES: 'yes'>, <Verdict.NO: 'no'>, <Verdict.UNDECIDABLE: 'undecidable'>)
    """
    return Fit()(producer, consumer)


class Fit:
    """`fits` for many pairs: what was compared once is remembered."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, Any], Verdict] = {}
        self._depth = 0

    def __call__(self, given: Any, wanted: Any) -> Verdict:
        key = (given, wanted)
        try:
            known = self._known.get(key)
            if known is None:
                # An alias may lead back here: what it asks of itself, it may have.
                self._known[key] = UNDECIDABLE
        except Exception:  # unhashable, or a hash of the user's own
            return self._judge(given, wanted)
        if known is None:
            known = self._known[key] = self._judge(given, wanted)
        return known

    def _judge(self, given: Any, wanted: Any) -> Verdict:
        if self._depth >= _DEEPEST:
            return UNDECIDABLE
        self._depth += 1
        try:
            return self._compare(bare(given), bare(wanted))
        except Exception:  # metaclasses, subclass hooks and aliases are the user's code
            return UNDECIDABLE
        finally:
            self._depth -= 1

    def _compare(self, given: Any, wanted: Any) -> Verdict:
        if wanted is Any or wanted is object:
            return YES
        if given is UNKNOWN or given is Any or wanted is UNKNOWN:
            return UNDECIDABLE
        if given is wanted:
            return YES
        if typing.get_origin(given) is typing.get_origin(wanted) is typing.Literal:
            return _literals(given, wanted)
        choices = _choices(given)
        if choices is not None:
            return whichever([self(each, wanted) for each in choices])
        if isinstance(wanted, typing.TypeVar) and not wanted.__constraints__:
            return self(given, _bound(wanted, object))
        choices = None if typing.get_origin(wanted) is typing.Literal else _choices(wanted)
        if choices is not None:
            return any_of([self(given, each) for each in choices])
        if isinstance(given, typing.TypeVar):
            return self(_bound(given, UNKNOWN), wanted)
        if isinstance(wanted, typing.NewType):
            return self._new_type(given, wanted)
        if isinstance(given, typing.NewType):
            return self(given.__supertype__, wanted)
        if typing.Literal in (typing.get_origin(given), typing.get_origin(wanted)):
            return self._literal(given, wanted)
        return self._classes(given, wanted)

    def _new_type(self, given: Any, wanted: Any) -> Verdict:
        known = given
        while isinstance(known, typing.NewType):
            if known is wanted:
                return YES
            known = known.__supertype__
        # Nothing at run time tells a UserId from an int.
        return NO if self(known, wanted.__supertype__) is NO else UNDECIDABLE

    def _literal(self, given: Any, wanted: Any) -> Verdict:
        values = typing.get_args(wanted)
        if typing.get_origin(given) is not typing.Literal:
            kinds = [self(type(value), given) for value in values]
            return NO if any_of(kinds) is NO else UNDECIDABLE
        (value,) = typing.get_args(given)
        return self(type(value), wanted)

    def _classes(self, given: Any, wanted: Any) -> Verdict:
        (cls, args), (base, wanted_args) = split(given), split(wanted)
        if cls is UNKNOWN or base is UNKNOWN:
            return UNDECIDABLE
        if cls is type and args:
            return self._class_object(args[0], base, wanted_args)
        if is_typed_dict(base):
            return self._typed_dict(given, base)
        verdict = relation(dict if is_typed_dict(cls) else cls, base)
        if verdict is NO or not wanted_args:
            return verdict
        if base is _CALLABLE:
            return every([verdict, self._callable(given, wanted)])
        return every([verdict, self._arguments(given, base, wanted_args)])

    def _class_object(self, made: Any, base: type, wanted_args: tuple[Any, ...]) -> Verdict:
        """`type[made]`, a class as a value."""
        if base is type:
            return self(made, wanted_args[0]) if wanted_args else YES
        made = bare(made)
        verdict = relation(type(made) if is_class(made) else type, base)
        if getattr(base, "_is_protocol", False):
            return UNDECIDABLE  # a class shows its instances' methods too
        return verdict if verdict is NO or not wanted_args else UNDECIDABLE

    def _typed_dict(self, given: Any, wanted: Any) -> Verdict:
        cls, _ = split(given)
        required = views.required_keys(wanted)
        if not is_typed_dict(cls):
            if relation(cls, dict) is NO:
                return NO
            keyed = views.pair(given)
            wrong = keyed is not None and self(keyed[0], str) is NO
            return NO if wrong and required else UNDECIDABLE
        has, needs = views.class_hints(cls), views.class_hints(wanted)
        there = views.required_keys(cls)
        told = {key: self(has[key], needs[key]) for key in needs if key in has}
        if any(told.get(key) is NO for key in there & required):
            return NO
        all_there = there >= required and NO not in told.values()
        return every(told.values()) if all_there else UNDECIDABLE

    def _arguments(self, given: Any, base: type, wanted: tuple[Any, ...]) -> Verdict:
        if is_open(wanted):
            return UNDECIDABLE
        if base is tuple:
            return self._tuple(given, wanted)
        if issubclass(base, _MAPPING):
            keyed = views.pair(given)
            if keyed is None:
                return self(views.elements(given), wanted[0])
            return every([self(g, w) for g, w in zip(keyed, wanted, strict=False)])
        own = views.arguments_as(given, base)
        if own:
            if len(own) != len(wanted) or is_open(own):
                return UNDECIDABLE
            return every([self(g, w) for g, w in zip(own, wanted, strict=True)])
        if views.iterates_first(base):
            told = self(views.elements(given), wanted[0])
            return told if len(wanted) == 1 or told is NO else UNDECIDABLE
        return UNDECIDABLE

    def _tuple(self, given: Any, wanted: tuple[Any, ...]) -> Verdict:
        many = len(wanted) == 2 and wanted[1] is Ellipsis
        own = views.fields(given)
        if own is None:
            each = views.elements(given)
            if many:
                return self(each, wanted[0])
            return every([UNDECIDABLE, *(self(each, w) for w in wanted)])
        if many:
            return every([self(each, wanted[0]) for each in own])
        if len(own) != len(wanted):
            return NO
        return every([self(g, w) for g, w in zip(own, wanted, strict=True)])

    def _callable(self, given: Any, wanted: Any) -> Verdict:
        own = typing.get_args(given) if split(given)[0] is _CALLABLE else ()
        if not own:
            return UNDECIDABLE
        (takes, gives), (called_with, expected) = own, typing.get_args(wanted)
        result = self(gives, expected)
        if result is NO or not isinstance(takes, list) or not isinstance(called_with, list):
            return result if result is NO or called_with is Ellipsis else UNDECIDABLE
        if len(takes) != len(called_with) or is_open([*takes, *called_with]):
            return result if result is NO else UNDECIDABLE  # there may be defaults
        return every([result, *(self(w, g) for g, w in zip(takes, called_with, strict=True))])

    # -- what a graph asks besides

    def series(self, given: Any, item: Any) -> Verdict:
        """Whether a map can take `given` apart, and its items fit."""
        try:
            return self._series(given, item)
        except Exception:  # as in `_judge`
            return UNDECIDABLE

    def _series(self, given: Any, item: Any) -> Verdict:
        whole = bare(given)
        if is_union(whole):
            return whichever([self.series(each, item) for each in typing.get_args(whole)])
        if views.is_text_or_mapping(split(whole)[0]):
            return NO
        return self(whole, types.GenericAlias(_ITERABLE, (item,)))

    def several(self, annotation: Any, count: int) -> Sequence[Any]:
        """The annotations of the values of a function that returns `count` of them."""
        try:
            whole = bare(annotation)
        except Exception:  # an alias that cannot be evaluated
            return [UNKNOWN] * count
        own = views.fields(whole)
        if own is not None:
            return own if len(own) == count else [UNKNOWN] * count
        if split(whole)[0] in (tuple, list):
            return [views.elements(whole)] * count
        return [UNKNOWN] * count


def _literals(given: Any, wanted: Any) -> Verdict:
    own = {(type(v), v) for v in typing.get_args(given)}
    asked = {(type(v), v) for v in typing.get_args(wanted)}
    return YES if own <= asked else UNDECIDABLE if own & asked else NO


def _choices(annotation: Any) -> tuple[Any, ...] | None:
    """The annotations of which one will be the case, where there are several."""
    if is_union(annotation):
        return typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        values = typing.get_args(annotation)
        return tuple(typing.Literal[v] for v in values) if len(values) > 1 else None
    if isinstance(annotation, typing.TypeVar) and annotation.__constraints__:
        return annotation.__constraints__
    return None


def _bound(variable: typing.TypeVar, otherwise: Any) -> Any:
    return otherwise if variable.__bound__ is None else variable.__bound__
