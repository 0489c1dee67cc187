"""Which tokens EKS Pod Identity exchanges for which roles.

Source: Amazon EKS user guide, EKS Pod Identity (trust policy, session tags, target roles).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import COMPUTE_TYPE, Model
from kpath.model.wire_aws import PodIdentity
from kpath.refs import Ref, sa
from kpath.semantics.iam.account import ACCOUNT_DETAILS, is_known_to_lack, principals, trusts
from kpath.semantics.iam.account import READS as ACCOUNT
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.trust import assume, service
from kpath.semantics.workload.controllers import cited, running
from kpath.semantics.workload.facts import provided
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = ACCOUNT | {"pod_identities", "clusters", "pods", "nodes", "coverage"}

SERVICE = "pods.eks.amazonaws.com"
EXCHANGE = "eks-auth:AssumeRoleForPodIdentity"
AGENT = "eks-pod-identity-agent"
DESCRIBE = "eks describe-pod-identity-association"
UNSEEN = Assumption("the agent of Pod Identity runs; none is seen", missing="daemonsets")
ROLELESS = Assumption("the association gives a role that trusts Pod Identity", missing=DESCRIBE)
_ACTIONS = ("sts:AssumeRole", "sts:TagSession")
_TAG = "aws:requesttag/"


class Association(Struct, frozen=True):
    """A token that Pod Identity takes, whose it is, at which cluster, and the role that it gives for it."""

    token: Ref
    account: Ref
    cluster: str
    role: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]


def associations(model: Model) -> Iterator[Association]:
    """Every association of this cluster whose role lets Pod Identity have it."""
    for ref, each in model.pod_identities.items():
        cluster = f"{ref.rpartition(':')[0]}:cluster/{each.cluster_name}"
        verdict = all_of(_of_this_cluster(model, ref, each), _handed_out(model, each, cluster))
        if not isinstance(verdict, Denied):
            account = sa(each.namespace, each.service_account)
            token = Ref(f"token/{each.namespace}/{each.service_account}/{SERVICE}")
            because = (
                Fact(ref, "/namespace", each.namespace),
                Fact(ref, "/serviceAccount", each.service_account),
                *([Fact(ref, "/roleArn", each.role_arn)] if each.role_arn else []),
                *([Fact(ref, "/targetRoleArn", each.target_role_arn)] if each.target_role_arn else []),
                *verdict.because,
            )
            yield Association(token, account, cluster, _given(ref, each), because, verdict.assumes)


@memoised
def agent(model: Model) -> Verdict:
    """Whether the agent that exchanges tokens runs on nodes."""
    if found := running(model, AGENT):
        return Allowed(cited(model, found[0]))
    for node in model.nodes:
        if node.compute == "auto":
            return Allowed((Fact(node.ref, pointer("metadata", "labels", COMPUTE_TYPE), "auto"),))
    return Undecided((), (UNSEEN,))


def _given(ref: Ref, each: PodIdentity) -> Ref:
    """The role whose credentials pods get: the last of the chain, or one that is not known and is called as none is."""
    unknown = f"arn:{ref.split(':')[1]}:iam::{ref.account}:role/(unknown)"
    return Ref(each.target_role_arn or each.role_arn or unknown)


def _of_this_cluster(model: Model, ref: Ref, each: PodIdentity) -> Verdict:
    if not model.clusters:
        what = f"the cluster {each.cluster_name} is this one"
        return Undecided((), (Assumption(what, missing="eks describe-cluster"),))
    because = (Fact(ref, "/clusterName", each.cluster_name),)
    is_this = any(cluster.name == each.cluster_name for cluster in model.clusters.values())
    return Allowed(because) if is_this else Denied(because)


def _handed_out(model: Model, each: PodIdentity, cluster: str) -> Verdict:
    """Whether the association's role trusts the service, and the target role that role; one that is gone does not."""
    role = Ref(each.role_arn)
    if not each.role_arn:
        return Undecided((), (ROLELESS,))
    if any(is_known_to_lack(model, Ref(arn)) for arn in (each.role_arn, each.target_role_arn) if arn):
        return Denied()
    if role not in trusts(model):
        trusted = provided((Assumption(f"{role} trusts {SERVICE}", missing=ACCOUNT_DETAILS),))
    else:
        trusted = admitted(model, each, cluster)
    if not each.target_role_arn:
        return trusted
    target = Ref(each.target_role_arn)
    if role not in trusts(model) or target not in trusts(model):
        return all_of(trusted, provided((Assumption(f"{role} may assume {target}", missing=ACCOUNT_DETAILS),)))
    return all_of(trusted, assume(trusts(model)[target], role, principals(model)[role]))


def admitted(model: Model, each: PodIdentity, cluster: str) -> Verdict:
    """Whether the trust of an association's role, which was collected, lets the service have it for these pods."""
    role = Ref(each.role_arn)
    owner = standing(model, role.account)
    return service(trusts(model)[role], SERVICE, actions=_ACTIONS, owner=owner, context=_tags(each, cluster))


def _tags(each: PodIdentity, cluster: str) -> Context:
    """The session tags that the service sets, as far as the association tells; those of the pod remain open."""
    if each.disable_session_tags:
        return Context(absent=frozenset({_TAG}), chosen=frozenset())
    known = {
        "eks-cluster-arn": cluster,
        "eks-cluster-name": each.cluster_name,
        "kubernetes-namespace": each.namespace,
        "kubernetes-service-account": each.service_account,
    }
    return Context({_TAG + name: (value,) for name, value in known.items()}, chosen=frozenset())
