"""Certificates of the cluster's own authority, and who may have them made out to somebody else.

Source: Kubernetes documentation, Certificates and Certificate Signing Requests; TLS bootstrapping.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import SOURCE, Assumption, Confidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.semantics.rbac.bindings import Grant, Joint
from kpath.semantics.rbac.grants import grants, together
from kpath.semantics.rbac.universe import MASTERS, groups, users

GROUP = "certificates.k8s.io"
REQUESTS = "certificatesigningrequests"
# As the names of signers in a rule may be written: the signer itself, or all of its domain.
CLIENT_SIGNER = frozenset({"kubernetes.io/kube-apiserver-client", "kubernetes.io/*"})

BOOTSTRAPPERS = "group/system:bootstrappers"
BOOTSTRAP_TOKEN = "bootstrap.kubernetes.io/token"
TOKEN_TYPE = Fact(SOURCE, "/type", BOOTSTRAP_TOKEN)
ALIVE = Assumption("the bootstrap token has not expired, and is of the group that may ask for this", Confidence.MEDIUM)


def signing(model: Model) -> Iterator[Joint]:
    """Principals who may ask for a client certificate, approve it and fetch it; or ask for it and sign it."""
    asking = list(grants(model, "create", REQUESTS, GROUP))
    reading = list(_any(model, ("get", "list", "watch", "patch"), REQUESTS))
    approving = list(_any(model, ("update", "patch"), f"{REQUESTS}/approval"))
    for joint in together(model, asking, approving, _of_signer(model, "approve"), reading):
        if _share_a_name(joint.grants[1], joint.grants[3]):
            yield joint
    yield from together(
        model, asking, _any(model, ("update", "patch"), f"{REQUESTS}/status"), _of_signer(model, "sign")
    )


def _any(model: Model, verbs: tuple[str, ...], resource: str) -> Iterator[Grant]:
    for verb in verbs:
        yield from grants(model, verb, resource, GROUP)


def _of_signer(model: Model, verb: str) -> Iterator[Grant]:
    for grant in grants(model, verb, "signers", GROUP):
        if grant.names is None or CLIENT_SIGNER.intersection(grant.names):
            yield grant


def _share_a_name(one: Grant, other: Grant) -> bool:
    """Whether one request, named as the attacker likes, falls under both."""
    return one.names is None or other.names is None or not set(one.names).isdisjoint(other.names)


@memoised
def certifiable(model: Model) -> Refs:
    """Whom a client certificate may name. The API server admits none that names the administrators' group."""
    return model.names.refs(each for each in (*users(model), *groups(model)) if each != MASTERS)


def bootstrapping(model: Model) -> Iterator[Grant]:
    """The groups of bootstrap tokens whose requests for the certificate of a node are approved unseen.

    The approver asks for no request by its name: a rule that names some says nothing to it.
    """
    for each in grants(model, "create", f"{REQUESTS}/nodeclient", GROUP):
        if each.names is None and f"{each.subject}:".startswith(f"{BOOTSTRAPPERS}:"):
            yield each


@memoised
def bootstrap_tokens(model: Model) -> Refs:
    """The Secrets that hold bootstrap tokens."""
    kept = (ref for ref, secret in model.secrets.items() if secret.type == BOOTSTRAP_TOKEN)
    return model.names.refs(ref for ref in kept if ref.namespace == "kube-system")
