"""Node: a callable plus the names it reads and writes."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar, overload

from hypernodes.batching import check_batch
from hypernodes.errors import GraphError, did_you_mean, quoted

P = ParamSpec("P")
R = TypeVar("R")

REQUIRED: Any = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a node's function and the pipeline name that feeds it."""

    name: str
    source: str
    by_keyword: bool
    positional_only: bool = False
    default: Any = REQUIRED

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


class Node(Generic[P, R]):
    """A function and its place in a pipeline; still callable like the function.

    Made by `node`. `output_name` is a name or a tuple of names, `name` the node's id.

    >>> @node(output_name="doubled")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(4), double.output_name, double.reads
    (8, 'doubled', ('x',))
    """

    func: Callable[P, R]
    name: str
    output_name: str | tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    reads: tuple[str, ...]
    optional: frozenset[str]
    rename: Mapping[str, str]
    cache: bool
    retries: int
    retry_on: type[BaseException] | tuple[type[BaseException], ...]
    timeout: float | None
    batch_func: Callable[..., Any] | None
    is_async: bool

    def __init__(
        self,
        func: Callable[P, R],
        output_name: str | tuple[str, ...] | None = None,
        *,
        name: str | None = None,
        rename: Mapping[str, str] | None = None,
        cache: bool = True,
        retries: int = 0,
        retry_on: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        timeout: float | None = None,
        batch: Callable[..., Any] | None = None,
    ) -> None:
        if not callable(func):
            raise GraphError(
                f"a node needs a callable, got {type(func).__name__}",
                hint="decorate a function: @node(output_name='result')",
            )
        if isinstance(func, Node):
            raise GraphError(
                f"{func.name!r} is a node already",
                hint=f"make the second node from its function: node(...)({func.name}.func)",
                node=func.name,
            )
        functools.update_wrapper(self, func, updated=())
        own = _own_name(func)
        label = name or own or str(getattr(func, "__name__", "<callable>"))
        outputs = _output_names(output_name if output_name is not None else own, label)
        parameters = _parameters(func, dict(rename or {}), label)
        put = functools.partial(object.__setattr__, self)
        put("func", func)
        put("name", name or own or "_".join(outputs))
        put("output_name", outputs[0] if not isinstance(output_name, tuple | list) else outputs)
        put("outputs", outputs)
        put("parameters", parameters)
        put("reads", tuple(dict.fromkeys(p.source for p in parameters)))
        required = {p.source for p in parameters if p.required}
        put("optional", frozenset(p.source for p in parameters) - required)
        put("rename", types.MappingProxyType(dict(rename or {})))
        put("cache", cache)
        _check_policies(label, retries, retry_on, timeout)
        put("retries", retries)
        put("retry_on", retry_on)
        put("timeout", timeout)
        if batch is not None:
            check_batch(batch, label, [p.name for p in parameters])
            if is_async(batch) and not is_async(func):
                raise GraphError(
                    f"node {label!r}: an async batch function needs an async single one",
                    hint="make both async, or both plain",
                    node=label,
                )
        put("batch_func", batch)
        put("is_async", is_async(func))

    def requires(self, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """The names read to produce these outputs: a function reads all of its own."""
        return self.reads

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.func(*args, **kwargs)

    def call(self, values: Mapping[str, Any]) -> Any:
        """Call the function with values by parameter name; what is absent has its default."""
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        gap = False
        for p in self.parameters:
            if p.name not in values:
                if p.positional_only:
                    positional.append(p.default)
                gap = gap or not p.positional_only
            elif p.by_keyword or gap:
                keywords[p.name] = values[p.name]
            else:
                positional.append(values[p.name])
        return self.func(*positional, **keywords)

    def __get__(self, instance: object, owner: type | None = None) -> Node[..., R]:
        # A node in a class body binds like the function it stands for.
        if instance is None or not isinstance(self.func, types.FunctionType):
            return self
        bound: Node[..., R] = self._with(func=self.func.__get__(instance, owner))
        return bound

    def batch(self, func: Callable[..., Any]) -> Node[P, R]:
        """This node with a vectorised implementation, which maps then use.

        The function has the same parameters; mapped ones arrive as `list`,
        `numpy.ndarray` or `pyarrow.Array`, as annotated, constants as they are. It
        returns one value per item (a tuple of such columns for several outputs).

        >>> @node(output_name="size")
        ... def measure(text: str) -> int:
        ...     return len(text)
        >>> @measure.batch
        ... def measure(text: list[str]) -> list[int]:
        ...     return [len(each) for each in text]
        >>> measure("abc"), measure.batch_func(["a", "bc"])
        (3, [1, 2])
        """
        changed: Node[P, R] = self._with(batch=func)
        return changed

    def _with(self, **changes: Any) -> Any:
        return Node(**{**self._made_with(), **changes})

    def _made_with(self) -> dict[str, Any]:
        return {
            "func": self.func,
            "output_name": self.output_name,
            "name": self.name,
            "rename": dict(self.rename),
            "cache": self.cache,
            "retries": self.retries,
            "retry_on": self.retry_on,
            "timeout": self.timeout,
            "batch": self.batch_func,
        }

    def __setattr__(self, name: str, value: Any) -> None:
        # functools.update_wrapper sets the function's own dunders on us once.
        if name in _WRAPPED and name not in self.__dict__:
            object.__setattr__(self, name, value)
            return
        raise AttributeError(f"node {self.name!r} is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"node {self.name!r} is immutable: cannot delete {name!r}")

    def _repr_html_(self) -> str:
        from hypernodes.viz.inline import node_html

        return node_html(self)

    def __repr__(self) -> str:
        return f"<Node {self.name}({', '.join(self.reads)}) -> {', '.join(self.outputs)}>"

    def __copy__(self) -> Node[P, R]:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Node[P, R]:
        return self

    def __ship_state__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _restore, (self._made_with(),)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from hypernodes.shipping import reduce_payload

        return reduce_payload(self)


_WRAPPED = {*functools.WRAPPER_ASSIGNMENTS, "__wrapped__"}


def _restore(made_with: dict[str, Any]) -> Node[..., Any]:
    return Node(**made_with)


class DualNode(Node[P, R]):
    """A node from two callables: one for a single item, one for whole columns.

    >>> squares = DualNode(
    ...     output_name="y",
    ...     singular=lambda x: x * x,
    ...     batch=lambda x: [each * each for each in x],
    ... )
    >>> squares(3)
    9
    """

    def __init__(
        self,
        output_name: str | tuple[str, ...],
        singular: Callable[P, R],
        batch: Callable[..., Any],
        **options: Any,
    ) -> None:
        super().__init__(singular, output_name, batch=batch, **options)


@overload
def node(
    output_name: str | tuple[str, ...] | None = None,
    *,
    name: str | None = None,
    rename: Mapping[str, str] | None = None,
    cache: bool = True,
    retries: int = 0,
    retry_on: type[BaseException] | tuple[type[BaseException], ...] = Exception,
    timeout: float | None = None,
) -> Callable[[Callable[P, R]], Node[P, R]]: ...


@overload
def node(output_name: Callable[P, R]) -> Node[P, R]: ...


def node(output_name: Any = None, **options: Any) -> Any:
    """Make a function, method, partial, lambda or callable object a node.

    `output_name` is the name it writes (default: the function's own), or a tuple of
    names for a function that returns several values. `rename` maps a parameter to the
    pipeline name that feeds it. A call that raises one of `retry_on` is made again up to
    `retries` times. `timeout` (seconds) holds for async functions, and for plain ones in
    worker processes of ours. Raises `GraphError` where the definition cannot work.

    >>> @node(output_name=("low", "high"), rename={"values": "scores"})
    ... def bounds(values: list[float]) -> tuple[float, float]:
    ...     return min(values), max(values)
    >>> bounds
    <Node bounds(scores) -> low, high>
    """
    if callable(output_name):
        return Node(output_name, None, **options)

    def decorate(func: Callable[..., Any]) -> Node[..., Any]:
        return Node(func, output_name, **options)

    return decorate


def _check_policies(label: str, retries: Any, retry_on: Any, timeout: Any) -> None:
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise GraphError(
            f"node {label!r}: retries must be a whole number from 0, got {retries!r}",
            hint="retries=3 calls it up to four times",
            node=label,
        )
    kinds = retry_on if isinstance(retry_on, tuple) else (retry_on,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise GraphError(
            f"node {label!r}: retry_on must be an exception class or a tuple of them, "
            f"got {retry_on!r}",
            hint="retry_on=(ConnectionError, TimeoutError)",
            node=label,
        )
    if timeout is not None and (not isinstance(timeout, int | float) or timeout <= 0):
        raise GraphError(
            f"node {label!r}: timeout must be a number of seconds above 0, got {timeout!r}",
            hint="timeout=30",
            node=label,
        )


def _own_name(func: Any) -> str | None:
    while isinstance(func, functools.partial):
        func = func.func
    own = getattr(func, "__name__", None)
    return own if isinstance(own, str) and own.isidentifier() else None


def _output_names(output_name: Any, label: str) -> tuple[str, ...]:
    if output_name is None:
        raise GraphError(
            f"{label!r} has no name of its own to call its output by",
            hint="name the output: node(output_name='result')(...)",
            node=label,
        )
    names = tuple(output_name) if isinstance(output_name, tuple | list) else (output_name,)
    for each in names:
        if not isinstance(each, str) or not each:
            raise GraphError(
                f"node {label!r}: output_name must be a non-empty string or a tuple of them, "
                f"got {output_name!r}",
                hint="output_name='result' or output_name=('first', 'second')",
                node=label,
            )
    if not names or len(set(names)) != len(names):
        raise GraphError(
            f"node {label!r}: output names must be distinct and at least one, got {names!r}",
            hint="give every output a name of its own",
            node=label,
        )
    return names


def _parameters(
    func: Callable[..., Any], rename: dict[str, str], label: str
) -> tuple[Parameter, ...]:
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError) as error:
        raise GraphError(
            f"node {label!r}: its parameters cannot be read ({error})",
            hint="wrap it in a function that names them",
            node=label,
        ) from error
    try:
        # A decorator's wrapper may take other kinds of arguments than it shows.
        outer = inspect.signature(func, follow_wrapped=False)
    except (TypeError, ValueError):  # a staticmethod has only what it wraps
        outer = signature
    kinds = {p.kind for p in outer.parameters.values()}
    takes_args = inspect.Parameter.VAR_POSITIONAL in kinds
    takes_kwargs = inspect.Parameter.VAR_KEYWORD in kinds
    keyword_wrapper = outer != signature and takes_kwargs and not takes_args
    found: list[Parameter] = []
    rest: inspect.Parameter | None = None
    extra = [given for given in rename if given not in signature.parameters]
    for p in signature.parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            rest = p
            if p.kind is p.VAR_POSITIONAL and not extra:
                break
            continue
        found.append(
            Parameter(
                p.name,
                rename.get(p.name, p.name),
                by_keyword=p.kind is p.KEYWORD_ONLY or keyword_wrapper,
                positional_only=p.kind is p.POSITIONAL_ONLY,
                default=p.default,
            )
        )
    if rest is None and extra:
        names = [p.name for p in found]
        raise GraphError(
            f"node {label!r}: rename names {quoted(extra)}, which is no parameter of it",
            hint=did_you_mean(extra[0], names),
            node=label,
            parameter=extra[0],
        )
    if rest is not None:
        star = "*" if rest.kind is rest.VAR_POSITIONAL else "**"
        if not extra:
            raise GraphError(
                f"node {label!r}: {star}{rest.name} does not say which names it reads",
                hint=f"name the parameters, or list them: "
                f"rename={{'parameter': 'pipeline_name'}} feeds {star}{rest.name}",
                node=label,
                parameter=rest.name,
            )
        keywords = star == "**"
        found += [
            Parameter(e, rename[e], by_keyword=keywords, positional_only=not keywords)
            for e in extra
        ]
    return tuple(found)


def is_async(func: Any) -> bool:
    """Whether calling it gives a coroutine; looks through partials and callable objects."""
    while isinstance(func, functools.partial):
        func = func.func
    called = getattr(type(func), "__call__", None)  # noqa: B004 - its kind, not its presence
    if inspect.iscoroutinefunction(called):
        return True
    # A stateful object is not asked: an attribute that it lacks would have it built.
    return not hasattr(type(func), "__ship_state__") and inspect.iscoroutinefunction(func)
