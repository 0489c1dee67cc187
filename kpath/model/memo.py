"""What follows from a model alone, computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from kpath.errors import RuleError
from kpath.model.tables import Model

T = TypeVar("T")
P = ParamSpec("P")


def memoised(function: Callable[Concatenate[Model, P], T]) -> Callable[Concatenate[Model, P], T]:
    """A function of the model, and of what else can be hashed, computed once for each.

    A view may use it only if it may read what it was made of.
    """

    @wraps(function)
    def once(model: Model, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (function, args) if args else function
        if key not in model._memo:
            read: set[str] = set()
            model._read.append(read)
            try:
                value = function(model, *args, **kwargs)
            finally:
                model._read.pop()
            model._memo[key] = (value, frozenset(read))
        value_, read_ = model._memo[key]
        if missing := read_ - model._allowed:
            raise RuleError(f"`{function.__name__}` reads `{min(missing)}`, which the rule does not declare")
        for reader in model._read:
            reader |= read_
        return cast(T, value_)

    return once
