"""What is to be known beside the answers about a network: what its engines do not hold, and what kpath does not read.

Source: Amazon EKS user guide, Limit Pod traffic with Kubernetes network policies, Considerations; amazon-vpc-cni-k8s,
NETWORK_POLICY_ENFORCING_MODE; the documentation of each engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol import cilium
from kpath.semantics.netpol.engine import CALICO, CILIUM, VPC_CNI, Engine
from kpath.semantics.netpol.network import network
from kpath.semantics.netpol.parties import ALONE, ELSEWHERE, ON_FARGATE, ON_HOST, ON_WINDOWS, leaves
from kpath.semantics.netpol.policy import DIRECTIONS, Policy
from kpath.semantics.netpol.ports import EVERY, NamedPort, Span
from kpath.semantics.netpol.reading import ADMINS, of_kinds
from kpath.semantics.netpol.terms import Nets
from kpath.semantics.workload.controllers import running

# What describes policies, and is none.
_SIDE = frozenset({"tier", "netset", "globalnetset", "hep"})
_OWN: Mapping[str, frozenset[str]] = {
    VPC_CNI: frozenset({"netpol", "eks-clusternetpol"}),
    CALICO: frozenset({"netpol", "calico-netpol", "gnp", *ADMINS}),
    CILIUM: frozenset({"netpol", *cilium.KINDS}),
}
_GENERIC = frozenset({"netpol", *ADMINS})
# Ports of one protocol for one block of addresses that Amazon's agent has room for.
MOST_PORTS = 24
MOST_NAMED = 5

_HELD_BY_NONE = {
    ON_HOST: "on the host's network", ALONE: "without a controller", ON_FARGATE: "on Fargate", ON_WINDOWS: "on Windows",
    ELSEWHERE: "on nodes where it does not run",
}  # fmt: skip


def caveats(model: Model, engines: Iterable[Engine]) -> tuple[str, ...]:
    """Sentences, each about something that an answer cannot show."""
    listed = tuple(engines)
    policies = [ref for ref in sorted(model.network_policies) if ref.kind not in _SIDE]
    hosts = of_kinds(model, "hep")
    enforcing = [each for each in listed if each.enforces]
    found = list(_unread(policies, enforcing))
    if len(enforcing) > 1:
        found.append("several engines run: a connection is let through if every one lets it through")
    for each in enforcing if policies or hosts else ():
        found += _of_engine(model, each)
        found += _idle(model, each)
    return tuple(dict.fromkeys(found))


def _unread(policies: Iterable[Ref], engines: list[Engine]) -> Iterator[str]:
    """Policies that are enforced by nothing, by kind."""
    read = frozenset().union(*(_OWN.get(each.reads, _GENERIC) for each in engines))
    counted: dict[str, int] = {}
    for ref in policies:
        if ref.kind not in read:
            counted[ref.kind] = counted.get(ref.kind, 0) + 1
    # Where no engine is seen, the one to which they belong may run.
    what = "not read without its engine" if any(each.guessed for each in engines) else "enforced by nothing"
    for kind, count in counted.items():
        yield f"{what}: {_count(count, 'policy', 'policies')} of kind {kind}"


def _of_engine(model: Model, engine: Engine) -> Iterator[str]:
    yield from _not_held(model, engine)
    if engine.name == VPC_CNI:
        yield "in vpc-cni's standard mode a pod is open in its first seconds, until its policies arrive"
    if engine.reads == VPC_CNI:
        yield from _crowded(_policies(model, engine))
        if running(model, "multus"):
            yield "Multus runs: vpc-cni does not watch the further interfaces of a pod"
    if engine.name == CALICO and (hosts := len(of_kinds(model, "hep"))):
        yield (
            f"of {_count(hosts, 'HostEndpoint', 'HostEndpoints')}, fail-safe ports are taken to be Calico's defaults; "
            "what nodes forward is not evaluated"
        )
    if engine.name == CILIUM:
        yield "Cilium's own policies are evaluated in part: endpoints, entities, blocks of addresses and ports"


def _idle(model: Model, engine: Engine) -> Iterator[str]:
    """Policies that are about no pod, for certain: often a label that is written otherwise."""
    universe = network(model, engine).universe
    idle = [str(each.ref) for each in _policies(model, engine) if not universe.answer(each.subject)[1] & universe.pods]
    if idle:
        more = f" and {len(idle) - MOST_NAMED} more" if len(idle) > MOST_NAMED else ""
        yield f"policies that select no pod: {', '.join(sorted(idle)[:MOST_NAMED])}{more}"


def _not_held(model: Model, engine: Engine) -> Iterator[str]:
    """How many pods an engine does not hold, by why."""
    seen = network(model, engine)
    numbers = np.bincount(seen.groups.of_pod, minlength=seen.universe.first_atom).tolist()
    counted: dict[str, int] = {}
    for party, pods in zip(seen.universe.parties, numbers, strict=False):
        if party.free and not party.is_endpoint:
            counted[party.free] = counted.get(party.free, 0) + pods
    told = [f"{counted[each]:,} {words}" for each, words in _HELD_BY_NONE.items() if counted.get(each)]
    if told:
        yield f"pods that {engine.name} holds by no policy: {', '.join(told)}"


def _policies(model: Model, engine: Engine) -> Iterator[Policy]:
    for tier in network(model, engine).reading.tiers:
        yield from tier.policies


def _crowded(policies: Iterable[Policy]) -> Iterator[str]:
    """Policies with more ports for one block than the agent enforces."""
    for policy in policies:
        for direction in DIRECTIONS:
            ports: dict[object, set[Span | NamedPort]] = {}
            for rule in policy.rules(direction) or ():
                listed: set[Span | NamedPort] = set() if rule.ports == EVERY else {*rule.ports.spans, *rule.ports.names}
                nets = [each for each in leaves([rule.peer]) if isinstance(each, Nets)]
                for peer in (span for each in nets for span in each.ranges) if nets else (rule.peer,):
                    ports.setdefault(peer, set()).update(listed)
            most = max(map(len, ports.values()), default=0)
            if most > MOST_PORTS:
                yield (
                    f"{policy.ref}: {most} ports for one peer of {direction.lower()}; "
                    f"vpc-cni enforces at most {MOST_PORTS}"
                )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
