"""Catalogue, section 8: what is open to whom, and who may bend the traffic."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from oracle.api import PSA, _launchers, _spaces, _usable
from oracle.connections import PUBLIC, VPC, connections
from oracle.containers import Pairs, _is_linux, _is_sandboxed, _own, capabilities, is_root
from oracle.escalations import escalations
from oracle.letting import Way, by_alb, by_balancer, by_node, by_proxy, let_in
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.world import Json, Pod, World

WRITES = ("create", "update", "patch")
PRIVATE = [ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]
LBC, ALB = "service.beta.kubernetes.io/", "alb.ingress.kubernetes.io/"


def steps(world: World) -> Pairs:
    """Step, source and target."""
    yield from _inside(world)
    yield from _neighbours(world)
    yield from _outside(world)
    rights = Rights(world)
    # What binds and rewrites first, for those who could then have these rights.
    list(escalations(rights))
    yield from _by_right(rights)
    yield from _hijacked(rights)
    yield from _forged(rights)
    yield from _isolation(rights)
    yield from _of_plugin(rights)
    yield from _by_launching(rights)


def _inside(world: World) -> Pairs:
    found = connections(world)
    nodes = [node for node in world.nodes if node != "*" and world.compute(node) != "fargate"]
    for pod in world.pods:
        if found.to(pod, _of_apiserver(world), 443):
            yield "POD_NET_REACH", pod.ref, "apiserver"
        for other in world.pods:
            if found.between(pod, other):
                yield "POD_NET_REACH", pod.ref, endpoint(other)
        for node in nodes:
            if found.to_kubelet(pod, node):
                yield "KUBELET_REACH", pod.ref, f"kubelet/{node}"


def _of_apiserver(world: World) -> list[str]:
    """Where it may be: at the address of its Service, in the VPC, in the internet."""
    service = (world.one("Service", "default", "kubernetes") or {}).get("spec") or {}
    said = [(each.get("resourcesVpcConfig") or {}).get("endpointPublicAccess") for each in world.said("cluster")]
    is_public = True in said or not [each for each in said if each is not None]
    found = connections(world)
    inside = [service["clusterIP"]] if service.get("clusterIP") else []
    return [*inside, *found.within(VPC), *(found.within(PUBLIC) if is_public else ())]


def _outside(world: World) -> Pairs:
    for exposed in (*_by_service(world), *_by_ingress(world), *_by_host_port(world)):
        yield from reached(world, *exposed)
    if _has_addresses_of_vpc(world):
        within = connections(world).within(VPC)
        open_ = (pod for pod in world.pods if connections(world).into(within, pod))
        yield from (("VPC_POD_REACH", "vpc", endpoint(pod)) for pod in open_)
    for cluster in world.said("cluster"):
        config = cluster.get("resourcesVpcConfig") or {}
        ranges = config.get("publicAccessCidrs") or ["0.0.0.0/0"]
        if config.get("endpointPublicAccess") is not False and "0.0.0.0/0" in ranges:
            yield "EXPOSE_API_PUBLIC", "internet", "apiserver"


def reached(world: World, step: str, source: str, pods: list[Pod]) -> Pairs:
    """From outside to the endpoints of pods; and, from the internet, into what serves them."""
    for pod in pods:
        yield step, source, endpoint(pod)
        if source == "internet":
            yield "ENDPOINT_EXPLOIT", f"{endpoint(pod)} & internet", pod.ref


def endpoint(pod: Pod) -> str:
    """One for all the pods of a controller."""
    return pod.endpoint


def _images(world: World) -> str:
    return " ".join(container.get("image") or "" for pod in world.pods for container in pod.containers)


def _neighbours(world: World) -> Pairs:
    images = _images(world)
    if any(name in images for name in ("amazon-k8s-cni", "calico", "cilium")):
        return
    if "flannel" not in images and "kube-router" not in images:
        return
    bridged = [pod for pod in world.pods if not pod.spec.get("hostNetwork")]
    for pod in bridged:
        for node in pod.nodes:
            if world.compute(node) == "fargate" or not _is_linux(world, pod, node) or _is_sandboxed(pod):
                continue
            if any(_sends_raw(pod, container) for container in pod.containers):
                for other in bridged:
                    if node in other.nodes:
                        yield "NET_MITM_L2", pod.ref, other.ref


def _sends_raw(pod: Pod, container: Json) -> bool:
    privileged = bool(_own(container).get("privileged"))
    helped = privileged or _own(container).get("allowPrivilegeEscalation") is not False
    return (is_root(pod, container) or helped) and (privileged or "NET_RAW" in capabilities(container))


def _has_addresses_of_vpc(world: World) -> bool:
    images = _images(world)
    if "amazon-k8s-cni" in images:
        return True
    overlay = any(name in images for name in ("flannel", "kube-router", "calico", "weave"))
    return any(True for _ in world.said("cluster")) and not overlay


# From outside.


Exposed = Iterator[tuple[str, str, list[Pod]]]


def _public(world: World) -> set[str]:
    return {
        node
        for node in world.nodes
        for each in (world.node(node).get("status") or {}).get("addresses") or ()
        if each["type"] == "ExternalIP"
    }


def _by_service(world: World) -> Exposed:
    """By what, from where, and the pods."""
    for space, _, service in world.all("Service"):
        pods, spec = behind(world, space, service), service["spec"]
        source = _balancer(service) if spec.get("type") == "LoadBalancer" else None
        if source:
            yield "EXPOSE_LB", source, let_in(world, source, pods, by_balancer(service))
        if spec.get("type") in ("LoadBalancer", "NodePort") and any(
            each.get("nodePort") for each in spec.get("ports") or ()
        ):
            for source in ("vpc", "internet") if _public(world) else ("vpc",):
                ways = by_node(service, only="nodePort")
                yield "EXPOSE_NODEPORT", source, let_in(world, source, pods, ways)
        for address in spec.get("externalIPs") or ():
            if address not in REFUSED and spec.get("clusterIP") != "None":
                is_public = not any(ip_address(address) in network for network in PRIVATE)
                for source in ("vpc", "internet") if is_public else ("vpc",):
                    yield "EXPOSE_NODEPORT", source, let_in(world, source, pods, by_node(service))


# Of the addresses that clusters are made of, those that no Service may have.
REFUSED = ("127.0.0.1", "169.254.169.254", "somewhere")


def _by_ingress(world: World) -> Exposed:
    for space, _, ingress in world.all("Ingress"):
        for name, port in _named(ingress["spec"]):
            service = world.one("Service", space, name)
            if service:
                chosen = _chosen(world, ingress)
                controller = ((chosen or {}).get("spec") or {}).get("controller")
                ways = by_proxy(service, port)
                if _is_alb(ingress, chosen):
                    ways = by_alb(service, ingress, port, controller)
                for source in _fronts(world, ingress):
                    yield "EXPOSE_INGRESS", source, let_in(world, source, behind(world, space, service), ways)


def _by_host_port(world: World) -> Exposed:
    for pod in world.pods:
        ports = [port for container in pod.containers for port in container.get("ports") or ()]
        on_host = bool(pod.spec.get("hostNetwork"))
        bound = any(port.get("hostPort") and port.get("hostIP") not in ("127.0.0.1", "::1") for port in ports)
        if bound or (on_host and any(port.get("containerPort") for port in ports)):
            for source in ("vpc", "internet") if pod.nodes & _public(world) else ("vpc",):
                yield "EXPOSE_HOSTPORT", source, let_in(world, source, [pod], _bound(pod))


def _bound(pod: Pod) -> list[Way]:
    on_host = bool(pod.spec.get("hostNetwork"))
    return [
        ("client", port.get("protocol") or "TCP", port["containerPort"])
        for container in pod.containers
        for port in container.get("ports") or ()
        if on_host or (port.get("hostPort") and port.get("hostIP") not in ("127.0.0.1", "::1"))
    ]


def behind(world: World, space: str, service: Json) -> list[Pod]:
    """The pods that a Service selects."""
    wanted = service["spec"].get("selector")
    if not wanted or service["spec"].get("type") == "ExternalName":
        return []
    return [
        pod
        for pod in world.pods
        if pod.namespace == space and all(pod.labels.get(key) == value for key, value in wanted.items())
    ]


def _notes(document: Json) -> Json:
    return document["metadata"].get("annotations") or {}


def _addresses(document: Json) -> list[Json]:
    balancer = (document.get("status") or {}).get("loadBalancer") or {}
    return [each for each in balancer.get("ingress") or () if each.get("hostname") or each.get("ip")]


def _is_internal(address: Json) -> bool:
    if address.get("hostname"):
        return bool(address["hostname"].startswith("internal-"))
    return any(ip_address(address["ip"]) in network for network in PRIVATE)


def _split(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _admits_all(ranges: list[str]) -> bool:
    """Whether nothing is left of all addresses once the ranges are taken away."""
    if not ranges or "::/0" in ranges:
        return True
    given = sorted((int(each[0]), int(each[-1])) for each in map(ip_network, ranges) if each.version == 4)
    reached = 0
    for first, last in given:
        if first <= reached:
            reached = max(reached, last + 1)
    return reached == 2**32


def _balancer(service: Json) -> str | None:
    notes, spec, addresses = _notes(service), service["spec"], _addresses(service)
    if not addresses and service.get("status") is not None:
        return None
    if (addresses and _is_internal(addresses[0])) or not _faces(notes, spec):
        return "vpc"
    if notes.get(f"{LBC}aws-load-balancer-security-groups"):
        return "internet"
    ranges = spec.get("loadBalancerSourceRanges") or _split(notes.get(f"{LBC}load-balancer-source-ranges"))
    if _admits_all(ranges):
        return "internet"
    if any(ip_network(each).overlaps(network) for each in ranges if ":" not in each for network in PRIVATE):
        return "vpc"
    return None


def _faces(notes: Json, spec: Json) -> bool:
    scheme, inner = notes.get(f"{LBC}aws-load-balancer-scheme"), notes.get(f"{LBC}aws-load-balancer-internal")
    typed = notes.get(f"{LBC}aws-load-balancer-type") in ("external", "nlb-ip")
    if not typed and not spec.get("loadBalancerClass"):
        return inner in (None, "", "false")
    if scheme is not None:
        return bool(scheme == "internet-facing")
    if inner:
        return bool(inner == "false")
    return not typed and spec["loadBalancerClass"] not in ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")


def _named(spec: Json) -> Iterator[tuple[str, Json]]:
    backends = [spec.get("defaultBackend")]
    for rule in spec.get("rules") or ():
        backends += [path["backend"] for path in (rule.get("http") or {}).get("paths") or ()]
    services = (each["service"] for each in backends if each and each.get("service"))
    yield from ((each["name"], each.get("port") or {}) for each in services)


def _fronts(world: World, ingress: Json) -> set[str]:
    notes, addresses = _notes(ingress), _addresses(ingress)
    if addresses and _is_internal(addresses[0]):
        return {"vpc"}
    chosen = _chosen(world, ingress)
    if not _is_alb(ingress, chosen):
        return behind_address(world, [each.get("hostname") or each["ip"] for each in addresses[:1]])
    parameters = ((chosen or {}).get("spec") or {}).get("parameters") or {}
    grouped = notes.get(f"{ALB}group.name") and f"{ALB}scheme" not in notes
    facing = (
        parameters.get("kind") == "IngressClassParams"
        or bool(addresses and ".elb.amazonaws.com" in (addresses[0].get("hostname") or ""))
        or grouped
        or notes.get(f"{ALB}scheme") == "internet-facing"
    )
    if not notes.get(f"{ALB}security-groups"):
        facing = facing and _admits_all(_split(notes.get(f"{ALB}inbound-cidrs")))
    return {"internet" if facing else "vpc"}


def behind_address(world: World, mine: list[str]) -> set[str]:
    """From where a proxy is reached that has some address: as the Services that have it, else from everywhere."""
    same = [
        _balancer(service)
        for _, _, service in world.all("Service")
        if service["spec"].get("type") == "LoadBalancer"
        and any((each.get("hostname") or each["ip"]) in mine for each in _addresses(service))
    ]
    return {each for each in same if each} if same else {"internet"}


def _chosen(world: World, ingress: Json) -> Json | None:
    """The class that an Ingress names, or the default one; the annotation of old names none."""
    name = ingress["spec"].get("ingressClassName")
    if "kubernetes.io/ingress.class" in _notes(ingress):
        return None
    for _, each, document in sorted(world.all("IngressClass"), key=lambda found: str(found[1])):
        if name == each if name else _notes(document).get("ingressclass.kubernetes.io/is-default-class") == "true":
            return document
    return None


def _is_alb(ingress: Json, chosen: Json | None) -> bool:
    if chosen is not None:
        return (chosen.get("spec") or {}).get("controller") in ("ingress.k8s.aws/alb", "eks.amazonaws.com/alb")
    said = _notes(ingress).get("kubernetes.io/ingress.class", ingress["spec"].get("ingressClassName"))
    return bool(said == "alb")


# By rights in the cluster.


def _by_right(rights: Rights) -> Pairs:
    world = rights.world
    for resource, verbs in (("services", WRITES), ("services/status", WRITES[1:])):
        for verb in verbs:
            for who, right in rights.holders(verb, resource):
                if _spaces(world, right):
                    yield "SVC_EXTERNALIP_MITM", who, "traffic/cluster"
    off = bool(world.nodes) and all(world.compute(node) == "auto" for node in world.nodes)
    for verb in () if off else ("update", "patch"):
        for who, right in rights.holders(verb, "configmaps"):
            if right.covers("configmap/kube-system/coredns"):
                yield "DNS_POISON_COREDNS", who, "traffic/dns"


def _by_launching(rights: Rights) -> Pairs:
    world = rights.world
    attaching = [
        pair for verb in WRITES for pair in rights.holders(verb, "securitygrouppolicies", "vpcresources.k8s.aws")
    ]
    for who, right in _launchers(rights):
        for also in _free_to_probe(rights, right):
            for node in _usable(world, world.nodes):
                yield "PROBE_HOST_SSRF", who + also, f"localhost/{node}"
        for other, policy in attaching:
            if who == other and _meet(world, right, policy):
                yield "SGP_ATTACH", who, "vpc"


def _free_to_probe(rights: Rights, right: Right) -> Iterator[str]:
    """What it takes besides that a namespace lets a probe name its host: nothing, or to relabel the namespace."""
    world = rights.world
    versions = [int(each["version"].split(".")[1]) for each in world.said("cluster") if each.get("version")]
    if world.server_before(34) or right.subject in (MASTERS, ADMIN):
        yield ""
    if right.subject in (MASTERS, ADMIN) or (versions and max(versions) < 34):
        return
    for space in sorted(_spaces(world, right)):
        document = world.one("Namespace", "", space)
        level = ((document or {"metadata": {}})["metadata"].get("labels") or {}).get(PSA)
        if level not in ("baseline", "restricted"):
            yield ""
            if level != "privileged" and right.space is None:
                # One that is open as it stands is as good as any.
                return
        elif _is_relabelled(rights, space):
            yield f" & change/NS_LABEL_EDIT/ns/{space}"


def _is_relabelled(rights: Rights, space: str) -> bool:
    """Whether somebody may relabel a namespace who may not do anything anyway."""
    return any(
        right.subject not in (MASTERS, ADMIN)
        and right.space in (None, space)
        and (right.names is None or space in right.names)
        for verb in ("update", "patch")
        # A RoleBinding gives rights over the very namespace that it is in.
        for right in (*rights.may(verb, "namespaces"), *rights.stored(verb, "namespaces", bind_here=True))
    )


def _meet(world: World, one: Right, other: Right) -> bool:
    """Whether two rights are rights in some namespace together."""
    return None in (one.space, other.space) or bool(_spaces(world, one) & _spaces(world, other))


def _services(world: World, *, selecting: bool = False) -> list[str]:
    return [
        f"svc/{space}/{name}"
        for space, name, service in world.all("Service")
        if service["spec"].get("type") != "ExternalName" and (service["spec"].get("selector") or not selecting)
    ]


def _hijacked(rights: Rights) -> Pairs:
    chosen = _services(rights.world, selecting=True)
    for verb in ("update", "patch"):
        for who, right in rights.holders(verb, "services"):
            yield from (("SVC_SELECTOR_HIJACK", who, f"traffic/{each}") for each in filter(right.covers, chosen))
        for resource in ("pods", "pods/status"):
            for who, right in rights.holders(verb, resource):
                spaces = {pod.namespace for pod in rights.world.pods if right.covers(pod.ref)}
                for each in chosen:
                    if each.split("/")[1] in spaces:
                        yield "SVC_SELECTOR_HIJACK", who, f"traffic/{each}"
    for who, right in _launchers(rights):
        covers = Right(who, right.space, None).covers
        yield from (("SVC_SELECTOR_HIJACK", who, f"traffic/{each}") for each in filter(covers, chosen))


def _forged(rights: Rights) -> Pairs:
    for verb in WRITES:
        for resource, group in (("endpointslices", "discovery.k8s.io"), ("endpoints", "")):
            for who, right in rights.holders(verb, resource, group):
                # Slices have names of their own, Endpoints that of their Service.
                scope = right if resource == "endpoints" else Right(who, right.space, None)
                for pod in rights.world.pods if _spaces(rights.world, right) else ():
                    yield "ENDPOINTSLICE_FORGE", who, endpoint(pod)
                for each in filter(scope.covers, _services(rights.world)):
                    yield "ENDPOINTSLICE_FORGE", who, f"traffic/{each}"


POLICIES = {
    "networking.k8s.io": "networkpolicies", "crd.projectcalico.org": "networkpolicies globalnetworkpolicies",
    "projectcalico.org": "networkpolicies globalnetworkpolicies",
    "cilium.io": "ciliumnetworkpolicies ciliumclusterwidenetworkpolicies",
    "networking.k8s.aws": "policyendpoints clusternetworkpolicies",
    "policy.networking.k8s.io": "clusternetworkpolicies adminnetworkpolicies baselineadminnetworkpolicies",
}  # fmt: skip


CLUSTER_WIDE = (
    "globalnetworkpolicies", "ciliumclusterwidenetworkpolicies", "clusternetworkpolicies", "adminnetworkpolicies",
    "baselineadminnetworkpolicies",
)  # fmt: skip


def _isolation(rights: Rights) -> Pairs:
    kinds = [(kind, group) for group, names in POLICIES.items() for kind in names.split()]
    for kind, group in kinds:
        for verb in (*WRITES, "delete", "deletecollection"):
            for who, right in rights.holders(verb, kind, group):
                spaces = [
                    each for each in rights.world.namespaces if Right("", right.space, None).covers(f"ns/{each}/")
                ]
                # A right in namespaces is none to what is in no namespace, and one in no namespace that there is, none.
                is_inert = right.space is not None and (right.space.endswith("*") and not spaces)
                wide = [] if is_inert else ["cluster"]
                for of in wide if kind in CLUSTER_WIDE else [f"ns/{each}" for each in spaces]:
                    yield "NETPOL_TAMPER", who, f"change/NETPOL_TAMPER/{of}"


def _of_plugin(rights: Rights) -> Pairs:
    world = rights.world
    found = []
    if any(pod.namespace == "kube-system" and pod.owner == "ds/aws-node" for pod in world.pods):
        found.append(("daemonsets", "apps", "ds/kube-system/aws-node"))
    if world.one("ConfigMap", "kube-system", "amazon-vpc-cni") is not None:
        found.append(("configmaps", "", "configmap/kube-system/amazon-vpc-cni"))
    for kind, group, of in found:
        for verb in ("update", "patch"):
            for who, right in rights.holders(verb, kind, group):
                if right.covers(of):
                    yield "NETPOL_TAMPER", who, "change/NETPOL_TAMPER/cluster"
