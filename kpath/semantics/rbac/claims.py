"""Who gets a volume of their own making into a pod: by a claim that they make, or by one that waits for a volume."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kpath.evidence import Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_ext import PersistentVolumeClaim
from kpath.refs import Ref
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import grants, together
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS

READS = launches.READS | {"claims", "volumes"}

BINDS = Assumption("an unbound claim binds to the new volume")


def mounting(
    model: Model, volumes: Iterable[Grant], contents: Iterable[Grant] = ()
) -> Iterator[tuple[Refs, Evidence, tuple[Assumption, ...]]]:
    """Who of those that may make volumes, or the contents of snapshots, can mount one, why, and on what assumptions.

    A claim says when it is made from what snapshot its volume is to be.
    """
    made, launchers = tuple(volumes), tuple(launches.launchers(model))
    claims = grants(model, "create", "persistentvolumeclaims")
    for joint in together(model, (*made, *contents), claims, launchers):
        yield joint.subjects, joint.because, joint.assumes
    waiting = unbound(model)
    for joint in together(model, made, launchers) if waiting else ():
        # Whoever may do anything makes a claim.
        if joint.grants[0].subject not in (MASTERS, CLUSTER_ADMIN):
            first = next(iter(waiting)) if joint.namespace is None else joint.namespace
            if first in waiting:
                yield joint.subjects, (*joint.because, *waiting[first]), (*joint.assumes, BINDS)


@memoised
def unbound(model: Model) -> Mapping[str, Evidence]:
    """The namespaces with a claim that has no volume, and the first such claim of each."""
    found: dict[str, Evidence] = {}
    for ref, claim in model.claims.items():
        if ref.namespace not in found:
            found.update((ref.namespace, because) for because in _waits(model, ref, claim))
    return found


def _waits(model: Model, ref: Ref, claim: PersistentVolumeClaim) -> Iterator[Evidence]:
    """The field by which a claim has no volume: its phase, or, where it has none yet, what it asks for by name."""
    phase = claim.status.phase if claim.status is not None else None
    if phase is not None:
        # A claim that has lost its volume takes the next one of that name.
        if phase in ("Pending", "Lost"):
            yield (Fact(ref, "/status/phase", phase),)
        return
    name = claim.spec.volume_name
    if not name or Ref(f"pv/{name}") not in model.volumes:
        yield (Fact(ref, "/spec/volumeName", name),)
