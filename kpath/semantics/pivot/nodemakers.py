"""Who may bring nodes of its own into the cluster, or change what nodes boot and which role they carry.

Source: service authorization reference, Amazon EC2, Amazon EKS and AWS Systems Manager.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Evidence, Fact, moved, pointer
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import estate, instance_roles
from kpath.semantics.iam.able import Able, Call, able, alike, besides, handed, passes
from kpath.semantics.iam.account import ACCOUNT_DETAILS, held_by, is_known_to_lack, trusts
from kpath.semantics.iam.estate import beside, clusters, homes, machines, nodes_of, tagged
from kpath.semantics.iam.instance_roles import given_to_instances
from kpath.semantics.iam.trust import service
from kpath.semantics.rbac import mapped as mapping
from kpath.semantics.rbac.mapped import NODES, mapped
from kpath.semantics.workload.noderoles import carried
from kpath.verdict import Denied, Undecided, Verdict, all_of

READS = estate.READS | instance_roles.READS | mapping.READS | {"coverage"}

EC2, SSM = "ec2.amazonaws.com", "ssm.amazonaws.com"
ASSOCIATE = "ec2:AssociateIamInstanceProfile"
HYBRID = "HYBRID_LINUX"
NODEGROUP = "eks.amazonaws.com/nodegroup"
_MINE = Assumption("the caller is on an instance of its own in that account", missing="ec2 describe-instances")
_NEW = ("instance/*", "network-interface/*", "volume/*")

Made = Iterator[tuple[Ref, Ref | Refs, Evidence, tuple[Assumption, ...]]]


def launching(model: Model) -> tuple[Able, ...]:
    """Who may launch instances where the cluster is."""
    found: list[Able] = []
    for home in homes(model):
        calls = (Call("ec2:RunInstances", beside(home, "ec2", each)) for each in _NEW)
        found += besides(*(able(model, call) for call in calls))
    return tuple(found)


def as_node(model: Model, launched: tuple[Able, ...]) -> Made:
    """Who may do so with the role of a node."""
    roles = {str(each.role): each for each in carried(model)}
    for each in besides(launched, passes(model, frozenset(roles), EC2)):
        for name in sorted(each.resources):
            targets = model.names.refs((Ref(name), NODES))
            yield each.principal, targets, (*each.because(model), *roles[name].because), each.assumes


def associated(model: Model) -> tuple[Able, ...]:
    """Who may give a profile to an instance of its own, where the cluster is; that it has one is assumed."""
    found = (each for home in homes(model) for each in able(model, Call(ASSOCIATE, beside(home, "ec2", "instance/*"))))
    return tuple(replace(each, verdict=all_of(each.verdict, Undecided((), (_MINE,)))) for each in found)


def grouped(model: Model) -> Made:
    """Who may create a node group, and with which roles."""
    for ref, _ in clusters(model):
        creating = able(model, Call("eks:CreateNodegroup", frozenset({ref})))
        for principal, roles, because, assumes in handed(model, EC2, creating, passed_to=""):
            yield principal, roles, because, assumes
            # A group has no trust of its own: what lets the node in is that of one of the roles.
            yield principal, NODES, moved(because, TARGET, next(iter(roles))), assumes


def enrolling(model: Model) -> Made:
    """Who may enrol a machine under a role of hybrid nodes that Systems Manager may have."""
    activating = able(model, Call("ssm:CreateActivation", frozenset({"*"})))
    for each in mapped(model) if activating else ():
        entry = model.access_entries.get(each.principal)
        if each.is_node and each.by_session and (entry is None or entry.type == HYBRID):
            trusted = _enrols(model, each.principal)
            targets = model.names.refs((each.principal,) if each.lacks_group else (each.principal, NODES))
            passed = passes(model, frozenset({str(each.principal)}), SSM)
            for found in besides(activating, passed) if not isinstance(trusted, Denied) else ():
                because = (*found.because(model), *each.because, *trusted.because)
                yield found.principal, targets, because, (*found.assumes, *each.assumes, *trusted.assumes)


def _enrols(model: Model, role: Ref) -> Verdict:
    """Whether Systems Manager may have a role."""
    if role in trusts(model):
        return service(trusts(model)[role], SSM)
    if is_known_to_lack(model, role):
        return Denied()
    return Undecided((), (Assumption(f"{role} trusts {SSM}", missing=ACCOUNT_DETAILS),))


class Swap(Struct, frozen=True):
    """Whoever is on some nodes gets a role, once a principal gives it to them."""

    principal: Ref
    sources: Refs
    role: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]


def swapping(model: Model) -> Iterator[Swap]:
    """Who may give which roles to the instances of which nodes."""
    roles = {str(each.role): each for each in given_to_instances(model)}
    had = {str(each.role): model.names.refs(node.ref for node in each.nodes) for each in carried(model)}
    passed = passes(model, frozenset(roles), EC2)
    for arns, tags in tagged(model, frozenset(machines(model))):
        for actions, some in _associating(model, arns):
            for each in besides(passed, alike(model, actions, some, tags)):
                nodes = nodes_of(model, each.resources)
                for other in passed:
                    for name in sorted(other.resources) if other.principal == each.principal else ():
                        role = roles[name]
                        others = nodes - had[name] if name in had else nodes
                        if not others:
                            continue
                        sources = others | model.names.refs(Ref(f"imds/{node.name}") for node in others)
                        facts = (*each.verdict.because, *other.verdict.because)
                        because = (*held_by(model, each.principal, tuple(dict.fromkeys(facts))), *role.because)
                        assumes = (*each.assumes, *other.assumes, *role.assumes)
                        yield Swap(each.principal, sources, role.role, because, tuple(dict.fromkeys(assumes)))


def _associating(model: Model, arns: frozenset[str]) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """What gives instances a profile: one that has none takes one, one that has one must first let go of it."""
    bare = frozenset(arn for arn in arns if model.instances[Ref(arn)].iam_instance_profile is None)
    if bare:
        yield (ASSOCIATE,), bare
    if others := arns - bare:
        yield ("ec2:ReplaceIamInstanceProfileAssociation",), others
        yield (ASSOCIATE, "ec2:DisassociateIamInstanceProfile"), others


def poisoning(model: Model) -> Iterator[tuple[Able, Refs, Evidence]]:
    """Who may have which managed node groups boot what it likes; the nodes that it replaces, and their role."""
    for ref, group in model.nodegroups.items():
        if group.launch_template is None or not group.launch_template.id or ref.kind != "aws-eks":
            continue
        template = beside(ref, "ec2", f"launch-template/{group.launch_template.id}")
        writing = able(model, Call("ec2:CreateLaunchTemplateVersion", template))
        because = (Fact(ref, pointer("launchTemplate", "id"), group.launch_template.id),)
        nodes = [node.ref for node in model.nodes if node.labels.get(NODEGROUP) == group.nodegroup_name]
        targets = model.names.refs([*nodes, *([Ref(group.node_role)] if group.node_role else [])])
        for each in besides(writing, alike(model, ("eks:UpdateNodegroupVersion",), frozenset({str(ref)}))):
            yield each, targets, because
