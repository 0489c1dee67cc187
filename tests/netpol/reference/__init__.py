"""The network semantics once more, as plainly as they can be said: one connection, all policies, each end alone.

For comparing with; it reads raw documents and imports nothing of kpath.
"""

from __future__ import annotations

from dataclasses import replace

from . import admin, calico, hosts, kubernetes
from .entities import targets
from .tiers import Tier, decided
from .unknowns import Json, Truth
from .world import Address, Connection, Party, World, ended, labels, namespace

ENGINES = ("none", "generic", "vpc-cni", "vpc-cni-strict", "calico", "cilium")
VERDICTS = ("denied", "possible", "allowed")


def verdict(documents: list[Json], source: str, destination: str, protocol: str, port: int, engine: str) -> str:
    """Whether a connection is allowed, denied, or possible: not decided by the documents."""
    if engine not in ENGINES:
        raise ValueError(engine)
    world = World(documents, engine)
    sources, destinations = world.parties(source), world.parties(destination)
    if any(each.pod is not None and ended(each.pod) for each in (*sources, *destinations)):  # NP-38
        return "denied"
    pairs = [(one, other) for one in sources for other in destinations]
    # A connection is of one family, and it is enough that one is open.
    alike = [pair for pair in pairs if None in _families(pair) or len(set(_families(pair))) == 1]
    links = [Connection(world, one, other, protocol, port) for one, other in alike or pairs]
    return max((_verdict(link) for link in links), key=VERDICTS.index)


def _families(pair: tuple[Party, Party]) -> list[int | None]:
    return [each.address.version if each.address is not None else None for each in pair]


def _verdict(link: Connection) -> str:
    source, destination = link.source, link.destination
    if link.world.engine == "none":
        return "allowed"
    if source.pod is not None and source.pod is destination.pod:  # NP-52
        return "allowed"
    service = _service_at(link.world, destination.address) if destination.kind == "address" else None
    if service is not None:
        return max(
            (_through(service, pod, link) for pod in _behind(service, link)), key=VERDICTS.index, default="denied"
        )
    return both_ends(link)


def both_ends(link: Connection) -> str:
    """What the policies of the two ends come to, whatever is where."""
    return _both(_outcomes(link, "Egress"), _outcomes(link, "Ingress"))


def _both(leaving: set[str], entering: set[str]) -> str:
    if {"Deny"} in (leaving, entering):
        return "denied"
    return "allowed" if leaving == entering == {"Allow"} else "possible"


# Services (section 7).


def _service_at(world: World, address: Address | None) -> Json | None:
    """One that selects pods; what else has an address is an address (SVC-06)."""
    for service in world.of("Service"):
        spec = service.get("spec") or {}
        if str(address) in (spec.get("clusterIP"), *(spec.get("clusterIPs") or [])) and spec.get("selector"):
            return service
    return None


def _behind(service: Json, link: Connection) -> list[Json]:
    pods = [pod for pod in link.world.pods if namespace(pod) == namespace(service)]
    return [pod for pod in pods if service["spec"]["selector"].items() <= labels(pod).items()]


def _through(service: Json, pod: Json, link: Connection) -> str:
    """SVC-01; SVC-02: the VPC CNI judges the way out by the Service's address, the way in by the pod."""
    world, found = link.world, ["denied"]
    numbers = [each for each in targets(service, pod) if each[:2] == (link.protocol, link.port)]
    for (_, _, target), behind in ((number, party) for number in numbers for party in _parties(pod, world)):
        direct = replace(link, destination=behind, port=target)
        if not world.vpc_cni:
            found.append(_verdict(direct))
            continue
        face = {"metadata": {**pod["metadata"], "labels": service["spec"]["selector"]}, "spec": pod["spec"]}
        front = replace(link, destination=Party("service", link.destination.address, face, None, target))
        found.append(_both(_outcomes(front, "Egress"), _outcomes(direct, "Ingress")))
    return max(found, key=VERDICTS.index)


def _parties(pod: Json, world: World) -> list[Party]:
    return world.parties(f"{namespace(pod)}/{pod['metadata']['name']}")


# One end.


def _outcomes(link: Connection, direction: str) -> set[str]:
    """Allow, Deny or both at one end, which decides alone."""
    subject, peer = link.subject(direction), link.peer(direction)
    if link.world.engine == "calico" and subject.kind in ("host", "node"):
        return hosts.outcomes(link, direction)
    if subject.kind != "pod" or not link.world.is_covered(subject.pod):  # NP-35
        return {"Allow"}
    if link.world.vpc_cni and direction == "Egress" and _families((subject, peer)) == [6, 4]:  # NP-61
        return {"Allow"}
    own = _is_own_node(subject, peer)
    if own is not False and (direction == "Ingress" or link.world.engine not in ("calico", "cilium")):  # NP-34
        return {"Allow"} if own else {"Allow"} | _decided(link, direction)
    return _decided(link, direction)


def _decided(link: Connection, direction: str) -> set[str]:
    return decided(_tiers(link, direction), kubernetes.at_last(link, direction))


def _is_own_node(subject: Party, peer: Party) -> Truth:
    if peer.kind not in ("node", "host"):
        return False
    return None if subject.node is None or peer.node is None else subject.node == peer.node


def _tiers(link: Connection, direction: str) -> list[Tier]:
    if link.world.engine == "calico":
        return calico.tiers(link, direction)
    kinds = [admin.tier(link, direction, name) for name in ("Admin", "Baseline")]
    return [kinds[0], kubernetes.tier(link, direction), kinds[1]]


__all__ = ["ENGINES", "Connection", "Party", "World", "both_ends", "verdict"]
