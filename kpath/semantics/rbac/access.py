"""EKS access policies, as the rules they stand for; RBAC objects do not show them.

Source: Amazon EKS user guide, Review access policy permissions (2026-06); the rules in short.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire import PolicyRule
from kpath.refs import Ref
from kpath.semantics.rbac.builtin import ADMIN_EXTRA, EDIT, VIEW, rule
from kpath.semantics.rbac.modes import CONFIG_MAP, entry_ref, mode

_READ = ("get", "list", "watch")
_EVERYTHING = (rule("*", "*", "*"), PolicyRule(verbs=("*",), non_resource_urls=("*",)))
_EDIT = (*EDIT, *VIEW, rule("impersonate", "", "serviceaccounts"))

# Policies by name. Those for nodes and components give what no step of kpath asks about.
POLICIES: dict[str, tuple[PolicyRule, ...]] = {
    "AmazonEKSClusterAdminPolicy": _EVERYTHING,
    "AmazonEKSAdminPolicy": tuple(
        each for each in (*_EDIT, *ADMIN_EXTRA) if "serviceaccounts/token" not in (each.resources or ())
    ),
    "AmazonEKSEditPolicy": tuple(each for each in _EDIT if "serviceaccounts/token" not in (each.resources or ())),
    "AmazonEKSViewPolicy": VIEW,
    "AmazonEKSAdminViewPolicy": (rule(" ".join(_READ), "*", "*"),),
    **dict.fromkeys(
        (
            "AmazonEKSAutoNodePolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSBlockStorageClusterPolicy",
            "AmazonEKSClusterInsightsPolicy", "AmazonEKSComputePolicy", "AmazonEKSComputeClusterPolicy",
            "AmazonEKSEventPolicy", "AmazonEKSHybridPolicy", "AmazonEKSLoadBalancingPolicy",
            "AmazonEKSLoadBalancingClusterPolicy", "AmazonEKSNetworkingPolicy", "AmazonEKSNetworkingClusterPolicy",
        ),
        (),
    ),
}  # fmt: skip


_WILDCARD = Assumption("EKS reads a `*` at the end of a namespace in a scope as a wildcard")


class AccessGrant(Struct, frozen=True):
    """A rule that an access policy gives a user, in a namespace or (`None`) everywhere."""

    subject: Ref
    namespace: str | None
    rule: PolicyRule
    because: Evidence
    assumes: tuple[Assumption, ...] = ()


Scope = tuple[str | None, Evidence, tuple[Assumption, ...]]


def _scopes(model: Model, of: Ref, index: int, scope: wire_aws.AccessScope) -> Iterator[Scope]:
    """The namespaces of a scope, or all of them; one that ends in `*` stands for those that begin like it."""
    if scope.type != "namespace":
        yield None, (), ()
        return
    for number, each in enumerate(scope.namespaces or ()):
        at = pointer("associatedAccessPolicies", index, "accessScope", "namespaces", number)
        named = (Fact(of, at, each),)
        if each.endswith("*"):
            yield from ((name, named, (_WILDCARD,)) for name in sorted(model.spaces) if name.startswith(each[:-1]))
        else:
            yield each, named, ()


@memoised
def access_grants(model: Model) -> tuple[AccessGrant, ...]:
    """Every rule of every associated access policy."""
    return tuple(_access_grants(model)) if mode(model) != CONFIG_MAP else ()


def policies(model: Model) -> tuple[tuple[str, AccessGrant], ...]:
    """Every association of an access policy, under the name of the policy."""
    found: dict[tuple[Ref, str | None, Evidence], tuple[str, AccessGrant]] = {}
    for each in access_grants(model):
        named = (each.because[0].value or "").rpartition("/")[2]
        found.setdefault((each.subject, each.namespace, each.because), (named, each))
    return tuple(found.values())


def _access_grants(model: Model) -> Iterator[AccessGrant]:
    for principal, policies in model.access_policies.items():
        entry = model.access_entries.get(principal)
        of = entry_ref(entry) if entry is not None else principal
        user = Ref(f"user/{entry.username if entry is not None and entry.username else principal}")
        for index, each in enumerate(policies):
            name = each.policy_arn.rpartition("/")[2]
            rules = POLICIES.get(name)
            assumes: tuple[Assumption, ...] = ()
            if rules is None:
                what = f"{name}, an access policy that kpath does not know, gives this"
                rules, assumes = _EVERYTHING, (Assumption(what, Confidence.LOW),)
            because = (
                Fact(of, pointer("associatedAccessPolicies", index, "policyArn"), each.policy_arn),
                Fact(of, pointer("associatedAccessPolicies", index, "accessScope", "type"), each.access_scope.type),
            )
            for namespace, facts, doubts in _scopes(model, of, index, each.access_scope):
                for rule_ in rules:
                    yield AccessGrant(user, namespace, rule_, (*because, *facts), (*assumes, *doubts))
