"""PipelineNode: a pipeline as a node of another pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hypernodes.errors import GraphError, did_you_mean, quoted
from hypernodes.pipeline import Pipeline
from hypernodes.plan import MapMode, Nested
from hypernodes.verbs import names_of


class PipelineNode(Nested):
    """A pipeline seen from outside; made by `Pipeline.as_node`.

    `reads`, `outputs`, `optional` and `unfulfilled_args` are outer names; `feeds`, `gives`,
    `constants` and `map_over` are about the inner ones.

    >>> from hypernodes import Pipeline, node
    >>> @node(output_name="size")
    ... def measure(text: str) -> int:
    ...     return len(text)
    >>> Pipeline([measure], name="measure").as_node(
    ...     input_mapping={"texts": "text"}, output_mapping={"size": "sizes"}, map_over="texts"
    ... )
    <PipelineNode measure(texts) -> sizes, map_over=['texts']>
    """

    name: str
    pipeline: Pipeline
    cache: bool
    outputs: tuple[str, ...]
    reads: tuple[str, ...]
    optional: frozenset[str]
    _required: dict[tuple[str, ...], tuple[str, ...]]
    made_with: tuple[dict[str, str], dict[str, str], tuple[str, ...], MapMode, str, bool]

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        input_mapping: Mapping[str, str] | None = None,
        output_mapping: Mapping[str, str] | None = None,
        map_over: str | Sequence[str] | None = None,
        map_mode: MapMode = "zip",
        name: str | None = None,
        cache: bool = True,
    ) -> None:
        put = _setter(self)
        graph = pipeline.graph
        label = name or pipeline.name or "pipeline"
        mapping = dict(input_mapping or {})
        outputs = dict(output_mapping or {})
        _check_names(label, "input_mapping", mapping.values(), sorted(graph.known))
        _check_distinct(label, "input_mapping", mapping.values())
        _check_names(label, "output_mapping", outputs, graph.outputs)
        _check_distinct(label, "output_mapping", outputs.values())
        if map_mode not in ("zip", "product"):
            raise GraphError(
                f"as_node of {label!r}: map_mode must be 'zip' or 'product', got {map_mode!r}",
                hint="zip pairs the items, product combines each with each",
                node=label,
            )
        bound = pipeline.bound_inputs
        outer = {inner: outside for outside, inner in mapping.items()}
        feeds = {
            inner: outer.get(inner, inner)
            for inner in (*graph.inputs, *(n for n in outer if n not in graph.inputs))
            if inner in outer or inner not in bound
        }
        over = names_of(map_over)
        if over is None:
            raise GraphError(
                f"as_node of {label!r}: map_over must be a name or a list of names, "
                f"got {map_over!r}",
                hint="map_over='items' or map_over=['left', 'right']",
                node=label,
            )
        free = {inner for inner in bound if inner not in feeds}
        _check_names(label, "map_over", over, sorted({*feeds.values(), *free}))
        put("pipeline", pipeline)
        put("made_with", (mapping, outputs, over, map_mode, label, cache))
        put("graph", graph)
        put("name", label)
        put("cache", cache)
        put("engine", pipeline.engine)
        put("feeds", feeds)
        put("constants", bound)
        put("gives", outputs or {n: n for n in graph.outputs})
        put("map_over", tuple(_inner_name(label, n, feeds) for n in over))
        put("map_mode", map_mode)
        put("outputs", tuple(self.gives.values()))
        put("_required", {})
        put("reads", self.requires(self.outputs))
        needed = {
            source
            for inner, source in feeds.items()
            if inner not in graph.optional and inner not in bound
        }
        put("optional", frozenset(self.reads) - needed - {feeds.get(n) for n in self.map_over})

    def requires(self, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """Outer names that must be read to produce just these outputs."""
        found = self._required.get(outputs)
        if found is None:  # kept, or each level of nesting would multiply the work
            wanted = [inner for inner, outside in self.gives.items() if outside in outputs]
            given = self.constants.keys() | (self.feeds.keys() - set(self.graph.inputs))
            _, outside = self.graph.needed(wanted, given)
            read = {*outside, *self.map_over, *wanted}
            feeds = (source for inner, source in self.feeds.items() if inner in read)
            found = self._required[outputs] = tuple(dict.fromkeys(feeds))
        return found

    @property
    def output_name(self) -> str | tuple[str, ...]:
        return self.outputs[0] if len(self.outputs) == 1 else self.outputs

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.reads

    @property
    def bound_inputs(self) -> dict[str, Any]:
        """The inner pipeline's bound values, by inner name, as a new dict."""
        return dict(self.constants)

    @property
    def unfulfilled_args(self) -> tuple[str, ...]:
        """Outer names that a call still needs."""
        return tuple(n for n in self.reads if n not in self.optional)

    def __call__(self, **inputs: Any) -> dict[str, Any]:
        """Run it by itself: outer names in, a dict of its outputs out."""
        return Pipeline([self], name=self.name, engine=self.engine).run(inputs)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"node {self.name!r} is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"node {self.name!r} is immutable: cannot delete {name!r}")

    def _repr_html_(self) -> str:
        from hypernodes.viz.inline import node_html

        return node_html(self)

    def __repr__(self) -> str:
        over = f", map_over={[self.feeds.get(n, n) for n in self.map_over]}" * bool(self.map_over)
        return (
            f"<PipelineNode {self.name}({', '.join(self.reads)}) -> "
            f"{', '.join(self.outputs)}{over}>"
        )

    def __copy__(self) -> PipelineNode:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> PipelineNode:
        return self

    def __ship_state__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _restore, (self.pipeline, self.made_with)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from hypernodes.shipping import reduce_payload

        return reduce_payload(self)


def _restore(pipeline: Pipeline, made_with: tuple[Any, ...]) -> PipelineNode:
    inputs, outputs, over, mode, name, cache = made_with
    return PipelineNode(
        pipeline,
        input_mapping=inputs,
        output_mapping=outputs,
        map_over=over,
        map_mode=mode,
        name=name,
        cache=cache,
    )


def _inner_name(label: str, outer: str, feeds: Mapping[str, str]) -> str:
    inner = [name for name, source in feeds.items() if source == outer]
    if len(inner) > 1:
        raise GraphError(
            f"as_node of {label!r}: map_over names {outer!r}, which feeds {quoted(inner)}",
            hint="input_mapping can give each of them an outer name of its own",
            node=label,
            name=outer,
        )
    return inner[0] if inner else outer


def _setter(target: object) -> Callable[[str, Any], None]:
    return lambda name, value: object.__setattr__(target, name, value)


def _check_names(label: str, what: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise GraphError(
                f"as_node of {label!r}: {what} names {name!r}, which is not there",
                hint=did_you_mean(str(name), known),
                node=label,
                name=name,
            )


def _check_distinct(label: str, what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise GraphError(
                f"as_node of {label!r}: {what} uses {name!r} twice",
                hint="each name can stand once",
                node=label,
                name=name,
            )
        seen.add(name)
