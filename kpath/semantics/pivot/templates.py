"""Who may have new nodes boot what it likes, by the launch templates that nodes were launched from.

Source: Amazon EC2 Auto Scaling user guide, launch templates (versions, system tags of instances); service
authorization reference, Amazon EC2 and Amazon EC2 Auto Scaling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import Assumption, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.able import Able, Call, able, besides, meeting
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.estate import beside, machines
from kpath.semantics.pivot.nodemakers import NODEGROUP
from kpath.semantics.workload.noderoles import carried

TEMPLATE, GROUP = "aws:ec2launchtemplate:id", "aws:autoscaling:groupName"
VERSION, DEFAULT, UPDATE = (
    "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate", "autoscaling:UpdateAutoScalingGroup",
)  # fmt: skip
_CALL = "autoscaling describe-auto-scaling-groups"
_NAMED = ":autoScalingGroupName/"


class Launched(Struct, frozen=True):
    """Nodes launched from one template by one Auto Scaling group, empty where there is none or it is not known.

    EKS pins the number of a version in the groups that are `managed`.
    """

    template: str
    group: str
    managed: bool
    nodes: tuple[Ref, ...]


def replaced(model: Model) -> Iterator[tuple[Able, Ref | Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may have which nodes come back with its own code, and with which role they do so."""
    for each in _launched(model):
        writing = able(model, Call(VERSION, frozenset({each.template})))
        for who, assumes in _turning(model, each, writing) if writing else ():
            yield who, model.names.refs(each.nodes), (), assumes
            mine = frozenset(each.nodes)
            for role in carried(model):
                if not mine.isdisjoint(node.ref for node in role.nodes):
                    yield who, role.role, role.because, assumes


def _turning(model: Model, each: Launched, writing: tuple[Able, ...]) -> Iterator[tuple[Able, tuple[Assumption, ...]]]:
    """Who of those that may write a version may have it used."""
    name = each.template.rpartition("/")[2]
    if each.group:
        names = _arns(model, each)
        for who in besides(writing, able(model, Call(UPDATE, names))):
            yield who, ()
    if not each.managed:
        for who in writing:
            yield who, (Assumption(f"nodes are launched from $Latest of {name}", missing=_CALL),)
        for who in meeting(writing, able(model, Call(DEFAULT, frozenset({each.template})))):
            yield who, (Assumption(f"nodes are launched from $Default of {name}", missing=_CALL),)


@memoised
def _launched(model: Model) -> tuple[Launched, ...]:
    """The nodes of instances whose tags name a template, by that and by their group."""
    groups: dict[tuple[str, str, bool], list[Ref]] = {}
    managed = {node.ref for node in model.nodes if NODEGROUP in node.labels}
    for arn, nodes in machines(model).items():
        tags = {each.key: each.value for each in model.instances[Ref(arn)].tags or ()}
        if tags.get(TEMPLATE):
            (template,) = beside(arn, "ec2", f"launch-template/{tags[TEMPLATE]}")
            (group,) = beside(arn, "autoscaling", f"autoScalingGroup:some{_NAMED}{tags.get(GROUP, '')}")
            for node in nodes:
                key = template, group if tags.get(GROUP) else "", node in managed
                groups.setdefault(key, []).append(node)
    return tuple(Launched(*key, tuple(sorted(nodes))) for key, nodes in sorted(groups.items()))


def _arns(model: Model, each: Launched) -> frozenset[str]:
    """What a group may be called: AWS puts a number before its name, which only policies may tell."""
    head, _, name = each.group.partition(_NAMED)
    start = head.removesuffix("some")
    told = (arn for arn in _told(model).get(name, ()) if arn.startswith(start))
    return frozenset({each.group, *told})


@memoised
def _told(model: Model) -> Mapping[str, tuple[str, ...]]:
    """The ARNs of Auto Scaling groups that policies name in full, by the name of the group."""
    policies = {id(each): each for found in principals(model).values() for each in found.identity}
    found: dict[str, set[str]] = {}
    for policy in policies.values():
        for statement in policy.statements:
            for value in statement.resources.values if statement.resources else ():
                if _NAMED in value and not any(mark in value for mark in "*?$"):
                    found.setdefault(value.partition(_NAMED)[2], set()).add(value)
    return {name: tuple(sorted(arns)) for name, arns in sorted(found.items())}
