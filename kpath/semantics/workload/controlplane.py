"""The pods that run a control plane of one's own, what their flags say, and whose files lie beside them.

Source: Kubernetes documentation, kube-apiserver and kubeadm's static pods; etcd documentation, Configuration options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import Container, PodSpec
from kpath.refs import Ref
from kpath.semantics.workload import platform
from kpath.semantics.workload.context import linux, root
from kpath.semantics.workload.facts import provided
from kpath.semantics.workload.hostpaths import covers, inside, touches
from kpath.semantics.workload.mounts import exposes_for_write, host_mounts
from kpath.semantics.workload.places import Place, Predicate, escapes
from kpath.semantics.workload.vantages import Vantage, vantages
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of, any_of

READS = platform.READS | {"pods"}

ETCD_DATA = "/var/lib/etcd"
KEYS = "/etc/kubernetes/pki"
SIGNING = tuple(f"{KEYS}/{name}.key" for name in ("ca", "sa", "front-proxy-ca", "front-proxy-client"))
ETCD_KEYS = f"{KEYS}/etcd"
ETCD_CA = f"{ETCD_KEYS}/ca.key"
ETCD_CLIENT = f"{KEYS}/apiserver-etcd-client.key"
_ARCHITECTURES = "amd64|arm64|arm|ppc64le|s390x"
_OFF = frozenset({"false", "False", "FALSE", "f", "F", "0"})
_LOOPBACK = re.compile(r"https?://(localhost|127\.[0-9.]+|\[?::1\]?)(:\d+)?/?")

READABLE = Assumption("what etcd holds is not encrypted, and gives an administrator's credentials")
PAIRED = Assumption("the certificate that goes with the key is at hand")
NO_MODE = Assumption("the image, or a variable, sets no authorization mode")
NOT_ASKED = Assumption("neither its environment nor a configuration file makes it ask for client certificates")
NEAR = Assumption("the insecure port is in reach: by default it is open to its own node alone", Confidence.LOW)

# A flag's value, and the words that give it.
Flag = tuple[str, Evidence]


@memoised
def own_nodes(model: Model) -> Mapping[str, Evidence]:
    """The nodes of a control plane of one's own, by name; none where it is AWS's."""
    if not isinstance(platform.self_managed(model), Allowed):
        return {}
    return {node.name: because for node, because in platform.control_plane(model)}


def places_on_own_nodes(model: Model, predicate: Predicate) -> Iterator[Place]:
    """The pods on nodes of a control plane of one's own for which a predicate holds, node by node."""
    own = own_nodes(model)
    for place in escapes(model, predicate) if own else ():
        if place.node.name in own:
            yield replace(place, because=(*place.because, *own[place.node.name]))


class Component(Struct, frozen=True):
    """A pod that runs a part of the control plane, the container that does, and why one thinks so."""

    pod: Ref
    at: str
    container: Container
    because: Evidence


def components(model: Model, program: str) -> Iterator[Component]:
    """The pods of `kube-system` that run a program."""
    for each in model.pods.classes:
        for vantage in vantages(each.spec) if each.namespace == "kube-system" else ():
            fact = _running(vantage, program)
            if fact is not None:
                for pod in model.pods.of([each]):
                    yield Component(pod, vantage.at, vantage.container, _bound(model, pod, (fact,)))


def _running(vantage: Vantage, program: str) -> Fact | None:
    """The field by which a container runs a program: its image's name, or the first word of what it is told to run."""
    image = vantage.container.image or ""
    name = re.split("[:@]", image.rpartition("/")[2])[0]
    if re.fullmatch(rf"(.*-)?{program}(-({_ARCHITECTURES}))?", name):
        return Fact(SOURCE, vantage.at + "/image", image)
    place, whole, word = next(_words(vantage.at, vantage.container), ("", "", ""))
    return Fact(SOURCE, place, whole) if word.rpartition("/")[2] == program else None


def _bound(model: Model, pod: Ref, facts: Evidence) -> Evidence:
    return tuple(model.bound(fact, pod, pod) for fact in facts)


def _words(at: str, container: Container) -> Iterator[tuple[str, str, str]]:
    """What a container is told to run, word by word, and the item that holds each: a script holds many."""
    for field, items in (("command", container.command), ("args", container.args)):
        for index, item in enumerate(items or ()):
            yield from ((at + pointer(field, index), item, word) for word in item.split())


def flag(model: Model, each: Component, name: str, *, switch: bool = False) -> Flag | None:
    """What a component's flag is set to, the last time that it is; a switch needs no value."""
    words = list(_words(each.at, each.container))
    found: Flag | None = None
    for number, (place, whole, word) in enumerate(words):
        key, equals, value = word.partition("=")
        if key not in (f"--{name}", f"-{name}"):
            continue
        facts = [Fact(SOURCE, place, whole)]
        if not equals and not switch and number + 1 < len(words):
            place, whole, value = words[number + 1]
            facts.append(Fact(SOURCE, place, whole))
        found = (value if equals or not switch else "true", _bound(model, each.pod, tuple(dict.fromkeys(facts))))
    return found


def apiservers(model: Model) -> Mapping[str, Evidence]:
    """The nodes on which an API server is known to run, by name."""
    found: dict[str, Evidence] = {}
    for each in components(model, "kube-apiserver"):
        row = model.names.find(each.pod)
        number = int(model.pods.columns.node[row]) if row is not None else -1
        if number >= 0:
            name = model.nodes[number].name
            placed = (Fact(each.pod, "/spec/nodeName", name),) if model.origin(each.pod)[0] == each.pod else ()
            found.setdefault(name, (*each.because, *placed))
    return found


def always_allows(model: Model) -> Iterator[Verdict]:
    """Each API server that authorizes whatever somebody asks who has a name, as it does unless it is told otherwise."""
    for each in components(model, "kube-apiserver"):
        modes = flag(model, each, "authorization-mode")
        if modes is not None and "AlwaysAllow" in modes[0].split(","):
            yield from _of_this_cluster(model, Allowed((*each.because, *modes[1])))
        elif modes is None and flag(model, each, "authorization-config") is None:
            line = [word for _, _, word in _words(each.at, each.container)]
            is_whole = each.container.command and not any("$" in word for word in line)
            yield from _of_this_cluster(model, Allowed(each.because), provided(() if is_whole else (NO_MODE,)))


def insecure_ports(model: Model) -> Iterator[Verdict]:
    """Each port at which an API server neither authenticates nor authorizes."""
    for each in components(model, "kube-apiserver"):
        port, address = flag(model, each, "insecure-port"), flag(model, each, "insecure-bind-address")
        if port is None or port[0] == "0":
            continue
        is_far = address is not None and not _LOOPBACK.fullmatch(f"http://{address[0]}")
        far: Verdict = Allowed(address[1]) if address is not None and is_far else Undecided((), (NEAR,))
        yield from _of_this_cluster(model, Allowed((*each.because, *port[1])), far)


def open_etcds(model: Model) -> Iterator[tuple[Ref, Verdict]]:
    """The pods of an etcd that asks its clients for no certificate, where others than its own node reach it."""
    for each in components(model, "etcd"):
        asked = flag(model, each, "client-cert-auth", switch=True)
        urls = flag(model, each, "listen-client-urls")
        if urls is not None and all(_LOOPBACK.fullmatch(url) for url in urls[0].split(",")):
            continue
        unasked: Verdict = Undecided(each.because, (NOT_ASKED,))
        if asked is not None:
            unasked = Allowed((*each.because, *asked[1])) if asked[0] in _OFF else Denied(asked[1])
        yield from ((each.pod, verdict) for verdict in _of_this_cluster(model, unasked))


def _of_this_cluster(model: Model, *verdicts: Verdict) -> Iterator[Verdict]:
    """What holds of the cluster's own control plane: on EKS, such a pod is part of something else."""
    verdict = all_of(*verdicts, platform.self_managed(model))
    if not isinstance(verdict, Denied):
        yield verdict


def etcd_data(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reads, and perhaps writes, the files of etcd."""
    for mount in host_mounts(spec, vantage):
        if touches(mount.path, (ETCD_DATA,)):
            written = exposes_for_write(mount, (ETCD_DATA,))
            seen = any_of(written, all_of(mount.exposed, provided((READABLE,))))
            yield from _met(spec, vantage, node, seen)


def etcd_keys(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reads a key with which etcd takes one for its client, or that signs such certificates."""
    for mount in host_mounts(spec, vantage):
        is_whole = any(covers(mount.path, each) for each in (ETCD_KEYS, ETCD_CA)) or covers(mount.path, KEYS)
        is_key = mount.path == ETCD_CLIENT or (inside(mount.path, ETCD_KEYS) and mount.path.endswith(".key"))
        if is_whole or is_key:
            yield from _met(spec, vantage, node, all_of(mount.exposed, provided(() if is_whole else (PAIRED,))))


def signing_keys(spec: PodSpec, vantage: Vantage, node: NodeInfo | None) -> Iterator[Verdict]:
    """A container reads the keys that sign certificates and tokens, or the one that speaks for whomever it says."""
    for mount in host_mounts(spec, vantage):
        if any(covers(mount.path, key) for key in SIGNING):
            yield from _met(spec, vantage, node, mount.exposed)


def _met(spec: PodSpec, vantage: Vantage, node: NodeInfo | None, seen: Verdict) -> Iterator[Verdict]:
    verdict = all_of(linux(spec, node), Allowed(vantage.because), seen, root(spec, vantage))
    if not isinstance(verdict, Denied):
        yield verdict
