"""What one end of a Calico rule speaks of: pods, network sets and addresses."""

from __future__ import annotations

from dataclasses import dataclass

from .expressions import Thing, holds
from .fields import HOST, is_strange
from .selectors import Labels
from .unknowns import Json, Truth, every, negated, some
from .world import Connection, Party, World, inside, labels, namespace

GROUPS = ("projectcalico.org", "crd.projectcalico.org")
NAME = "projectcalico.org/name"


@dataclass(frozen=True)
class Known:
    """A pod or a network set that a party is or, as far as is known, may be."""

    labels: Labels
    space: str | None
    account: str | None
    there: Truth

    def account_labels(self, world: World) -> Labels:
        document = world.one("ServiceAccount", self.space or "", self.account or "")
        found = labels(document) if document else {}
        return Labels({**found, NAME: self.account or ""}, complete=document is not None)


def objects(party: Party, world: World) -> list[Known]:
    """CAL-14, CAL-24: the pod first. A hostNetwork pod is no endpoint of Calico's (NP-36)."""
    found = []
    if party.kind == "pod":
        space, account = namespace(party.pod), account_of(party.pod)
        added = {"namespace": space, "orchestrator": "k8s", "serviceaccount": account}
        own = {**labels(party.pod), **{f"projectcalico.org/{key}": value for key, value in added.items()}}
        found.append(Known(Labels(own), space, account, True))
    for document in world.of("NetworkSet", *GROUPS) + world.of("GlobalNetworkSet", *GROUPS):
        there = some(inside(party.address, _block(net)) for net in (document.get("spec") or {}).get("nets") or [])
        where = namespace(document) if document["kind"] == "NetworkSet" else None
        within = {"projectcalico.org/namespace": where} if where else {}
        found.append(Known(Labels(labels(document) | within), where, None, there))
    for document in hosts(world):
        spec = document.get("spec") or {}
        there = some(inside(party.address, _block(address)) for address in spec.get("expectedIPs") or [])
        # What is not understood of it may be more addresses.
        doubt = is_strange(document, HOST) or not spec.get("node")
        found.append(Known(Labels(labels(document)), None, None, every([there, None]) if doubt else there))
    return found


def hosts(world: World, *nodes: str | None) -> list[Json]:
    """HostEndpoints, or those of some nodes."""
    found = world.of("HostEndpoint", *GROUPS)
    return [each for each in found if not nodes or (each.get("spec") or {}).get("node") in nodes]


def ports_of(document: Json) -> list[tuple[str, str, int]]:
    """The ports of a HostEndpoint that have a name."""
    ports = (document.get("spec") or {}).get("ports") or []
    return [(port["name"], port.get("protocol") or "TCP", port["port"]) for port in ports]


def resolves(name: str, connection: Connection) -> bool:
    """HEP-10: a name is a number on a node by its HostEndpoint."""
    party = connection.destination
    held = hosts(connection.world, party.node) if party.kind in ("host", "node") and party.node else []
    return len(held) == 1 and (name, connection.protocol, connection.port) in ports_of(held[0])


def account_of(pod: Json) -> str:
    return str(pod["spec"].get("serviceAccountName") or pod["spec"].get("serviceAccount") or "default")


def entity(wanted: Json, party: Party, connection: Connection, space: str | None) -> Truth:
    """All that is asked at once (CAL-15: nothing is asked of the world); `space` is the policy's own, if it has one."""
    world, parts = connection.world, []
    if wanted.get("nets"):  # CAL-32
        parts.append(some(inside(party.address, _block(net)) for net in wanted["nets"]))
    if wanted.get("notNets"):
        parts.append(negated(some(inside(party.address, _block(net)) for net in wanted["notNets"])))
    if wanted.get("selector") or wanted.get("namespaceSelector") or wanted.get("serviceAccounts"):
        parts.append(some(_is_meant(each, wanted, world, space) for each in objects(party, world)))
    if wanted.get("notSelector"):  # CAL-16
        excepted = [every([each.there, holds(wanted["notSelector"], _thing(each))]) for each in objects(party, world)]
        parts.append(negated(some(excepted)))
    if wanted.get("services"):
        parts.append(_behind(wanted["services"], party, connection, space))
    return every(parts)


def _block(net: str) -> str:
    """Calico takes an address for the block that holds it alone."""
    return net if "/" in net else f"{net}/{128 if ':' in net else 32}"


def _thing(known: Known) -> Thing:
    return Thing(known.labels, is_global=known.space is None)


def _is_meant(known: Known, wanted: Json, world: World, space: str | None) -> Truth:
    parts = [known.there, _is_in_scope(known, wanted, world, space), holds(wanted.get("selector"), _thing(known))]
    accounts = wanted.get("serviceAccounts")
    if accounts:  # CAL-26
        parts.append(known.account is not None)
        if accounts.get("names"):
            parts.append(known.account in accounts["names"])
        if accounts.get("selector") and known.account is not None:
            parts.append(holds(accounts["selector"], Thing(known.account_labels(world))))
    return every(parts)


def _is_in_scope(known: Known, wanted: Json, world: World, space: str | None) -> Truth:
    """CAL-17, CAL-18, CAL-19, CAL-25."""
    text = wanted.get("namespaceSelector")
    if not text:
        return space is None or known.space == space
    if known.space is None:
        # all() means every namespace, and what is global is in none.
        return holds(text.replace("all()", "!global()"), Thing(Labels({}), is_global=True))
    return holds(text, Thing(world.namespace_labels(known.space, **{NAME: known.space})))


def _behind(wanted: Json, party: Party, connection: Connection, space: str | None) -> Truth:
    """CAL-37."""
    world, where = connection.world, wanted.get("namespace") or space or ""
    service = world.one("Service", where, wanted.get("name") or "")
    selector = ((service or {}).get("spec") or {}).get("selector")
    if service is None or not selector or not where:
        return None
    if party.pod is None or namespace(party.pod) != where or not selector.items() <= labels(party.pod).items():
        return False
    if party is not connection.destination:
        return True
    return (connection.protocol, connection.port) in [(each[0], each[2]) for each in targets(service, party.pod)]


def targets(service: Json, pod: Json) -> list[tuple[str, int, int]]:
    """The ports of a Service: protocol, its own number, and the number on a pod behind it."""
    found = []
    containers = [*(pod["spec"].get("containers") or []), *(pod["spec"].get("initContainers") or [])]
    for entry in service["spec"].get("ports") or []:
        protocol, target = entry.get("protocol") or "TCP", entry.get("targetPort") or entry["port"]
        if isinstance(target, int):
            found.append((protocol, entry["port"], target))
            continue
        for port in (port for each in containers for port in each.get("ports") or []):
            if port.get("name") == target and (port.get("protocol") or "TCP") == protocol:
                found.append((protocol, entry["port"], port["containerPort"]))
    return found
