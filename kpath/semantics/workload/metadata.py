"""The instance metadata service: who reaches it from a pod, and whose credentials it gives.

Source: Amazon EC2 user guide, Configure the instance metadata options; Amazon EKS best practices, Restrict access
to the instance profile; defaults of node groups as of 2026-06.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.tables import COMPUTE_TYPE, Model, Node
from kpath.refs import Ref
from kpath.snapshot.patch import Patch
from kpath.verdict import Allowed, Denied, Undecided, Verdict

READS = frozenset({"pods", "nodes", "instances", "profiles", "nodegroups", "aws_roles", "coverage"})

INSTANCES = "ec2 describe-instances"
OPTIONS = "/MetadataOptions"
# The hops that a pod behind its own network interface adds.
POD_HOPS = 2
UNKNOWN = Ref("arn:aws:iam::unknown:role/unknown")


def has_metadata(node: Node) -> bool:
    """Whether a node is an EC2 instance, as far as one can tell; Fargate and hybrid nodes have no metadata."""
    provider = node.provider_id or ""
    if node.compute in ("fargate", "hybrid"):
        return False
    return not provider or provider.startswith("aws:")


def answers(model: Model, node: Node) -> Verdict:
    """Whether the metadata service of a node is switched on."""
    options = _options(model, node)
    if options is None or node.instance is None:
        return Undecided((), (_unknown(node, "the metadata service is on"),))
    fact = Fact(node.instance, f"{OPTIONS}/HttpEndpoint", options.http_endpoint)
    return Denied((fact,)) if options.http_endpoint == "disabled" else Allowed((fact,))


def on_ipv6(model: Model, node: Node) -> Verdict:
    """Whether the metadata service of a node has its address of IPv6."""
    options = _options(model, node)
    if options is None or node.instance is None:
        return Undecided((), (_unknown(node, "the metadata service answers on IPv6"),))
    fact = Fact(node.instance, f"{OPTIONS}/HttpProtocolIpv6", options.http_protocol_ipv6)
    if fact.value is None:
        return Undecided((fact,), (_unknown(node, "the metadata service answers on IPv6"),))
    return Allowed((fact,)) if fact.value == "enabled" else Denied((fact,))


def answers_pods(model: Model, node: Node) -> Iterator[Verdict]:
    """Each reason for which the metadata service answers pods that are not on the host's network."""
    options = _options(model, node)
    if node.compute == "auto":
        return
    if options is None or node.instance is None:
        yield _by_default(node)
        return
    tokens, limit = options.http_tokens, options.http_put_response_hop_limit
    if tokens == "optional":
        yield Allowed((Fact(node.instance, f"{OPTIONS}/HttpTokens", tokens),))
    if limit is not None and limit >= POD_HOPS:
        yield Allowed((Fact(node.instance, f"{OPTIONS}/HttpPutResponseHopLimit", str(limit)),))
    if tokens is None and (limit is None or limit < POD_HOPS):
        yield Undecided((Fact(node.instance, f"{OPTIONS}/HttpTokens", None),), (_unknown(node, "tokens are optional"),))
    elif limit is None and tokens != "optional":
        because = (Fact(node.instance, f"{OPTIONS}/HttpPutResponseHopLimit", None),)
        yield Undecided(because, (_unknown(node, "its hop limit is at least 2"),))


def opened(of: Ref, instance: wire_aws.Instance) -> Patch:
    """The options under which an instance's metadata service answers pods, where its own keep them away."""
    options = instance.metadata_options or wire_aws.MetadataOptions()
    limit = options.http_put_response_hop_limit
    patch = Patch()
    if options.http_endpoint == "disabled":
        patch |= Patch.replace(of, f"{OPTIONS}/HttpEndpoint", "enabled")
    if options.http_tokens == "required" and limit is not None and limit < POD_HOPS:
        patch |= Patch.replace(of, f"{OPTIONS}/HttpTokens", "optional")
    return patch


def refuses_pods(model: Model, node: Node) -> Evidence:
    """The settings that keep ordinary pods from the metadata service; none where it answers, or may."""
    if node.compute == "auto":
        return (Fact(node.ref, pointer("metadata", "labels", COMPUTE_TYPE), "auto"),)
    if any(True for _ in answers_pods(model, node)):
        return ()
    options = _options(model, node)
    if options is None or node.instance is None:
        return ()
    limit = options.http_put_response_hop_limit
    return (
        Fact(node.instance, f"{OPTIONS}/HttpTokens", options.http_tokens),
        Fact(node.instance, f"{OPTIONS}/HttpPutResponseHopLimit", None if limit is None else str(limit)),
    )


def _by_default(node: Node) -> Verdict:
    image = node.info.os_image if node.info is not None else ""
    if "Amazon Linux 2023" in image or "Bottlerocket" in image:
        return Undecided((), (_unknown(node, "its hop limit was raised from 1, or tokens made optional"),))
    return Undecided((), (_unknown(node, "its hop limit is at least 2, or tokens are optional"),))


def _unknown(node: Node, what: str) -> Assumption:
    return Assumption(f"{node.ref}: {what}", Confidence.LOW, INSTANCES)


def _options(model: Model, node: Node) -> wire_aws.MetadataOptions | None:
    instance = model.instances.get(node.instance) if node.instance is not None else None
    return instance.metadata_options if instance is not None else None


class Credentials(Struct, frozen=True):
    """The session that a node's metadata service hands out, its role where that is known, and why."""

    session: Ref
    role: Ref | None
    because: Evidence
    assumes: tuple[Assumption, ...] = ()

    @property
    def targets(self) -> tuple[Ref, ...]:
        return (self.session, self.role) if self.role is not None else (self.session,)


def credentials(model: Model, node: Node) -> Credentials | None:
    """What a node's metadata service gives; `None` where its instance has no profile."""
    instance = model.instances.get(node.instance) if node.instance is not None else None
    if instance is None or node.instance is None:
        return _by_nodegroup(model, node)
    if instance.iam_instance_profile is None:
        return None
    arn = Ref(instance.iam_instance_profile.arn)
    because: Evidence = (Fact(node.instance, "/IamInstanceProfile/Arn", arn),)
    if node.provider_id:
        because = (Fact(node.ref, "/spec/providerID", node.provider_id), *because)
    profile = model.profiles.get(arn)
    if profile is not None and not profile.roles:
        return None
    if profile is None:
        told = _of_nodegroup(model, node)
        if told is not None:
            of_group, said = told
            session = _session(of_group, of_group.name, instance.instance_id)
            return Credentials(session, of_group, (*because, *said))
        what = f"the role in {arn} is not known"
        return Credentials(_session(arn, "unknown", instance.instance_id), None, because, (
            Assumption(what, Confidence.MEDIUM, "iam get-account-authorization-details"),
        ))  # fmt: skip
    role = profile.roles[0]
    because = (*because, Fact(arn, "/Roles/0/Arn", role.arn))
    return Credentials(_session(Ref(role.arn), role.role_name, instance.instance_id), Ref(role.arn), because)


@memoised
def node_roles(model: Model) -> Mapping[Ref, Credentials]:
    """The roles that nodes have, each as the first of its nodes hands it out."""
    found: dict[Ref, Credentials] = {}
    for node in model.nodes:
        given = credentials(model, node) if has_metadata(node) else None
        if given is not None and given.role is not None:
            found.setdefault(given.role, given)
    return found


def _of_nodegroup(model: Model, node: Node) -> tuple[Ref, Evidence] | None:
    """The role of the group that a node is of, and what says so."""
    named = node.labels.get("eks.amazonaws.com/nodegroup")
    for ref, group in model.nodegroups.items():
        if group.nodegroup_name == named and group.node_role:
            label = Fact(node.ref, "/metadata/labels/eks.amazonaws.com~1nodegroup", named)
            return Ref(group.node_role), (label, Fact(ref, "/nodeRole", group.node_role))
    return None


def _by_nodegroup(model: Model, node: Node) -> Credentials:
    told = _of_nodegroup(model, node)
    if told is not None:
        role, because = told
        return Credentials(_session(role, role.name, node.name), role, because)
    what = Assumption(f"{node.ref} has an instance profile", Confidence.LOW, INSTANCES)
    return Credentials(_session(UNKNOWN, "unknown", node.name), None, (), (what,))


def _session(of: Ref, role: str, name: str) -> Ref:
    """The session of a role, in the partition and account of something beside it."""
    return Ref(f"arn:{of.split(':')[1]}:sts::{of.account}:assumed-role/{role}/{name}")


def imds_ref(node: Node) -> Ref:
    """The metadata service as a node's pods see it."""
    return Ref(f"imds/{node.name}")


def known_only_by_name(node: Node) -> Evidence:
    """The one fact there is of a node that nothing else is known of."""
    return (Fact(node.ref, "/metadata/name", None if node.is_placeholder else node.name),)
