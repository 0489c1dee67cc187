"""What follows from a model alone, computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from kpath.errors import RuleError
from kpath.model.tables import Model

T = TypeVar("T")


def memoised(function: Callable[[Model], T]) -> Callable[[Model], T]:
    """A function of the model alone, computed once; a view may use it only if it may read what it was made of."""

    @wraps(function)
    def once(model: Model) -> T:
        if function not in model._memo:
            read: set[str] = set()
            model._read.append(read)
            try:
                value = function(model)
            finally:
                model._read.pop()
            model._memo[function] = (value, frozenset(read))
        value_, read_ = model._memo[function]
        if missing := read_ - model._allowed:
            raise RuleError(f"`{function.__name__}` reads `{min(missing)}`, which the rule does not declare")
        for reader in model._read:
            reader |= read_
        return cast(T, value_)

    return once
