"""Whether the control plane is AWS's, out of reach, or runs on nodes of the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import COMPUTE_TYPE, Model, Node
from kpath.model.wire_aws import Cluster, VpcConfig
from kpath.refs import Ref
from kpath.semantics.workload.facts import text
from kpath.semantics.workload.sources import is_everybody
from kpath.snapshot.patch import Patch
from kpath.verdict import Allowed, Denied, Undecided, Verdict

READS = frozenset({"nodes", "clusters"})
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
CONFIG = "/resourcesVpcConfig"
EVERYBODY = "0.0.0.0/0"
PUBLIC = Assumption("the cluster's endpoint is public, as EKS makes it", Confidence.MEDIUM, "eks describe-cluster")
UNKNOWN = Assumption("the control plane is not EKS's", Confidence.LOW, "eks describe-cluster")


@memoised
def self_managed(model: Model) -> Verdict:
    """Whether the control plane is the operator's own: nodes of it are there, and nothing speaks of EKS."""
    if model.clusters:
        ref, cluster = next(iter(model.clusters.items()))
        return Denied((Fact(ref, "/name", cluster.name),))
    for node in model.nodes:
        if node.info is not None and "-eks-" in node.info.kubelet_version:
            return Denied((Fact(node.ref, "/status/nodeInfo/kubeletVersion", node.info.kubelet_version),))
    found = next(control_plane(model), None)
    return Allowed(found[1]) if found is not None else Undecided((), (UNKNOWN,))


def no_fargate(node: Node) -> Evidence:
    """What says that a node is no Fargate node: a label that it has not, or the name of one known by its pods alone."""
    if node.info is None and not node.labels:
        return (Fact(node.ref, "/metadata/name", node.name),)
    return (Fact(node.ref, pointer("metadata", "labels", COMPUTE_TYPE), node.labels.get(COMPUTE_TYPE)),)


def control_plane(model: Model) -> Iterator[tuple[Node, Evidence]]:
    """The nodes that say that they run the control plane."""
    for node in model.nodes:
        for label in CONTROL_PLANE:
            if label in node.labels:
                yield node, (Fact(node.ref, pointer("metadata", "labels", label), node.labels[label]),)
                break


def public_api(model: Model) -> Iterator[Verdict]:
    """Whether each cluster's API server is reached from the internet by everybody; nothing where it is not."""
    for ref, cluster in model.clusters.items():
        config = cluster.resources_vpc_config or VpcConfig()
        is_public, ranges = config.endpoint_public_access, config.public_access_cidrs
        if is_public is False or (ranges and not is_everybody(ranges)):
            continue
        at = pointer("publicAccessCidrs", *([ranges.index(EVERYBODY)] if ranges and EVERYBODY in ranges else ()))
        because = (
            Fact(ref, "/name", cluster.name),
            Fact(ref, f"{CONFIG}/endpointPublicAccess", None if is_public is None else "true"),
            Fact(ref, CONFIG + at, EVERYBODY if ranges and EVERYBODY in ranges else text(ranges)),
        )
        yield Allowed(because) if is_public else Undecided(because, (PUBLIC,))


def opened(of: Ref, cluster: Cluster) -> Patch:
    """The settings under which everybody reaches a cluster's API server, where its own keep some away."""
    config = cluster.resources_vpc_config or VpcConfig()
    patch = Patch()
    if config.endpoint_public_access is False:
        patch |= Patch.replace(of, f"{CONFIG}/endpointPublicAccess", True)
    if config.public_access_cidrs and EVERYBODY not in config.public_access_cidrs:
        patch |= Patch.replace(of, f"{CONFIG}/publicAccessCidrs/0", EVERYBODY)
    return patch
