"""Roles and bindings: the built-in ones, those of common controllers, and those of teams."""

from __future__ import annotations

import random
from collections.abc import Iterator

from synthetic.cluster import made, namespaces
from synthetic.plan import Plan
from synthetic.printer import Json

_VERSION = "rbac.authorization.k8s.io/v1"
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_ALL = ["*"]
_GROUP = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io"}


def _rule(resources: str, verbs: list[str], group: str = "", **more: object) -> Json:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs, **more}


_VIEW = [
    _rule("configmaps endpoints persistentvolumeclaims pods replicationcontrollers serviceaccounts services", _READ),
    _rule("events limitranges namespaces pods/log pods/status resourcequotas", _READ),
    _rule("daemonsets deployments replicasets statefulsets controllerrevisions", _READ, "apps"),
    _rule("cronjobs jobs", _READ, "batch"),
    _rule("ingresses networkpolicies", _READ, "networking.k8s.io"),
]
_EDIT = [
    _rule("pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", _READ),
    _rule("serviceaccounts", ["impersonate"]),
    _rule("pods pods/attach pods/exec pods/portforward pods/proxy", _WRITE),
    _rule("configmaps persistentvolumeclaims secrets serviceaccounts services events", _WRITE),
    _rule("serviceaccounts/token", ["create"]),
    _rule("daemonsets deployments replicasets statefulsets deployments/scale deployments/rollback", _WRITE, "apps"),
    _rule("cronjobs jobs", _WRITE, "batch"),
]
_ADMIN = [_rule("roles rolebindings", [*_READ, *_WRITE], "rbac.authorization.k8s.io")]

# What an EKS cluster with a few common add-ons has: rules, and the namespace of the account of that name that has them.
_CLUSTER_ROLES: dict[str, tuple[list[Json], str]] = {
    "cert-manager": ([_rule("secrets", [*_READ, *_WRITE]), _rule("events", ["create"])], "cert-manager"),
    "external-secrets": (
        [_rule("secrets", [*_READ, *_WRITE]), _rule("serviceaccounts/token", ["create"])],
        "external-secrets",
    ),
    "argocd": ([_rule("*", _ALL, "*")], "argocd"),
    "aws-node": ([_rule("namespaces nodes pods", _READ), _rule("events", ["create"])], "kube-system"),
    "fluent-bit": ([_rule("namespaces pods", _READ)], "logging"),
    "ebs-csi-node": ([_rule("nodes", ["get", "patch"])], "kube-system"),
    "node-exporter": ([_rule("nodes nodes/metrics nodes/proxy pods services", _READ)], "monitoring"),
    "system:node": ([_rule("nodes", ["create", "get", "list"]), _rule("nodes/status", ["patch"])], ""),
    "system:controller:token-cleaner": ([_rule("secrets", ["get", "list", "watch", "delete"])], ""),
    "system:discovery": ([{"nonResourceURLs": ["/api", "/api/*", "/apis", "/version"], "verbs": ["get"]}], ""),
}

# What some teams give to some of their workloads.
_TEAM_ROLES = {
    "leader-election": [_rule("leases", ["get", "create", "update"], "coordination.k8s.io")],
    "config-reader": [_rule("configmaps", _READ), _rule("secrets", ["get"], resourceNames=["shared-settings"])],
    "secret-lister": [_rule("secrets", ["get", "list"])],
    "debugger": [_rule("pods", ["get", "list"]), _rule("pods/exec", ["create"])],
    "token-minter": [_rule("serviceaccounts/token", ["create"])],
    "job-runner": [_rule("jobs", ["create", "delete", "get", "list"], "batch"), _rule("pods", ["create", "get"])],
}
_SHARES = (50, 30, 3, 4, 2, 6)


def cluster_roles() -> Iterator[Json]:
    """The built-in and the add-ons'."""
    found = {name: rules for name, (rules, _) in _CLUSTER_ROLES.items()}
    everywhere: Json = {"nonResourceURLs": _ALL, "verbs": _ALL}
    found |= {"cluster-admin": [_rule("*", _ALL, "*"), everywhere]}
    found |= {"view": _VIEW, "edit": _EDIT + _VIEW, "admin": _ADMIN + _EDIT + _VIEW}
    for name, rules in sorted(found.items()):
        builtin = name in ("cluster-admin", "view", "edit", "admin") or name.startswith("system:")
        labels: Json = {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}} if builtin else {}
        yield made("ClusterRole", _VERSION, name, rules=rules, **labels)


def cluster_role_bindings() -> Iterator[Json]:
    bound: dict[str, tuple[str, Json]] = {
        "cluster-admin": ("cluster-admin", {**_GROUP, "name": "system:masters"}),
        "platform-admins": ("cluster-admin", {**_GROUP, "name": "platform-admins"}),
        "system:discovery": ("system:discovery", {**_GROUP, "name": "system:authenticated"}),
        "developers-view": ("view", {**_GROUP, "name": "developers"}),
    }
    for name, (_, space) in _CLUSTER_ROLES.items():
        if space:
            bound[name] = name, {"kind": "ServiceAccount", "namespace": space, "name": name}
    for name, (role, who) in sorted(bound.items()):
        yield made("ClusterRoleBinding", _VERSION, name, roleRef=_to("ClusterRole", role), subjects=[who])


def _to(kind: str, name: str) -> Json:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}


def roles(plan: Plan) -> Iterator[Json]:
    for space, given in _given(plan):
        for name in sorted(set(given.values())):
            yield made("Role", _VERSION, name, space, rules=_TEAM_ROLES[name])


def role_bindings(plan: Plan) -> Iterator[Json]:
    """Teams edit and view their namespaces, pipelines edit them; a workload has a role of its team at times."""
    for space in plan.namespaces:
        team = space.partition("-")[0]
        for name, role, who in (
            ("ci", "edit", {"kind": "ServiceAccount", "namespace": "ci", "name": "runner"}),
            ("team-edit", "edit", {**_GROUP, "name": f"team-{team}"}),
            ("team-view", "view", {**_GROUP, "name": f"team-{team}-support"}),
        ):
            yield _role_binding(name, space, _to("ClusterRole", role), who)
    for space, given in _given(plan):
        for account, name in sorted(given.items()):
            who = {"kind": "ServiceAccount", "namespace": space, "name": account}
            yield _role_binding(f"{account}-{name}", space, _to("Role", name), who)
    for space in namespaces(plan):
        if random.Random(f"{plan.seed}/editor/{space}").random() < 0.02:
            who = {"kind": "ServiceAccount", "namespace": space, "name": "default"}
            yield _role_binding("default-edit", space, _to("ClusterRole", "edit"), who)


def _role_binding(name: str, space: str, role: Json, who: Json) -> Json:
    return made("RoleBinding", _VERSION, name, space, roleRef=role, subjects=[who])


def _given(plan: Plan) -> Iterator[tuple[str, dict[str, str]]]:
    """Namespace by namespace, which accounts have which of the roles of teams."""
    found: dict[str, dict[str, str]] = {}
    for workload in plan.workloads:
        chance = workload.random("rbac")
        if not workload.system and workload.account != "default" and chance.random() < 0.4:
            found.setdefault(workload.namespace, {})[workload.account] = chance.choices(list(_TEAM_ROLES), _SHARES)[0]
    yield from sorted(found.items())
