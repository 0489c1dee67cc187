"""Random RBAC: roles from phrases that matter, aggregation, and bindings to every kind of subject."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.words import ACCOUNTS, NODES, SPACES, Json, chance, few, fields, item, one, optional

RBAC = "rbac.authorization.k8s.io"
# Verbs, group and resources of a rule.
Phrases = tuple[tuple[str, str, str], ...]

USERS = (
    "alice", "bob/ops", "ünïcode:用户@例え", "system:serviceaccount:shop:web", f"system:node:{NODES[0]}",
    "system:anonymous", "deployer ",
)  # fmt: skip
GROUPS = (
    "devs", "gr∅up/β", "system:authenticated", "system:serviceaccounts", "system:serviceaccounts:shop",
    "system:masters", "system:nodes",
)  # fmt: skip
PHRASES = (
    ("get list", "", "secrets"), ("watch", "", "secrets"), ("patch", "", "secrets"), ("update", "", "secrets"),
    ("create", "", "serviceaccounts/token"), ("create", "", "*/token"), ("create", "", "pods"), ("patch", "", "pods"),
    ("create", "", "pods/exec"), ("get", "", "pods/exec"), ("*", "", "*/exec"), ("*", "", "pods/*"),
    ("create get", "", "pods/attach"), ("update", "", "pods/ephemeralcontainers"), ("create", "apps", "daemonsets"),
    ("update", "apps", "deployments"), ("patch", "batch", "cronjobs"), ("create", "batch", "jobs"),
    ("update", "batch", "jobs"), ("create", "", "deployments"), ("update patch", "apps", "deployments/scale"),
    ("patch", "", "replicationcontrollers"), ("update", "", "configmaps"), ("patch", "", "configmaps"),
    ("create", "", "configmaps"),
    ("deletecollection", "", "secrets"),
    ("impersonate", "", "serviceaccounts"), ("impersonate", "", "users"), ("impersonate", "", "groups"),
    ("create", RBAC, "clusterrolebindings"), ("create", RBAC, "rolebindings"), ("update", RBAC, "rolebindings"),
    ("patch", RBAC, "clusterrolebindings"), ("bind", RBAC, "clusterroles"), ("bind", RBAC, "roles"),
    ("bind", RBAC, "clusterroles roles"), ("escalate", RBAC, "clusterroles"), ("update", RBAC, "clusterroles"),
    ("escalate patch", RBAC, "roles"), ("escalate update", RBAC, "clusterroles"), ("*", RBAC, "*"), ("*", "", "*"),
    ("*", "*", "*"), ("get", "*", "*"), ("list", "", "pods"),
)  # fmt: skip
NAMES = ("db", "web-token", "web", "deployer", "aws-auth", "view", "cluster-admin", "r0", "c0", "alice", "devs",
         "system:masters", "pod-0", "b0")  # fmt: skip
CLUSTER_ROLES = ("c0", "c1", "cluster-admin", "sum")
BUILTIN = ("cluster-admin", "admin", "edit", "view")


@st.composite
def rbac(draw: st.DrawFn, more: Phrases = ()) -> list[Json]:
    """Roles and bindings; of the phrases, as many are `more` as are not."""
    phrases = (*PHRASES, *more * (len(PHRASES) // len(more))) if more else PHRASES
    documents: list[Json] = []
    for space in SPACES:
        documents += [item("Role", name, space, rules=rules(draw, phrases)) for name in few(draw, ("r0", "r1"), 1)]
    for name in few(draw, CLUSTER_ROLES, 3):
        labels = fields(optional(draw, "part-of", "sum", "other", percent=50))
        documents.append(item("ClusterRole", name, labels=labels, rules=rules(draw, phrases)))
        if name == "sum":
            wanted: Json = {"matchLabels": {"part-of": "sum"}}
            if chance(draw, 30):
                wanted = {
                    "matchExpressions": [{"key": "part-of", "operator": one(draw, "In", "NotIn"), "values": ["sum"]}]
                }
            documents[-1] |= {"aggregationRule": {"clusterRoleSelectors": [wanted]}}
            documents[-1] |= {"rules": one(draw, None, [], documents[-1]["rules"])}
    for number in range(draw(st.integers(0, 4))):
        documents.append(binding(draw, number))
    if chance(draw, 40):
        documents += [item("ServiceAccount", "lonely", one(draw, *SPACES))]
    return documents


def rules(draw: st.DrawFn, phrases: Phrases) -> list[Json]:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        verbs, group, resources = one(draw, *phrases)
        rule: Json = {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split()}
        if chance(draw, 20):
            more = one(draw, *phrases)
            also = {"verbs": more[0].split(), "apiGroups": [more[1]], "resources": more[2].split()}
            rule = {key: list(dict.fromkeys([*held, *also[key]])) for key, held in rule.items()}
        if chance(draw, 25):
            rule["resourceNames"] = few(draw, NAMES, 2, 1)
        found.append(rule)
    return found


def binding(draw: st.DrawFn, number: int) -> Json:
    kind = one(draw, "RoleBinding", "ClusterRoleBinding")
    role = {"kind": "ClusterRole", "name": one(draw, *CLUSTER_ROLES, *CLUSTER_ROLES, *BUILTIN)}
    if kind == "RoleBinding" and chance(draw, 50):
        role = {"kind": "Role", "name": one(draw, "r0", "r1", "missing")}
    subjects = [subject(draw, kind) for _ in range(draw(st.integers(1, 3)))]
    space = one(draw, *SPACES) if kind == "RoleBinding" else ""
    return item(kind, f"b{number}", space, roleRef={"apiGroup": RBAC, **role}, subjects=subjects)


def subject(draw: st.DrawFn, kind: str) -> Json:
    what = one(draw, "ServiceAccount", "ServiceAccount", "User", "Group")
    if what == "ServiceAccount":
        home = fields(optional(draw, "namespace", *SPACES, percent=100 if kind == "ClusterRoleBinding" else 80))
        return {"kind": what, "name": one(draw, *ACCOUNTS, "lonely"), **home}
    return {"kind": what, "apiGroup": RBAC, "name": one(draw, *(USERS if what == "User" else GROUPS))}
