"""Mitigations: what one is, and all of them.

One file per mitigation; `rbac_remove.py` is `M-RBAC-REMOVE`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

from msgspec import Struct, field
from msgspec.structs import replace

from kpath.discover import discover
from kpath.errors import RuleError
from kpath.evidence import Fact
from kpath.model.tables import Model
from kpath.refs import Ref, within
from kpath.snapshot.patch import Patch

# When the effect of a change starts.
IMMEDIATE, RECREATED, REPLACED = "immediate", "after pods are recreated", "after nodes are replaced"


class Mitigation(Struct, frozen=True):
    """A defence: `patch` answers a fact with an edit of real objects that refutes it, or with `None`.

    `refutes` are patterns of facts, `KIND:POINTER`, with `*` for any run of characters.
    """

    id: str
    summary: str
    prose: Mapping[str, str]
    refutes: tuple[str, ...]
    lag: str
    patch: Callable[[Fact, Model], Patch | None] = field(default=lambda fact, model: None)

    def answers(self, fact: Fact) -> bool:
        """Whether this mitigation knows what to do about a fact."""
        return any(_pattern(each).fullmatch(f"{fact.of.kind}:{fact.at}") is not None for each in self.refutes)


class Fix(Struct, frozen=True):
    """A mitigation at a place: the fact that it refutes, and the patch that does."""

    mitigation: str
    at: Ref
    fact: Fact
    patch: Patch
    lag: str

    def __str__(self) -> str:
        return f"{self.mitigation} at {self.at}"


def mitigation(
    *, refutes: str | tuple[str, ...], lag: str
) -> Callable[[Callable[[Fact, Model], Patch | None]], Mitigation]:
    """Make a mitigation of a function; its docstring is the catalogue's page."""

    def made(function: Callable[[Fact, Model], Patch | None]) -> Mitigation:
        doc = inspect.getdoc(function) or ""
        summary, _, rest = doc.partition("\n")
        if not summary:
            raise RuleError(f"{function.__name__} needs a docstring")
        id_ = "M-" + function.__name__.upper().replace("_", "-")
        patterns = (refutes,) if isinstance(refutes, str) else refutes
        return Mitigation(id_, summary, {"Bypass": " ".join(rest.split())}, patterns, lag, function)

    return made


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


@cache
def mitigations() -> Mapping[str, Mitigation]:
    """Every mitigation that kpath ships, by id."""
    return discover("kpath.mitigations", Mitigation)


def fixes(model: Model, facts: Iterable[Fact]) -> Iterator[Fix]:
    """Every change that refutes one of some facts; of several clusters, in the one that the fact is of."""
    for fact in dict.fromkeys(facts):
        cluster, own = model.place(fact.of)
        part, there = model.part(cluster), replace(fact, of=own)
        for each in mitigations().values():
            patch = each.patch(there, part) if each.answers(there) else None
            if patch is not None:
                patch = patch.moved(partial(within, cluster))
                yield Fix(each.id, min(patch.touches), fact, patch, each.lag)


_CONTAINER = re.compile(r"/spec/((?:init|ephemeral)?[cC]ontainers)/(\d+)(/.*)")


def on_workload(model: Model, pod: Ref, path: str, value: object) -> Patch:
    """Set a field of a pod, of every pod of its controller, and of the controller's template.

    A container is the same one where it has the same name; an ephemeral one is of its pod alone.
    """
    patch = Patch.replace(pod, path, value)
    found = _CONTAINER.fullmatch(path)
    if found is not None and found[1] == "ephemeralContainers":
        return patch
    if found is not None:
        path = f"/spec/{found[1]}/[{_container(model, pod, found[1], int(found[2]))}]{found[3]}"
    for of, prefix in replicas(model, pod):
        if of != pod:
            patch |= Patch.replace(of, prefix + path, value)
    return patch


def _container(model: Model, pod: Ref, field: str, index: int) -> str:
    number = model.names.find(pod)
    spec = model.pods.class_of(number).spec if number is not None else None
    listed = (spec.init_containers if field == "initContainers" else spec.containers) if spec is not None else None
    return listed[index].name if listed is not None and index < len(listed) else ""


def replicas(model: Model, ref: Ref) -> Iterator[tuple[Ref, str]]:
    """The controller of a pod and all its pods, each with the prefix of a pod's fields; or the one object."""
    number = model.names.find(ref) if ref.kind == "pod" else None
    owner = model.pods.owner_of(number) if number is not None else None
    if owner is None:
        yield ref, ""
        return
    if model.file_of(owner) is not None:
        yield owner, "/spec/jobTemplate/spec/template" if owner.kind == "cronjob" else "/spec/template"
    for each in model.pods.owned_by(owner):
        if model.origin(each)[0] == each:
            yield each, ""
