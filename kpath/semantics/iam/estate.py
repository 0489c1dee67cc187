"""What of an account belongs to the cluster: EKS resources, the instances of nodes, their tags and roles.

Source: service authorization reference, Amazon EKS and Amazon EC2 (forms of ARNs, condition keys); AWS Systems
Manager user guide, default host management.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import noderights, tags
from kpath.semantics.iam.able import Able, Known, alike
from kpath.semantics.iam.noderights import may, reasons
from kpath.semantics.workload.noderoles import Carried, carried
from kpath.verdict import Denied, Verdict

READS = noderights.READS | {"clusters"}

BOTTLEROCKET = "Bottlerocket"
CONTAINED = Assumption("from the control container of Bottlerocket one gets on to the host", Confidence.LOW)

_BY_ACCOUNT = Assumption(
    "default host management gives the instance to Systems Manager", Confidence.LOW, "ssm describe-instance-information"
)


def clusters(model: Model) -> Iterator[tuple[Ref, wire_aws.Cluster]]:
    """The clusters whose ARN is known."""
    return ((ref, cluster) for ref, cluster in model.clusters.items() if ref.kind == "aws-cluster")


def beneath(cluster: Ref, kind: str, rest: str) -> frozenset[str]:
    """The ARN of something that belongs to a cluster, as EKS writes it."""
    head, _, name = cluster.partition(":cluster/")
    return frozenset({f"{head}:{kind}/{name}/{rest}"})


def beside(arn: str, service: str, rest: str, *, owned: bool = True) -> frozenset[str]:
    """An ARN in the partition, the region and, if it is owned by one, the account of another."""
    _, partition, _, region, account, _ = arn.split(":", 5)
    return frozenset({f"arn:{partition}:{service}:{region}:{account if owned else ''}:{rest}"})


@memoised
def machines(model: Model) -> Mapping[str, Refs]:
    """The instances that are their owner's to change, and the nodes that they are."""
    found: dict[str, list[Ref]] = {}
    for node in model.nodes:
        if node.instance is not None and node.compute == "ec2":
            found.setdefault(node.instance, []).append(node.ref)
    return {arn: model.names.refs(nodes) for arn, nodes in sorted(found.items())}


def nodes_of(model: Model, arns: frozenset[str]) -> Refs:
    """The nodes that some instances are."""
    return model.names.refs(node for arn in arns for node in machines(model)[arn])


def on_machines(model: Model, *actions: str, known: Known = ()) -> Iterator[Able]:
    """Who may do all of some things to which instances of nodes."""
    for arns, of_them in tagged(model, frozenset(machines(model))):
        yield from alike(model, actions, arns, (*known, *of_them))


def tagged(model: Model, arns: frozenset[str]) -> Iterator[tuple[frozenset[str], Known]]:
    """Instances by the values of those of their tags that policies ask about."""
    held = {arn: {each.key: each.value for each in model.instances[Ref(arn)].tags or ()} for arn in arns}
    yield from tags.alike(model, held)


def regions(arns: frozenset[str]) -> Iterator[frozenset[str]]:
    """Instances by their region."""
    groups: dict[str, list[str]] = {}
    for arn in sorted(arns):
        groups.setdefault(":".join(arn.split(":")[:4]), []).append(arn)
    yield from map(frozenset, groups.values())


class Managed(Struct, frozen=True):
    """Instances that Systems Manager commands, why it does, and what that assumes."""

    instances: frozenset[str]
    because: Evidence
    assumes: tuple[Assumption, ...]


@memoised
def managed(model: Model) -> tuple[Managed, ...]:
    """The instances of nodes by what lets Systems Manager command them: the role that they carry, or the account."""
    by_node = {ref: each for each in carried(model) for ref in (node.ref for node in each.nodes)}
    bottled = {node.ref for node in model.nodes if node.info is not None and BOTTLEROCKET in node.info.os_image}
    groups: dict[tuple[Ref | None, bool], list[str]] = {}
    for arn, nodes in machines(model).items():
        first = next(iter(nodes))
        role = by_node[first].role if first in by_node else None
        groups.setdefault((role, first in bottled), []).append(arn)
    roles = {each.role: each for each in carried(model)}
    found = []
    for (role, is_bottled), arns in groups.items():
        because, assumes = _enrolled(model, roles[role]) if role is not None else ((), (_BY_ACCOUNT,))
        found.append(Managed(frozenset(arns), because, (*assumes, *([CONTAINED] if is_bottled else []))))
    return tuple(found)


def _enrolled(model: Model, each: Carried) -> tuple[Evidence, tuple[Assumption, ...]]:
    verdict: Verdict = may(model, each.role, ("ssm:UpdateInstanceInformation",))
    if isinstance(verdict, Denied):
        return (), (_BY_ACCOUNT,)
    return reasons(model, each, verdict), verdict.assumes


def connectable(model: Model, nodes: Refs) -> Refs:
    """Those of some nodes on which somebody may log in."""
    bottled = (node.ref for node in model.nodes if node.info is not None and BOTTLEROCKET in node.info.os_image)
    return nodes - model.names.refs(bottled)


def untagged(model: Model) -> Known:
    """What is known of the keys for tags where the resource has none."""
    return tags.untagged(model)


@memoised
def security_groups(model: Model) -> frozenset[str]:
    """The security groups of the instances of nodes."""
    return frozenset(
        name
        for arn in machines(model)
        for group in model.instances[Ref(arn)].security_groups or ()
        for name in beside(arn, "ec2", f"security-group/{group.group_id}")
    )


@memoised
def homes(model: Model) -> tuple[str, ...]:
    """An ARN in each region and account that the cluster and its nodes are in."""
    found: dict[tuple[str, str], str] = {}
    for arn in (*(ref for ref, _ in clusters(model)), *machines(model)):
        _, _, _, region, account, _ = arn.split(":", 5)
        found.setdefault((region, account), arn)
    return tuple(found.values())
