"""What one rule of a role covers: exact, case-sensitive matches per dimension, all within one rule.

Source: the Kubernetes RBAC authorizer (VerbMatches, APIGroupMatches, ResourceMatches, ResourceNameMatches).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kpath.evidence import Evidence, Fact, pointer
from kpath.model.wire import PolicyRule
from kpath.refs import Ref

# Verbs that carry no name when they are authorized: a rule with resource names never allows them.
NAMELESS = frozenset({"create", "deletecollection"})

# Each template of Gatekeeper makes a kind of this group. It, and two of Crossplane, have no kind within namespaces.
CONSTRAINTS = "constraints.gatekeeper.sh"
_OUTSIDE = frozenset({CONSTRAINTS, "iam.aws.crossplane.io", "iam.aws.upbound.io"})

# What lives outside of namespaces, by group: of Kubernetes as of 1.34, and of the custom kinds that rules ask about.
_CLUSTER_SCOPED = {
    "": "nodes persistentvolumes namespaces componentstatuses users groups",
    "rbac.authorization.k8s.io": "clusterroles clusterrolebindings",
    "certificates.k8s.io": "certificatesigningrequests signers clustertrustbundles",
    "admissionregistration.k8s.io": (
        "mutatingwebhookconfigurations validatingwebhookconfigurations mutatingadmissionpolicies "
        "mutatingadmissionpolicybindings validatingadmissionpolicies validatingadmissionpolicybindings"
    ),
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apiregistration.k8s.io": "apiservices",
    "authentication.k8s.io": "tokenreviews selfsubjectreviews userextras uids",
    "authorization.k8s.io": "subjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews",
    "crd.projectcalico.org": "globalnetworkpolicies",
    "projectcalico.org": "globalnetworkpolicies",
    "cilium.io": "ciliumclusterwidenetworkpolicies",
    "networking.k8s.aws": "clusternetworkpolicies",
    "templates.gatekeeper.sh": "constrainttemplates",
    "kyverno.io": "clusterpolicies",
    "policies.kyverno.io": "validatingpolicies imagevalidatingpolicies",
    "flowcontrol.apiserver.k8s.io": "flowschemas prioritylevelconfigurations",
    "networking.k8s.io": "ingressclasses ipaddresses servicecidrs",
    "node.k8s.io": "runtimeclasses",
    "policy": "podsecuritypolicies",
    "scheduling.k8s.io": "priorityclasses",
    "snapshot.storage.k8s.io": "volumesnapshotclasses volumesnapshotcontents",
    "storage.k8s.io": "storageclasses csidrivers csinodes volumeattachments volumeattributesclasses",
    "cert-manager.io": "clusterissuers",
    "eks.amazonaws.com": "nodeclasses",
    "karpenter.k8s.aws": "ec2nodeclasses",
    "rbacmanager.reactiveops.io": "rbacdefinitions",
}
_CLUSTER_SCOPED_OF = {group: frozenset(names.split()) for group, names in _CLUSTER_SCOPED.items()}


class Right(Struct, frozen=True):
    """A verb on a resource: `resource` may name a subresource, `pods/exec`."""

    verb: str
    resource: str
    group: str = ""

    @property
    def is_cluster_scoped(self) -> bool:
        """Whether the resource lives outside of namespaces, so that a RoleBinding cannot grant it.

        Not so `bind` on ClusterRoles: it is asked of the namespace of the RoleBinding that is written.
        """
        if (self.verb, self.resource) == ("bind", "clusterroles"):
            return False
        if self.group in _OUTSIDE:
            return True
        return self.resource.partition("/")[0] in _CLUSTER_SCOPED_OF.get(self.group, ())

    @property
    def is_nameless(self) -> bool:
        return self.verb in NAMELESS and "/" not in self.resource

    @property
    def spellings(self) -> tuple[str, ...]:
        """The entries of a rule's `resources` that match: itself, `*`, and `*/sub` for a subresource."""
        _, slash, sub = self.resource.partition("/")
        return (self.resource, f"*/{sub}", "*") if slash else (self.resource, "*")


class Match(Struct, frozen=True):
    """A rule that covers a right: the entries that do, and the names it is limited to (`None` for all)."""

    because: Evidence
    names: tuple[str, ...] | None


def match(role: Ref, number: int, rule: PolicyRule, right: Right) -> Match | None:
    """How the rule at `/rules/<number>` of a role covers a right, or `None` where it does not."""
    found = [
        _entry(role, number, "verbs", rule.verbs, (right.verb, "*")),
        _entry(role, number, "apiGroups", rule.api_groups, (right.group, "*")),
        _entry(role, number, "resources", rule.resources, right.spellings),
    ]
    names = rule.resource_names or None
    if None in found or (names is not None and right.is_nameless):
        return None
    listed = pointer("rules", number, "resourceNames")
    named = [Fact(role, listed, None)] if names is None else []
    return Match((*(fact for fact in found if fact is not None), *named), names)


def _entry(role: Ref, number: int, field: str, entries: Sequence[str] | None, accepted: tuple[str, ...]) -> Fact | None:
    for index, entry in enumerate(entries or ()):
        if entry in accepted:
            return Fact(role, pointer("rules", number, field, index), entry)
    return None


def covers(granted: PolicyRule, wanted: PolicyRule) -> bool:
    """Whether everything a rule grants is granted by another: the API server's check against escalation.

    Source: rbac/validation `ruleCovers`.
    """

    def within(have: Sequence[str] | None, want: Sequence[str] | None) -> bool:
        return "*" in (have or ()) or set(want or ()) <= set(have or ())

    if wanted.non_resource_urls:
        return within(granted.verbs, wanted.verbs) and all(
            any(
                url == each or (each.endswith("*") and url.startswith(each[:-1]))
                for each in granted.non_resource_urls or ()
            )
            for url in wanted.non_resource_urls
        )
    resources = all(_resource_within(each, granted.resources or ()) for each in wanted.resources or ())
    names = not granted.resource_names or (
        bool(wanted.resource_names) and set(wanted.resource_names or ()) <= set(granted.resource_names)
    )
    return resources and names and within(granted.verbs, wanted.verbs) and within(granted.api_groups, wanted.api_groups)


def _resource_within(resource: str, granted: Sequence[str]) -> bool:
    _, slash, sub = resource.partition("/")
    return resource in granted or "*" in granted or (bool(slash) and f"*/{sub}" in granted)
