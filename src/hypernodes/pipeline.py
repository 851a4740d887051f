"""Pipeline: an immutable value made of nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hypernodes.errors import GraphError, InputError, did_you_mean
from hypernodes.graph import Graph, GraphNode
from hypernodes.node import Node
from hypernodes.plan import MapMode
from hypernodes.verbs import Verbs, check_engine

if TYPE_CHECKING:
    from hypernodes.engines.base import Engine
    from hypernodes.nesting import PipelineNode
    from hypernodes.shipping import Policy
    from hypernodes.shipping.explain import Explanation
    from hypernodes.shipping.preflight import Preflight
    from hypernodes.typecheck.edges import CheckTypes
    from hypernodes.viz.overlay import Overlay
    from hypernodes.viz.picture import Picture


class Pipeline(Verbs):
    """Nodes connected by the names they read and write; never changes.

    `nodes` are nodes or other pipelines, in any order. `engine` runs them (default:
    `SeqEngine`), `name` stands in messages. Raises `GraphError` where the nodes cannot
    fit together; `check_types` says what to do about annotations that surely do not:
    "error", "warn" or "off".

    >>> from hypernodes import node
    >>> @node(output_name="clean")
    ... def strip(text: str) -> str:
    ...     return text.strip()
    >>> @node(output_name="size")
    ... def measure(clean: str) -> int:
    ...     return len(clean)
    >>> pipeline = Pipeline([strip, measure], name="sizes")
    >>> pipeline.run({"text": " abc "})
    {'clean': 'abc', 'size': 3}
    >>> pipeline.map({"text": [" a", "bc "]}, map_over="text")["size"]
    [1, 2]
    """

    __slots__ = ("__weakref__", "_bound", "_engine", "_graph", "_name", "_plans", "_policy")

    def __init__(
        self,
        nodes: Iterable[Node[..., Any] | PipelineNode | Pipeline],
        *,
        engine: Engine | None = None,
        name: str | None = None,
        check_types: CheckTypes = "error",
    ) -> None:
        self._set(Graph(_as_nodes(nodes)), {}, engine, name)
        _check_types(self._graph, check_types)

    def _set(
        self,
        graph: Graph,
        bound: dict[str, Any],
        engine: Engine | None,
        name: str | None,
        policy: Policy | None = None,
    ) -> None:
        check_engine(engine)
        put = object.__setattr__
        put(self, "_policy", policy)
        put(self, "_graph", graph)
        put(self, "_bound", bound)
        put(self, "_engine", engine)
        put(self, "_name", name)
        put(self, "_plans", {})

    def _with(self, **changes: Any) -> Pipeline:
        new = object.__new__(Pipeline)
        now = {
            "bound": self._bound,
            "engine": self._engine,
            "name": self._name,
            "policy": self._policy,
        }
        new._set(self._graph, **(now | changes))
        return new

    # What it is

    @property
    def name(self) -> str | None:
        return self._name

    @property
    def engine(self) -> Engine | None:
        return self._engine

    @property
    def nodes(self) -> tuple[GraphNode, ...]:
        """The nodes in order of execution."""
        return self._graph.nodes

    @property
    def graph(self) -> Graph:
        return self._graph

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names that nodes read and no node writes, bound ones included."""
        return self._graph.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names that nodes write, in order of execution."""
        return self._graph.outputs

    @property
    def bound_inputs(self) -> dict[str, Any]:
        """The values fixed by `bind`, as a new dict."""
        return dict(self._bound)

    @property
    def unfulfilled_args(self) -> tuple[str, ...]:
        """Inputs that a run still needs: neither bound nor with a default."""
        graph = self._graph
        _, read = graph.needed(graph.outputs, self._bound)
        settled = self._bound.keys() | graph.optional
        return tuple(n for n in graph.inputs if n in read and n not in settled)

    # Other pipelines made from it

    def bind(self, **values: Any) -> Pipeline:
        """A pipeline with these inputs fixed; a run may still override them.

        Raises `InputError` for a name that the pipeline does not know.
        """
        for name in values:
            if name not in self._graph.known:
                raise InputError(
                    f"{self._label} has no input {name!r} to bind",
                    hint=did_you_mean(name, sorted(self._graph.known)),
                    parameter=name,
                )
        return self._with(bound={**self._bound, **values})

    def unbind(self, *names: str) -> Pipeline:
        """A pipeline without these bound inputs; without names, without any."""
        for name in names:
            if name not in self._bound:
                raise InputError(
                    f"{self._label} has no bound input {name!r}",
                    hint=did_you_mean(name, self._bound),
                    parameter=name,
                )
        gone = names or tuple(self._bound)
        return self._with(bound={k: v for k, v in self._bound.items() if k not in gone})

    def with_engine(self, engine: Engine | None) -> Pipeline:
        """The same pipeline on another engine."""
        return self._with(engine=engine)

    def with_name(self, name: str | None) -> Pipeline:
        """The same pipeline under another name."""
        return self._with(name=name)

    def as_node(
        self,
        *,
        input_mapping: Mapping[str, str] | None = None,
        output_mapping: Mapping[str, str] | None = None,
        map_over: str | Sequence[str] | None = None,
        map_mode: MapMode = "zip",
        name: str | None = None,
        cache: bool = True,
    ) -> PipelineNode:
        """This pipeline as a node of another one.

        `input_mapping` is {outer name: inner input}, `output_mapping` {inner output:
        outer name}; with an `output_mapping` the other outputs are hidden and not
        computed. With `map_over` (outer names) it runs for each item, and its outputs
        are lists. Raises `GraphError` for a mapping that names nothing.

        >>> from hypernodes import node
        >>> @node(output_name="double")
        ... def twice(x: int) -> int:
        ...     return 2 * x
        >>> each = Pipeline([twice]).as_node(
        ...     input_mapping={"xs": "x"}, output_mapping={"double": "doubles"}, map_over="xs"
        ... )
        >>> each(xs=[1, 2, 3])
        {'doubles': [2, 4, 6]}
        """
        from hypernodes.nesting import PipelineNode

        return PipelineNode(
            self,
            input_mapping=input_mapping,
            output_mapping=output_mapping,
            map_over=map_over,
            map_mode=map_mode,
            name=name,
            cache=cache,
        )

    # Seeing it

    def describe(self) -> str:
        """A tree of text: inputs with types and defaults, nodes, nested pipelines, outputs.

        >>> from hypernodes import node
        >>> @node(output_name="size")
        ... def measure(text: str, unit: int = 1) -> int:
        ...     return len(text) // unit
        >>> print(Pipeline([measure], name="sizes").describe())
        Pipeline 'sizes'
        ├─ inputs
        │  ├─ text: str
        │  └─ unit: int = 1
        ├─ nodes
        │  └─ measure(text, unit) -> size: int
        └─ outputs
           └─ size: int
        """
        from hypernodes.viz.describe import describe

        return describe(self)

    def visualize(
        self,
        depth: int | None = None,
        *,
        orientation: Literal["LR", "TB"] = "LR",
        theme: Literal["auto", "light", "dark"] = "auto",
        show_types: bool = True,
        show_bound: bool = True,
        overlay: Overlay | None = None,
    ) -> Picture:
        """A picture that shows itself in notebooks and saves to .svg, .html and .mmd.

        Nested pipelines are open down to `depth` (None: all); on the HTML page they open
        and close. `overlay` lays a run over it: {"outer/inner" path: {"seconds", "share",
        "cached", "errors"}}. Raises `InputError` for an option that is not known.

        >>> from hypernodes import node
        >>> @node(output_name="size")
        ... def measure(text: str) -> int:
        ...     return len(text)
        >>> picture = Pipeline([measure], name="sizes").visualize(orientation="TB")
        >>> picture.svg[:4], picture.mermaid.splitlines()[0]
        ('<svg', 'flowchart TB')
        """
        from hypernodes.viz.picture import Picture

        return Picture(
            self,
            depth=depth,
            orientation=orientation,
            theme=theme,
            show_types=show_types,
            show_bound=show_bound,
            overlay=overlay,
        )

    def _repr_html_(self) -> str:
        from hypernodes.viz.inline import pipeline_html

        return pipeline_html(self)

    # How it travels

    def ship(
        self,
        *,
        by_value: Iterable[Any] = (),
        by_reference: Iterable[Any] = (),
        files: Iterable[str] = (),
    ) -> Pipeline:
        """A pipeline that travels otherwise than the general rule says.

        `by_value` and `by_reference` are modules or names of modules; `files` are data
        files that the code opens relative to its `__file__`, and travel with it.

        >>> from hypernodes import node
        >>> @node(output_name="y")
        ... def double(x: int) -> int:
        ...     return 2 * x
        >>> Pipeline([double]).ship(by_reference=["team_library"]).run({"x": 2})
        {'y': 4}
        """
        from hypernodes.shipping import Policy

        return self._with(policy=Policy(by_value, by_reference, files))

    def explain_shipping(self) -> Explanation:
        """What travels with this pipeline, how, how large it is, and who reaches it.

        Prints as a table; its rows are for programs. Values are never shown, what looks
        like a secret is flagged. Raises `ShippingError` for what cannot travel.
        """
        from hypernodes.shipping.explain import explain

        return explain(self, self._policy)

    def preflight(self, inputs: Mapping[str, Any] | None = None) -> Preflight:
        """Load this pipeline in a bare interpreter that has none of your files.

        With `inputs` it also runs there. The answer is true when all went well, and
        prints as a report.
        """
        from hypernodes.shipping.preflight import preflight

        given = None if inputs is None else dict(inputs)
        return preflight(self, given, policy=self._policy)

    # Being a value

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"a pipeline is immutable: cannot set {name!r}; "
            "bind, with_engine and with_name make a new one"
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a pipeline is immutable: cannot delete {name!r}")

    def __repr__(self) -> str:
        parts = [repr(self._name)] if self._name else []
        parts.append(f"nodes=[{', '.join(node.name for node in self.nodes[:12])}]")
        if self._bound:
            parts.append(f"bound=[{', '.join(self._bound)}]")
        if self.unfulfilled_args:
            parts.append(f"needs=[{', '.join(self.unfulfilled_args)}]")
        return f"Pipeline({', '.join(parts)})"

    def __copy__(self) -> Pipeline:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Pipeline:
        return self

    def __ship_state__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        more = (self._engine, self._name, self._policy)
        return _restore, (list(self.nodes), self._bound, *more)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from hypernodes.shipping import reduce_payload

        return reduce_payload(self, self._policy)


def _restore(
    nodes: list[Any],
    bound: dict[str, Any],
    engine: Engine | None,
    name: str | None,
    policy: Policy | None = None,
) -> Pipeline:
    # Its annotations were checked when it was first built.
    made = Pipeline(nodes, engine=engine, name=name, check_types="off")
    return made._with(bound=bound, policy=policy)


def _check_types(graph: Graph, mode: CheckTypes) -> None:
    if mode not in ("error", "warn", "off"):
        raise GraphError(
            f"check_types must be 'error', 'warn' or 'off', got {mode!r}",
            hint="'error' is the default",
            parameter="check_types",
        )
    if mode != "off" and len(graph.nodes) > 1:
        from hypernodes.typecheck import check  # a single node needs none of it

        check(graph, mode, stacklevel=3)


def _as_nodes(nodes: Iterable[Any]) -> list[GraphNode]:
    from hypernodes.nesting import PipelineNode

    if isinstance(nodes, Node | PipelineNode | Pipeline) or not isinstance(nodes, Iterable):
        raise GraphError(
            f"nodes must be a list of nodes, got {type(nodes).__name__}",
            hint="Pipeline([first, second])",
        )
    found: list[GraphNode] = []
    for i, each in enumerate(nodes):
        if isinstance(each, Node | PipelineNode):
            found.append(each)
        elif isinstance(each, Pipeline):
            found.append(each.as_node())
        else:
            name = getattr(each, "__name__", "func")
            what = f"the plain function {name!r}" if callable(each) else type(each).__name__
            raise GraphError(
                f"nodes[{i}] is {what}, not a node",
                hint=f"decorate it with @node(output_name={name!r}), "
                f"or wrap it here: node({name!r})({name})",
                node=name,
                index=i,
            )
    return found
