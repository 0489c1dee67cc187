"""Which cluster objects are of: by the folder that they came from, else by what their nodes say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from kpath.model import wire, wire_aws
from kpath.model.aws import AwsBuilder
from kpath.model.builder import Builder
from kpath.model.tables import Diagnostic
from kpath.refs import Ref

_FOLDER = re.compile(r"(?:^|[/!])clusters/([^/!:]+)/")
_LABEL = "alpha.eksctl.io/cluster-name"
_GROUP = "eks.amazonaws.com/nodegroup"
# Tags of instances: the name is the value, or the end of the key.
_TAGS, _OWNED = frozenset({"aws:eks:cluster-name", "eks:cluster-name"}), "kubernetes.io/cluster/"


@lru_cache(maxsize=4096)
def folder(file: str) -> str:
    """The cluster that a file is of: `prod` of `dump/clusters/prod/pods.json`, nothing where no folder says."""
    found = _FOLDER.findall(file.replace("\\", "/"))
    return found[-1] if found else ""


def described(aws: AwsBuilder, folder: str) -> wire_aws.Cluster | None:
    """The EKS cluster that a folder is called as: NAME; of several, NAME.REGION or NAME.REGION.ACCOUNT."""
    meant = [each for ref, each in aws.eks.clusters.items() if _is_called(ref, each.name, folder)]
    return meant[0] if len(meant) == 1 else None


def told(aws: AwsBuilder, builder: Builder) -> wire_aws.Cluster | None:
    """Which of several EKS clusters the nodes and their instances tell of; `None` for whatever was described."""
    said = set(_told(aws, builder)) if len(aws.eks.clusters) > 1 else set()
    meant = [each for each in aws.eks.clusters.values() if each.name in said]
    return meant[0] if len(meant) == 1 else None


def _is_called(ref: Ref, name: str, folder: str) -> bool:
    _, _, _, region, account, *_ = (*ref.split(":"), "", "", "", "", "")
    return folder in (name, f"{name}.{region}", f"{name}.{region}.{account}")


def _told(aws: AwsBuilder, builder: Builder) -> Iterator[str]:
    """The names of clusters that nodes and their instances tell."""
    groups: dict[str, set[str]] = {}
    for group in aws.eks.nodegroups.values():
        groups.setdefault(group.nodegroup_name, set()).add(group.cluster_name)
    for ref, node in builder.objects["Node"].items():
        if isinstance(node, wire.Node):
            labels = node.metadata.labels or {}
            yield from (labels[each] for each in (_LABEL,) if each in labels)
            of_group = groups.get(labels.get(_GROUP, ""), set())
            yield from of_group if len(of_group) == 1 else ()
            instance = aws.instance(ref.name, node.spec.provider_id if node.spec else None)
            for tag in (instance.tags if instance is not None else None) or ():
                if tag.key in _TAGS:
                    yield tag.value
                elif tag.key.startswith(_OWNED):
                    yield tag.key.removeprefix(_OWNED)


def untold(aws: AwsBuilder, told: Collection[wire_aws.Cluster]) -> Iterator[Diagnostic]:
    """The EKS clusters of which nothing in Kubernetes was collected, or of which that cannot be told."""
    known = aws.eks.clusters
    if len(known) > 1 and not told:
        names = ", ".join(sorted(each.name for each in known.values()))
        yield Diagnostic(f"which of {names} the objects are of is not told; put them in a folder clusters/NAME")
    for ref, each in known.items() if told else ():
        if each not in told:
            yield Diagnostic(f"the objects of the cluster {each.name} were not collected", str(ref))
