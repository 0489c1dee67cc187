"""Who gets through to addresses of note, and who lets in what comes from outside.

Source: Amazon EKS user guide for the address of the Pod Identity agent; the Kubernetes documentation, Cluster
networking, for the address of `default/kubernetes`; Amazon EC2 user guide for the metadata service's addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import AGENT, METADATA, PUBLIC, VPC, Range, at_node, family, number
from kpath.semantics.netpol.engine import engines
from kpath.semantics.netpol.network import READS as NETWORK_READS
from kpath.semantics.netpol.network import Network, network
from kpath.semantics.netpol.parties import families_of
from kpath.semantics.netpol.policy import EGRESS, INGRESS
from kpath.semantics.netpol.through import Port, Through, both, let_in, through
from kpath.semantics.netpol.universe import bits
from kpath.semantics.workload.places import Place, standing
from kpath.semantics.workload.sources import is_everybody
from kpath.verdict import Allowed, Denied, Undecided, Verdict

READS = NETWORK_READS | {"clusters"}
HTTP, HTTPS, KUBELET = ("TCP", 80), ("TCP", 443), ("TCP", 10250)
ADMITTED = Assumption("the API server's public access CIDRs have the address by which pods leave", Confidence.MEDIUM)
PUBLIC_UNKNOWN = Assumption("the API server has a public address", Confidence.MEDIUM, "eks describe-cluster")
SERVICE = Ref("svc/default/kubernetes")


@memoised
def to_metadata(model: Model) -> tuple[Through, ...]:
    """The pods that policies let through to the metadata service."""
    return through(model, EGRESS, _at(METADATA[0]), HTTP)


@memoised
def to_metadata_on_ipv6(model: Model) -> tuple[Through, ...]:
    """The same by its address of IPv6, where a cluster has such addresses."""
    return through(model, EGRESS, _at(METADATA[1]), HTTP) if 6 in families_of(model) else ()


def _at(text: str) -> tuple[Range, ...]:
    found = number(text)
    return ((found, found),) if found is not None else ()


@memoised
def to_agent(model: Model) -> tuple[Through, ...]:
    """The pods that policies let through to the agent of Pod Identity."""
    return _any(model, EGRESS, [((each, each),) for each in _known(model, AGENT)], HTTP)


def _known(model: Model, texts: Iterable[str]) -> list[int]:
    """The numbers of some addresses, of the families that a cluster has."""
    families = families_of(model) or {4}
    return [found for text in texts if (found := number(text)) is not None and family(found) in families]


@memoised
def to_apiserver(model: Model) -> tuple[Through, ...]:
    """The pods that policies let through to some address of the API server: inside, in the VPC, or outside."""
    service = model.services.get(SERVICE)
    inside = _known(model, [service.spec.cluster_ip or ""] if service is not None else [])
    found = _any(model, EGRESS, [*(((each, each),) for each in inside), VPC], HTTPS)
    public = _public(model)
    if isinstance(public, Denied):
        return found
    outside = (
        replace(each, because=(*each.because, *public.because), assumes=(*each.assumes, *public.assumes))
        for each in through(model, EGRESS, PUBLIC, HTTPS)
    )
    return (*found, *outside)


def _public(model: Model) -> Verdict:
    """Whether the API server has an address of the internet."""
    said = [
        Fact(ref, "/resourcesVpcConfig/endpointPublicAccess", "true" if is_on else "false")
        for ref, each in model.clusters.items()
        if each.resources_vpc_config is not None
        and (is_on := each.resources_vpc_config.endpoint_public_access) is not None
    ]
    if not said:
        return Undecided((), (PUBLIC_UNKNOWN,))
    public = [fact for fact in said if fact.value == "true"]
    if not public:
        return Denied(tuple(said))
    ranges = [model.clusters[fact.of].resources_vpc_config for fact in public]
    limited = all(each is not None and each.public_access_cidrs for each in ranges)
    is_open = not limited or any(each is not None and is_everybody(each.public_access_cidrs or ()) for each in ranges)
    return Allowed((public[0],)) if is_open else Undecided((public[0],), (ADMITTED,))


def to_nodes(model: Model) -> Iterator[tuple[list[Node], tuple[Through, ...]]]:
    """The pods that policies let through to a kubelet, for nodes that no policy tells apart.

    A node that a HostEndpoint holds lets in what its own policies let in.
    """
    groups: dict[object, list[Node]] = {}
    seen = [network(model, each) for each in engines(model)]
    alike = [each.alike(EGRESS, each.universe.outside) for each in seen]
    for node in model.nodes:
        at = at_node(node)
        key = tuple(tuple(found[net.atom(each)] for each in at) for net, found in zip(seen, alike, strict=True))
        is_held = any(node.name in each.reading.homes for each in seen)
        groups.setdefault((key, node.ref if is_held else None) if at else None, []).append(node)
    for nodes in groups.values():
        at = at_node(nodes[0])
        if at:
            yield nodes, tuple(found for each in at for found in _to_address(model, each, KUBELET))
        else:
            yield nodes, _any(model, EGRESS, [VPC], KUBELET)


def _to_address(model: Model, at: int, port: Port) -> Iterator[Through]:
    """The pods that get through to an address: as far as the policies of the node let them in, if it is a node's."""
    found: Iterable[Through] = through(model, EGRESS, ((at, at),), port)
    for engine in engines(model):
        seen = network(model, engine)
        number = seen.universe.first_atom + seen.atom(at)
        if seen.universe.parties[number].is_endpoint:
            found = both(found, list(let_in(seen, number, port)))
    yield from found


def on_own_node(model: Model) -> Iterator[Place]:
    """Pods that some policy holds, with the node that they are on: most engines let them through to it."""
    if not any(each.asks_at_own_node for each in engines(model)):
        yield from standing(model, held(model, EGRESS), Allowed(()))


@memoised
def held(model: Model, direction: str) -> Refs:
    """The pods that some policy holds in a direction, for certain or perhaps."""
    return reduce(or_, (network(model, each).closed(direction) for each in engines(model)))


def from_vpc(model: Model, port: Port | None = None) -> tuple[Through, ...]:
    """The pods whose policies let in what comes from an address of the VPC, to a port or to any."""
    return through(model, INGRESS, VPC, port)


def from_internet(model: Model, port: Port | None = None) -> tuple[Through, ...]:
    """The pods whose policies let in what comes from the internet, if not from all of it, then from most."""
    return through(model, INGRESS, PUBLIC, port, _are_most)


def _are_most(seen: Network, parties: int) -> bool:
    """Whether some addresses are at least half of those of the internet, of either family."""
    for each in seen.families:
        whole = [span for span in PUBLIC if family(span[0]) == each]
        held = [seen.universe.atoms[number - seen.universe.first_atom] for number in bits(parties)]
        if 2 * _shared(held, whole) >= sum(last - first + 1 for first, last in whole):
            return True
    return False


def _shared(some: Iterable[Range], others: Iterable[Range]) -> int:
    listed = list(others)
    return sum(max(0, min(a[1], b[1]) - max(a[0], b[0]) + 1) for a in some for b in listed)


def _any(model: Model, direction: str, places: Iterable[tuple[Range, ...]], port: Port | None) -> tuple[Through, ...]:
    """Those that get through to any of several places."""
    return tuple(each for place in places for each in through(model, direction, place, port))
