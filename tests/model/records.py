"""Any record of the package, made from its own annotations."""

from __future__ import annotations

import importlib
import pkgutil
import types
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

import stresstune.model
from stresstune.model.policy import CrossedBounds, Policy
from stresstune.model.record import Estimate, Record, annotations_of

R = TypeVar("R", bound=Record)

plain = st.one_of(st.booleans(), st.integers(-(10**6), 10**6), st.text(max_size=8))


def record_types() -> list[type[Record]]:
    """Every record that stresstune.model has."""
    modules = [
        importlib.import_module(f"{stresstune.model.__name__}.{module.name}")
        for module in pkgutil.iter_modules(stresstune.model.__path__)
    ]
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Record) and value is not Record
    }
    return sorted(found, key=lambda kind: kind.__qualname__)


@cache
def records(kind: type[R]) -> st.SearchStrategy[R]:
    """Return records of a kind with every field drawn from what its annotation allows."""
    fields = {name: values(annotation) for name, annotation in annotations_of(kind).items()}
    return st.builds(_policy if kind is Policy else kind, **fields)


def _policy(**fields: Any) -> Policy:
    """Make a policy whose bounds do not cross."""
    try:
        return Policy(**fields)
    except CrossedBounds:
        return Policy(**{**fields, "min": fields["max"]})


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Return what one annotation allows; numbers are finite, since JSON has no others."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _bounded(arguments[0], arguments[1:])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([values(one) for one in arguments])
    if origin is tuple:
        return _tuples(arguments)
    if origin is dict:
        keys = st.text(max_size=5) if arguments[0] is str else values(arguments[0])
        return st.dictionaries(keys, values(arguments[1]), max_size=2)
    return _simple(annotation)


def _tuples(arguments: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    if arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=1).map(tuple)
    return st.tuples(*(values(one) for one in arguments))


def _simple(annotation: Any) -> st.SearchStrategy[Any]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return st.deferred(lambda: records(annotation))
    finite = st.floats(allow_nan=False, allow_infinity=False)
    return {
        Any: plain,
        type(None): st.none(),
        bool: st.booleans(),
        int: st.integers(-(2**53), 2**53),
        float: finite,
        str: st.text(max_size=10),
        Estimate: st.builds(Estimate, finite, finite, finite),
    }[annotation]


def _bounded(annotation: Any, extras: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    meta = next((extra for extra in extras if isinstance(extra, msgspec.Meta)), msgspec.Meta())
    low = meta.ge if meta.ge is not None else meta.gt
    high = meta.le if meta.le is not None else meta.lt
    if annotation is int:
        return st.integers(low, high)
    if annotation is float:
        return st.floats(
            low,
            high,
            allow_nan=False,
            allow_infinity=False,
            exclude_min=meta.gt is not None,
            exclude_max=meta.lt is not None,
        )
    return values(annotation)
