"""Pods whose processes are seen from other pods on their node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import SOURCE, TARGET, Assumption, Evidence
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref
from kpath.semantics.workload import mounts
from kpath.semantics.workload.capabilities import capabilities
from kpath.semantics.workload.confinement import unconfined_by_lsm
from kpath.semantics.workload.context import host_pid, host_users, linux, root, unsandboxed
from kpath.semantics.workload.places import ANYWHERE, Place, escapes, exotic, on_nodes
from kpath.semantics.workload.vantages import Vantage, vantages
from kpath.verdict import Allowed, Denied, Verdict, all_of

Held = frozenset[str]
NODE_NAME = "/spec/nodeName"


class Seen(Struct, frozen=True):
    """Pods on one node that see the processes of others, those others, and why."""

    pods: Refs
    peers: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def seen(model: Model) -> Iterator[Seen]:
    """The pods that see the processes of their node, with the pods whose processes the kernel lets them read.

    Source: ptrace(2), "Ptrace access mode checking": the same user, and no capability that the reader lacks.
    """
    peers = _peers(model)
    for held in _readers(model):
        for place in escapes(model, partial(_sees, held)):
            there: dict[tuple[Evidence, tuple[Assumption, ...]], Refs] = {}
            for needed, peer in peers.get(place.node.ref, ()):
                if needed <= held or "SYS_PTRACE" in held:
                    key = peer.because, peer.assumes
                    there[key] = there[key] | peer.pods if key in there else peer.pods
            yield from (_seen(place, *key, pods) for key, pods in there.items())


def _seen(place: Place, because: Evidence, assumes: tuple[Assumption, ...], peers: Refs) -> Seen:
    """Two sides of one node; where one of them may be elsewhere, where the other is proves nothing."""
    own = (replace(fact, of=place.node.ref) if fact.of == TARGET else fact for fact in place.because)
    facts = (*own, *because)
    if ANYWHERE in (*place.assumes, *assumes):
        facts = tuple(fact for fact in facts if fact.at != NODE_NAME)
    if len(place.pods) == 1:
        peers = peers.without(next(iter(place.pods)))
    return Seen(place.pods, peers, facts, tuple(dict.fromkeys((*place.assumes, *assumes))))


def _readers(model: Model) -> list[Held]:
    """The sets of capabilities that containers which see their host's processes have."""
    found = {
        capabilities(each.spec, vantage)
        for each in exotic(model)
        for vantage in vantages(each.spec)
        if any(not isinstance(way, Denied) for way in _ways(each.spec, vantage))
    }
    return sorted(found, key=sorted)


def _ways(spec: PodSpec, vantage: Vantage) -> Iterator[Verdict]:
    yield host_pid(spec)
    yield from mounts.host_processes(spec, vantage)


def _sees(held: Held, spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A root that is the host's own and has just these capabilities sees the host's processes and may trace them."""
    if capabilities(spec, vantage) != held:
        return
    may = all_of(linux(spec, node), Allowed(vantage.because), root(spec, vantage), host_users(spec), unsandboxed(spec))
    free = unconfined_by_lsm(spec, vantage, node, "ptrace")
    for way in _ways(spec, vantage):
        verdict = all_of(way, may, free)
        if not isinstance(verdict, Denied):
            yield verdict


@memoised
def _peers(model: Model) -> Mapping[Ref, list[tuple[Held, Place]]]:
    """On each node the pods whose processes are the host's root's, with the capabilities that these have."""
    groups: dict[tuple[Held, Verdict], list[PodClass]] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            of = (root(each.spec, vantage), host_users(each.spec), unsandboxed(each.spec), linux(each.spec, None))
            verdict = all_of(Allowed(vantage.because), *of)
            if not isinstance(verdict, Denied):
                groups.setdefault((capabilities(each.spec, vantage), verdict), []).append(each)
    found: dict[Ref, list[tuple[Held, Place]]] = {}
    for (held, verdict), classes in groups.items():
        for place in on_nodes(model, classes, verdict):
            facts = tuple(replace(fact, of=TARGET) if fact.of == SOURCE else fact for fact in place.because)
            found.setdefault(place.node.ref, []).append((held, replace(place, because=facts)))
    return found
