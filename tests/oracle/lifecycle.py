"""The catalogue's section 6, beyond making pods and running commands in them: labels, ways in, places, status."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.api import TEMPLATES
from oracle.connections import VPC, connections
from oracle.containers import Pairs
from oracle.escalations import full
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.world import Pod, World


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = full(world)
    yield from _labels(rights)
    yield from _status(rights)
    yield from _ways_in(rights)
    yield from _placement(rights)
    yield from _stealing(rights)


def _labels(rights: Rights) -> Pairs:
    for verb in ("update", "patch"):
        for resource in ("pods", "pods/status"):
            for who, right in rights.holders(verb, resource):
                for pod in rights.world.pods:
                    if right.covers(pod.ref):
                        yield "POD_RELABEL", who, f"change/POD_RELABEL/ns/{pod.namespace}"


def _status(rights: Rights) -> Pairs:
    for verb in ("update", "patch"):
        for who, right in rights.holders(verb, "pods/status"):
            for service, pods in rights.world.backends.items():
                if any(right.covers(pod.ref) for pod in pods):
                    yield "POD_STATUS_SPOOF", who, f"traffic/{service}"
    for service, pods in rights.world.backends.items():
        for node in {node for pod in pods for node in pod.nodes}:
            if rights.world.compute(node) != "fargate":
                yield "POD_STATUS_SPOOF", f"user/system:node:{node}", f"traffic/{service}"


def _ways_in(rights: Rights) -> Pairs:
    world = rights.world
    for verb in ("create", "get") if world.server_before(35) else ("create",):
        for who, right in rights.holders(verb, "pods/portforward"):
            for pod in filter(lambda each: right.covers(each.ref), world.pods):
                yield "POD_PORTFORWARD", who, pod.endpoint
                yield from (("POD_PORTFORWARD", who, place) for place in _loopbacks(world, pod))
    found = connections(world)
    open_ = [pod for pod in world.pods if found.into(found.within(VPC), pod)]
    for verb in ("get", "create", "update", "patch", "delete"):
        for who, right in rights.holders(verb, "pods/proxy"):
            yield from (("POD_PROXY", who, pod.endpoint) for pod in open_ if right.covers(pod.ref))
        for who, right in rights.holders(verb, "services/proxy"):
            for service in filter(right.covers, world.backends):
                yield from (("POD_PROXY", who, pod.endpoint) for pod in world.backends[service] if pod in open_)


def _loopbacks(world: World, pod: Pod) -> Iterator[str]:
    """Those of the nodes that a pod shares the network of."""
    systems = (pod.spec.get("os") or {}).get("name"), (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os")
    for node in pod.nodes if pod.spec.get("hostNetwork") else ():
        is_windows = "windows" in (*systems, world.info(node).get("operatingSystem"))
        if world.compute(node) != "fargate" and not is_windows:
            yield f"localhost/{node}"


def _placement(rights: Rights) -> Pairs:
    makers = [*rights.holders("create", "pods"), *rights.holders("create", "jobs", "batch")]
    for resource, group in TEMPLATES:
        for verb in ("create", "update", "patch"):
            makers += rights.holders(verb, resource, group)
    for who, right in (*makers, *rights.holders("create", "pods/binding")):
        for space in rights.world.namespaces:
            if Right("", right.space, None).covers(f"ns/{space}/"):
                yield "POD_PLACEMENT", who, f"change/POD_PLACEMENT/ns/{space}"


def _stealing(rights: Rights) -> Pairs:
    world = rights.world
    ready = "change/POD_STEAL/node"
    for node in world.nodes:
        if node != "*" and world.compute(node) != "fargate":
            yield "POD_STEAL", f"node/{node}", ready
    closing = {
        who
        for resource in ("nodes", "nodes/status")
        for verb in ("update", "patch")
        for who, right in _ordinary(rights, verb, resource)
        if right.names is None
    }
    moving = [pod for pod in world.pods if pod.top and pod.top[0] != "DaemonSet"]
    for who, pod in _ending(rights, moving):
        if who in closing:
            yield "POD_STEAL", f"{who} & {ready}", pod.ref


def _ordinary(rights: Rights, verb: str, resource: str) -> Iterator[tuple[str, Right]]:
    """Who may, for another reason than that they may do anything."""
    for who, right in rights.holders(verb, resource):
        if right.subject not in (MASTERS, ADMIN):
            yield who, right


def _ending(rights: Rights, pods: list[Pod]) -> Iterator[tuple[str, Pod]]:
    """Who may put an end to which pods, by themselves or with their node."""
    for verb, resource in (
        ("delete", "pods"), ("create", "pods/eviction"), ("update", "pods"), ("patch", "pods"),
        ("update", "pods/status"), ("patch", "pods/status"),
    ):  # fmt: skip
        for who, right in _ordinary(rights, verb, resource):
            yield from ((who, pod) for pod in pods if right.covers(pod.ref))
    for verb in ("delete", "update", "patch"):
        for who, right in _ordinary(rights, verb, "nodes"):
            for pod in pods:
                if right.names is None or pod.nodes & {*right.names, "*"}:
                    yield who, pod
