"""Who comes to see a Secret that somebody else makes for them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.model.tables import Model
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.bindings import Grant, Joint
from kpath.semantics.rbac.grants import grants, together
from kpath.semantics.rbac.operators import Operator, writers

# A patch returns the whole object.
VERBS = ("get", "list", "watch", "patch")


def readers(model: Model) -> Iterator[Grant]:
    """Who reads the Secrets of a namespace, or makes pods that mount them. Names are no limit: one chooses them."""
    for verb in VERBS:
        yield from (replace(grant, names=None) for grant in grants(model, verb, "secrets"))
    yield from launches.direct(model)
    yield from launches.through_controllers(model)


def made_and_read(model: Model, *operators: Operator) -> tuple[Joint, ...]:
    """Who may write objects of some kinds in a namespace, and sees the Secrets there."""
    return tuple(together(model, *(writers(model, each) for each in operators), readers(model)))
