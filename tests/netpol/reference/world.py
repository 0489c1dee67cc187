"""The documents as they are, and what a name or an address in a question stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from .selectors import Labels
from .unknowns import Json, Truth

Address = IPv4Address | IPv6Address
Block = IPv4Network | IPv6Network
FARGATE = "eks.amazonaws.com/compute-type"


@dataclass(frozen=True)
class Somewhere:
    """An address of which the family alone is known: that of all others in the cluster."""

    version: int


@dataclass(frozen=True)
class Party:
    """One end of a connection, at one of its addresses.

    `pod` has policies of its own; `host` is a pod in its node's network; `service` is the address of a Service before
    translation, and `pod` then has the labels that the Service selects by and listens on `target`.
    """

    kind: str  # "pod" | "host" | "node" | "address" | "service"
    address: Address | Somewhere | None
    pod: Json | None = None
    node: str | None = None
    target: int = 0


@dataclass(frozen=True)
class Connection:
    world: World
    source: Party
    destination: Party
    protocol: str
    port: int

    def subject(self, direction: str) -> Party:
        return self.destination if direction == "Ingress" else self.source

    def peer(self, direction: str) -> Party:
        return self.source if direction == "Ingress" else self.destination


class World:
    def __init__(self, documents: Iterable[Json], engine: str) -> None:
        self.documents = list(_flat(documents))
        self.engine = engine
        self.vpc_cni = engine.startswith("vpc-cni")
        self.pods = [pod for pod in self.of("Pod") if not ended(pod)]

    def of(self, kind: str, *groups: str) -> list[Json]:
        found = [each for each in self.documents if each.get("kind") == kind]
        return [each for each in found if not groups or group(each) in groups]

    def one(self, kind: str, space: str, name: str) -> Json | None:
        for each in self.of(kind):
            if each["metadata"]["name"] == name and (not space or namespace(each) == space):
                return each
        return None

    # Namespaces, accounts and nodes.

    def namespace_labels(self, name: str, **added: str) -> Labels:
        """NP-20: its name is a label of every namespace; of one without a document nothing else is known."""
        document = self.one("Namespace", "", name)
        found = labels(document) if document else {}
        return Labels({**found, **added, "kubernetes.io/metadata.name": name}, complete=document is not None)

    def node(self, name: str | None) -> Json | None:
        return self.one("Node", "", name) if name else None

    def node_labels(self, name: str | None) -> Labels:
        document = self.node(name)
        return Labels(labels(document) if document else {}, complete=document is not None)

    def is_covered(self, pod: Json) -> bool:
        """Whether the plugin enforces policies on a pod at all."""
        if not self.vpc_cni:
            return True
        name = pod["spec"].get("nodeName") or ""
        node = self.node(name) or {}
        info = (node.get("status") or {}).get("nodeInfo") or {}
        if not pod["metadata"].get("ownerReferences"):  # NP-41
            return False
        if name.startswith("fargate-") or labels(node).get(FARGATE) == "fargate":  # NP-55
            return False
        return "windows" not in (labels(node).get("kubernetes.io/os"), info.get("operatingSystem"))  # NP-56

    # Addresses.

    def node_addresses(self, name: str | None, *types: str) -> list[Address]:
        document = self.node(name) or {}
        listed = (document.get("status") or {}).get("addresses") or []
        return [ip_address(each["address"]) for each in listed if each.get("type") in types]

    def addresses(self, pod: Json) -> list[Address]:
        """A pod's own; of a hostNetwork pod its node's; none where they are not known."""
        status = pod.get("status") or {}
        texts = [status.get("podIP"), *(each.get("ip") for each in status.get("podIPs") or [])]
        found = [ip_address(text) for text in dict.fromkeys(texts) if text]
        if is_host(pod) and not found:
            return self.node_addresses(pod["spec"].get("nodeName"), "InternalIP")
        return found

    def somewhere(self) -> Somewhere | None:
        """An address that is not known; clusters are of IPv4 where nothing tells otherwise."""
        found = [address for pod in self.pods for address in self.addresses(pod)]
        for node in self.of("Node"):
            found += self.node_addresses(node["metadata"]["name"], "InternalIP")
        services = [(each.get("spec") or {}).get("clusterIP") for each in self.of("Service")]
        found += [ip_address(text) for text in services if text and text != "None"]
        versions = {address.version for address in found} or {4}
        return Somewhere(versions.pop()) if len(versions) == 1 else None

    def named_ports(self, pod: Json) -> list[tuple[str, str, int]]:
        """NP-45: the ports of sidecars have names too, but not for the VPC CNI."""
        spec = pod["spec"]
        containers = list(spec.get("containers") or [])
        if not self.vpc_cni:
            containers += [each for each in spec.get("initContainers") or [] if each.get("restartPolicy") == "Always"]
        ports = [port for each in containers for port in each.get("ports") or [] if port.get("name")]
        return [(port["name"], port.get("protocol") or "TCP", port["containerPort"]) for port in ports]

    # What a question speaks of.

    def parties(self, text: str) -> list[Party]:
        """One for every address of what is named."""
        if "/" in text:
            space, name = text.split("/")
            pod = self.one("Pod", space, name)
            if pod is None:
                raise KeyError(text)
            kind, node = "host" if is_host(pod) else "pod", pod["spec"].get("nodeName")
            return [Party(kind, address, pod, node) for address in self.addresses(pod) or [self.somewhere()]]
        return [self._at(ip_address(text))]

    def _at(self, address: Address) -> Party:
        for pod in self.pods:
            if not is_host(pod) and address in self.addresses(pod):
                return Party("pod", address, pod, pod["spec"].get("nodeName"))
        for node in self.of("Node"):
            name = node["metadata"]["name"]
            if address in self.node_addresses(name, "InternalIP", "ExternalIP"):
                return Party("node", address, None, name)
        for pod in self.pods:
            if is_host(pod) and address in self.addresses(pod):
                return Party("node", address, None, pod["spec"].get("nodeName"))
        return Party("address", address)


def _flat(documents: Iterable[Json]) -> Iterator[Json]:
    for document in documents:
        if "items" in document:
            yield from _flat(document["items"])
        else:
            yield document


def group(document: Json) -> str:
    return str(document.get("apiVersion") or "").rpartition("/")[0]


def namespace(document: Json) -> str:
    return str(document["metadata"].get("namespace") or "default")


def labels(document: Json) -> dict[str, str]:
    return dict((document.get("metadata") or {}).get("labels") or {})


def ended(pod: Json) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_host(pod: Json) -> bool:
    return bool(pod["spec"].get("hostNetwork"))


# What no pod has: addresses of the link, the loopback, and the services of a node.
LOCAL = [ip_network(each) for each in ("127.0.0.0/8", "169.254.0.0/16", "::1", "fe80::/10", "fd00:ec2::/32")]


def _is_within(block: Block, other: Block) -> bool:
    return block.version == other.version and block[0] in other and block[-1] in other


def inside(address: Address | Somewhere | None, cidr: object) -> Truth:
    """Whether an address is in a block; unknown where either cannot be read. An address alone is no block."""
    if "/" not in str(cidr):
        return None
    try:
        block = ip_network(str(cidr), strict=False)
    except ValueError:
        return None
    if isinstance(address, Somewhere):
        if address.version != block.version or any(_is_within(block, each) for each in LOCAL):
            return False
        return None if block.prefixlen else True
    return None if address is None else address in block
