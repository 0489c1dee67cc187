"""What instances were started with: user data, which whoever reaches the metadata service reads.

Source: Amazon EC2 user guide, Run commands at launch; kube2iam and kiam, which routes they hand on.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.workload import metadata
from kpath.semantics.workload.commands import flag
from kpath.semantics.workload.controllers import first_pod, of_pod
from kpath.semantics.workload.credentials import Found, user_data
from kpath.semantics.workload.interceptors import KUBE2IAM, Redirect
from kpath.semantics.workload.rolepatterns import found as found_in
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = metadata.READS | {"user_data"}

ATTRIBUTE = "ec2 describe-instance-attribute --attribute userData"
ROUTE = "/latest/user-data"


class Known(Struct, frozen=True):
    """User data with credentials in it, and why it is a node's."""

    ref: Ref
    instance: Ref
    found: Found
    because: Evidence


def of_node(node: Node) -> Ref:
    """The user data of a node's instance."""
    return Ref(f"userdata/{node.name}")


@memoised
def known(model: Model) -> tuple[Known, ...]:
    """The user data that was collected and holds a credential."""
    return tuple(_known(model))


def _known(model: Model) -> Iterator[Known]:
    contents = user_data(model)
    for node in model.nodes:
        found = contents.get(node.instance) if node.instance is not None else None
        if node.instance is not None and found is not None and metadata.has_metadata(node):
            yield Known(of_node(node), node.instance, found, _instance(node))


def _instance(node: Node) -> Evidence:
    """What says which instance a node is."""
    if node.provider_id:
        return (Fact(node.ref, "/spec/providerID", node.provider_id),)
    return metadata.known_only_by_name(node)


def tells(model: Model, node: Node) -> Verdict:
    """Whether a node's metadata service gives user data that holds a credential."""
    if not metadata.has_metadata(node):
        return Denied()
    if node.instance is None or node.instance not in user_data(model):
        what = Assumption(f"the user data of {node.ref} holds a credential", Confidence.LOW, ATTRIBUTE)
        return all_of(metadata.answers(model, node), Undecided(metadata.known_only_by_name(node), (what,)))
    found = user_data(model)[node.instance]
    return all_of(metadata.answers(model, node), Allowed(_instance(node))) if found is not None else Denied()


def hands_on(model: Model, each: Redirect) -> Verdict:
    """Whether an agent hands on requests for user data: kube2iam does, kiam where it is told of that route."""
    if each.product == KUBE2IAM:
        return Allowed(())
    said = flag(each.agent.vantage, "--whitelist-route-regexp") or flag(each.agent.vantage, "--allow-route-regexp")
    if said is None:
        return Denied()
    because = of_pod(model, first_pod(model, each.agent.pods), said[1])
    found = found_in(said[0], (ROUTE,))
    if found is None:
        return Undecided(because, (Assumption(f"{said[0]!r} means {ROUTE}"),))
    return Allowed(because) if found else Denied(because)
