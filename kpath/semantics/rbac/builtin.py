"""Roles that every API server creates, for snapshots that refer to them and lack them.

Source: Kubernetes documentation, Using RBAC Authorization, user-facing roles, and the server's bootstrap
policy as of 1.34 (2025-08); what no rule of kpath asks about is left out.
"""

from __future__ import annotations

from kpath.model.wire import AggregationRule, LabelSelector, PolicyRule, Role
from kpath.model.wire_pod import Meta
from kpath.refs import Ref


def rule(verbs: str, group: str, resources: str) -> PolicyRule:
    """A rule from words: `rule("get list", "", "pods secrets")`."""
    return PolicyRule(verbs=tuple(verbs.split()), api_groups=(group,), resources=tuple(resources.split()))


_READ = "get list watch"
_WRITE = "create delete deletecollection patch update"
_CORE = "configmaps endpoints persistentvolumeclaims pods replicationcontrollers serviceaccounts services"
_APPS = "daemonsets deployments replicasets statefulsets"

VIEW = (
    rule(_READ, "", f"{_CORE} pods/log pods/status events limitranges namespaces resourcequotas"),
    rule(_READ, "apps", _APPS),
    rule(_READ, "batch", "cronjobs jobs"),
    rule(_READ, "networking.k8s.io", "ingresses networkpolicies"),
    rule(_READ, "discovery.k8s.io", "endpointslices"),
)
EDIT = (
    rule(_READ, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
    rule("impersonate", "", "serviceaccounts"),
    rule(_WRITE, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
    rule("create", "", "pods/eviction"),
    rule(
        _WRITE, "",
        "configmaps events persistentvolumeclaims replicationcontrollers secrets serviceaccounts services "
        "services/proxy",
    ),
    rule("create", "", "serviceaccounts/token"),
    rule(_WRITE, "apps", _APPS),
    rule(_WRITE, "batch", "cronjobs jobs"),
    rule(_WRITE, "networking.k8s.io", "ingresses networkpolicies"),
)  # fmt: skip
ADMIN_EXTRA = (
    rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
    rule(f"{_READ} {_WRITE}", "rbac.authorization.k8s.io", "rolebindings roles"),
)

_ROLES: dict[str, tuple[PolicyRule, ...]] = {
    "cluster-admin": (
        rule("*", "*", "*"),
        PolicyRule(verbs=("*",), non_resource_urls=("*",)),
    ),
    "admin": (*ADMIN_EXTRA, *EDIT, *VIEW),
    "edit": (*EDIT, *VIEW),
    "view": VIEW,
    "system:discovery": (PolicyRule(verbs=("get",), non_resource_urls=("/api", "/apis", "/healthz", "/version")),),
    "system:basic-user": (rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),),
    "system:public-info-viewer": (PolicyRule(verbs=("get",), non_resource_urls=("/healthz", "/version")),),
    "system:auth-delegator": (
        rule("create", "authentication.k8s.io", "tokenreviews"),
        rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    ),
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient": (
        rule("create", "certificates.k8s.io", "certificatesigningrequests/nodeclient"),
    ),
    "system:kubelet-api-admin": (
        rule(f"{_READ} proxy", "", "nodes"),
        rule("*", "", "nodes/proxy nodes/log nodes/stats nodes/metrics nodes/spec"),
    ),
}

_AGGREGATES = ("admin", "edit", "view")


def _aggregation(name: str) -> AggregationRule | None:
    if name not in _AGGREGATES:
        return None
    label = f"rbac.authorization.k8s.io/aggregate-to-{name}"
    return AggregationRule(cluster_role_selectors=(LabelSelector(match_labels={label: "true"}),))


BUILTIN = {
    Ref(f"clusterrole/{name}"): Role(
        kind="ClusterRole", metadata=Meta(name=name), rules=rules, aggregation_rule=_aggregation(name)
    )
    for name, rules in _ROLES.items()
}
