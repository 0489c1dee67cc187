"""Containers that see the processes of others of their own pod."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Evidence
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSecurityContext, PodSpec
from kpath.semantics.workload.capabilities import capabilities, powers, security
from kpath.semantics.workload.context import becomes_root, inherited, root, shares_processes
from kpath.semantics.workload.facts import doubt, fact, provided
from kpath.semantics.workload.vantages import Vantage, vantages
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

SAME_USER = doubt("the images run both containers as the same uid")
NOT_ROOT = doubt("the image of the other container does not run as root")


class Sight(Struct, frozen=True):
    """One container that sees the processes of another, and the fields by which it does."""

    seer: Vantage
    seen: Vantage
    because: Evidence


def sights(spec: PodSpec) -> Iterator[Sight]:
    """Each container of a pod with each other whose processes it sees."""
    every = vantages(spec)
    shared = shares_processes(spec)
    if not isinstance(shared, Denied):
        yield from (Sight(one, other, shared.because) for one in every for other in every if one is not other)
    for one in every:
        wanted = one.container.target_container_name
        because = (fact(one.at, "targetContainerName", value=wanted),)
        yield from (Sight(one, other, because) for other in every if wanted and other.container.name == wanted)


def reached(spec: PodSpec, sight: Sight) -> Iterator[Verdict]:
    """Each way a container gets at the files, variables and tokens of one that it sees."""
    one, other = sight.seer, sight.seen
    there = Allowed((*sight.because, *one.because, *other.because))
    for way in _ways(spec, one, other):
        verdict = all_of(there, way)
        if not isinstance(verdict, Denied):
            yield verdict


def _ways(spec: PodSpec, one: Vantage, other: Vantage) -> Iterator[Verdict]:
    """ptrace(2): the same user and no capability that one lacks; or SYS_PTRACE, whoever it is."""
    yield from _as_root(spec, one, other)
    for seen, held in powers(spec, one, "SYS_PTRACE"):
        yield all_of(held, becomes_root(spec, seen))
    (user, because), (same, besides) = _user(spec, one), _user(spec, other)
    if user and user == same:
        # The pod's user, if it is both containers', is not what makes them one: each that sets none is.
        common = set(because) & set(besides)
        yield Allowed(tuple(each for each in (*because, *besides) if each not in common))
    if None in (user, same) and 0 not in (user, same):
        yield Undecided((), (SAME_USER,))


def _as_root(spec: PodSpec, one: Vantage, other: Vantage) -> Iterator[Verdict]:
    """Root reads a root that has no capability which it lacks, and, by SETUID, becomes who is no root."""
    other_root = root(spec, other)
    if capabilities(spec, other) <= capabilities(spec, one):
        yield all_of(root(spec, one), other_root)
    if isinstance(other_root, Allowed):
        return
    other_than_root = provided((NOT_ROOT,) if isinstance(other_root, Undecided) else ())
    for seen, held in powers(spec, one, "SETUID"):
        yield all_of(root(spec, seen), held, other_than_root)


def _user(spec: PodSpec, vantage: Vantage) -> tuple[int | None, Evidence]:
    shared = spec.security_context or PodSecurityContext()
    return inherited(vantage, "runAsUser", security(vantage).run_as_user, shared.run_as_user)


@memoised
def sharing(model: Model) -> tuple[tuple[PodClass, tuple[Sight, ...]], ...]:
    """The classes of pods with a container that sees another's processes."""
    found = ((each, tuple(sights(each.spec))) for each in model.pods.classes)
    return tuple((each, seen) for each, seen in found if seen)


def naming(vantage: Vantage) -> Evidence:
    """The field by which a container has its name, and why it is there."""
    return (fact(vantage.at, "name", value=vantage.container.name), *vantage.because)
