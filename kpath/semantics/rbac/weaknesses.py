"""Who may make a pod that uses a known weakness of the node it comes to."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac import launches
from kpath.semantics.workload.advisories import RUNTIMES, UNREPORTED, open_on
from kpath.semantics.workload.capabilities import DEFAULT, FULL, normalised
from kpath.semantics.workload.facts import doubt, provided
from kpath.verdict import Denied, Verdict, all_of


class Weakness(Struct, frozen=True):
    """Nodes that a weakness is on, what a pod must be to use it, and whether it is there."""

    nodes: Refs
    needs: tuple[str, ...]
    verdict: Verdict


@memoised
def of_runtimes(model: Model) -> tuple[Weakness, ...]:
    """The weaknesses of the runtimes of nodes."""
    return tuple(_found(model, (*RUNTIMES, *UNREPORTED)))


def _found(model: Model, components: tuple[str, ...]) -> Iterator[Weakness]:
    for advisory, stated in model.advisories.items():
        needs = stated.spec.needs or ()
        unknown = tuple(doubt(f"the container has {need}") for need in needs if not _is_known(need))
        nodes: dict[Verdict, list[Ref]] = {}
        for node in model.nodes:
            if node.compute != "fargate" and stated.spec.component.lower() in components:
                nodes.setdefault(open_on(advisory, stated.spec, node.info), []).append(node.ref)
        for verdict, refs in nodes.items():
            if not isinstance(verdict, Denied):
                yield Weakness(model.names.refs(refs), needs, all_of(verdict, provided(unknown)))


def _is_known(need: str) -> bool:
    return need in ("root", "hostNetwork", "unconfined") or normalised(need) in FULL


def _refusing(needs: tuple[str, ...]) -> tuple[str, ...]:
    """The levels of Pod Security that let no pod be what a weakness needs.

    Source: Kubernetes documentation, Pod Security Standards: `restricted` wants another user than root, no capability
    and a seccomp profile; `baseline` forbids the host's network and capabilities beyond the usual.
    """
    if any(need == "hostNetwork" or normalised(need) in FULL - DEFAULT for need in needs):
        return launches.HOST
    return launches.UNRESTRICTED if any(map(_is_known, needs)) else ()


def makers(model: Model, weakness: Weakness) -> Iterator[tuple[Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may make a pod that uses a weakness, why, and on what assumptions."""
    refusing = _refusing(weakness.needs)
    if refusing:
        yield from launches.escapes(model, launches.launchers(model), refusing)
        return
    for grant in launches.launchers(model):
        yield grant.subjects, grant.because, grant.assumes
