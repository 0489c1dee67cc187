"""Who may reconfigure the managed add-ons of a cluster.

Source: service authorization reference, Amazon EKS; its user guide, Amazon EKS add-ons (configuration values).
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import estate
from kpath.semantics.iam.able import Able, Call, able
from kpath.semantics.iam.estate import beneath

READS = estate.READS | {"nodes"}

MANAGED = Assumption("the network plugin is a managed add-on of the cluster", missing="eks list-addons")
DNS_MANAGED = Assumption("CoreDNS is a managed add-on of the cluster", missing="eks list-addons")
DNS_UNMANAGED = Assumption("CoreDNS is no managed add-on of the cluster yet", missing="eks list-addons")


def answering(model: Model, cluster: Ref) -> Iterator[tuple[Able, tuple[Assumption, ...]]]:
    """Who may rewrite what the DNS of a cluster answers, and what that assumes."""
    if model.nodes and all(node.compute == "auto" for node in model.nodes):
        return
    calls = (
        (Call("eks:UpdateAddon", beneath(cluster, "addon", "coredns/*")), DNS_MANAGED),
        (Call("eks:CreateAddon", frozenset({cluster})), DNS_UNMANAGED),
    )
    for call, doubt in calls:
        yield from ((each, (*each.assumes, doubt)) for each in able(model, call))
