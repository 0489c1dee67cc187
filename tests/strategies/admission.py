"""What requests pass through: webhooks and the Services behind them, policy engines, custom kinds."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.rbac import RBAC, Phrases, rules, subject
from strategies.words import NODES, SPACES, Json, chance, few, fields, item, one, optional

ADMISSION = "admissionregistration.k8s.io"
PHRASES: Phrases = (
    ("create", ADMISSION, "mutatingwebhookconfigurations"),
    ("update get", ADMISSION, "mutatingwebhookconfigurations validatingwebhookconfigurations"),
    ("patch", ADMISSION, "validatingwebhookconfigurations"), ("delete", ADMISSION, "validatingwebhookconfigurations"),
    ("deletecollection", ADMISSION, "*"), ("create patch", ADMISSION, "mutatingadmissionpolicies"),
    ("create", ADMISSION, "mutatingadmissionpolicies mutatingadmissionpolicybindings"),
    ("update", ADMISSION, "validatingadmissionpolicies"), ("delete", ADMISSION, "validatingadmissionpolicybindings"),
    ("delete", "constraints.gatekeeper.sh", "k8spsphostnamespace"), ("patch", "constraints.gatekeeper.sh", "*"),
    ("update", "templates.gatekeeper.sh", "constrainttemplates"), ("patch", "config.gatekeeper.sh", "configs"),
    ("delete", "kyverno.io", "clusterpolicies policies"), ("patch", "policies.kyverno.io", "validatingpolicies"),
    ("create", "kyverno.io", "policyexceptions"), ("create", "policies.kyverno.io", "policyexceptions"),
    ("update", "apiextensions.k8s.io", "customresourcedefinitions"), ("create", "apiextensions.k8s.io", "*"),
    ("patch", "apiextensions.k8s.io", "customresourcedefinitions"),
    ("create", "apiregistration.k8s.io", "apiservices"), ("patch", "apiregistration.k8s.io", "apiservices"),
)  # fmt: skip
DEFINITIONS = (
    ("policyexceptions", "kyverno.io"), ("k8spsphostnamespace", "constraints.gatekeeper.sh"),
    ("tenants", "example.com"),
)  # fmt: skip
OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT", "*")
SENT_GROUPS = ("", "apps", RBAC, "cert-manager.io", "*")
SENT = (
    "pods", "pods/*", "pods/status", "pods/ephemeralcontainers", "secrets", "deployments", "clusterrolebindings",
    "roles", "certificaterequests", "serviceaccounts", "*", "*/*", "*/status",
)  # fmt: skip
# Names that the roles of other phrases name, too.
NAMES = ("web", "db", "alice")
FLAGS = (
    "--enablePolicyException=true", "--enablePolicyException=false", "--exceptionNamespace=shop",
    "--exceptionNamespace=*", "--exceptionNamespace=", "--exceptionNamespace=ci,kube-system", "--v=2",
)  # fmt: skip
ENGINES = ("ghcr.io/kyverno/kyverno:v1.14.1", "mirror.example:5000/kyverno/kyverno", "ghcr.io/kyverno/kyvernopre:v1")


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Webhooks of both kinds, Services that some lead to, Kyverno, custom kinds, and somebody who may write them."""
    documents += guard(draw)
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        for name in few(draw, NAMES, 2):
            webhooks = [webhook(draw) for _ in range(draw(st.integers(0, 2)))]
            documents.append(item(kind, name, webhooks=webhooks))
    for space in SPACES:
        if chance(draw, 60):
            documents.append(service(draw, space))
        if chance(draw, 50):
            spec: Json = {"containers": [{"name": "hook"}], "nodeName": NODES[0]}
            documents.append(
                item("Pod", "hook-0", space, labels={"app": "web"}, spec=spec, status={"phase": "Running"})
            )
    for plural, group in few(draw, DEFINITIONS, 3, 1):
        spec = {"group": group, "scope": "Cluster", "names": {"plural": plural, "kind": plural.capitalize()}}
        documents.append(item("CustomResourceDefinition", f"{plural}.{group}", spec=spec))
    if chance(draw, 50):
        documents.append(engine(draw))


def guard(draw: st.DrawFn) -> list[Json]:
    """A role of this family and who has it, mostly in the whole cluster, where alone much of it counts."""
    kind = one(draw, "RoleBinding", "ClusterRoleBinding", "ClusterRoleBinding", "ClusterRoleBinding")
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "guard"}
    space = one(draw, *SPACES) if kind == "RoleBinding" else ""
    return [
        item("ClusterRole", "guard", rules=[*rules(draw, PHRASES), *rules(draw, PHRASES)]),
        item(kind, "guard", space, roleRef=role, subjects=[subject(draw, kind)]),
    ]


def webhook(draw: st.DrawFn) -> Json:
    named: Json = {"service": {"namespace": one(draw, *SPACES), "name": "hook"}}
    found: Json = {"name": "hook.example.com"}
    found["clientConfig"] = one(draw, named, named, named, {"url": "https://192.0.2.1"})
    if chance(draw, 75):
        found["rules"] = [_rule(draw) for _ in range(draw(st.integers(0, 2)))]
    return found


def _rule(draw: st.DrawFn) -> Json:
    found: Json = {"apiVersions": ["v1"], "operations": few(draw, OPERATIONS, 2, 1)}
    found |= {"apiGroups": few(draw, SENT_GROUPS, 2, 1), "resources": few(draw, SENT, 3, 1)}
    return found | fields(optional(draw, "scope", "*", "Namespaced", "Cluster", percent=30))


def service(draw: st.DrawFn, space: str) -> Json:
    selector = one(draw, {"app": "web"}, {"app": "web"}, {"app": "api"}, {"app": "web", "tier": "a"}, {}, None)
    spec = {} if selector is None else {"selector": selector}
    spec |= fields(optional(draw, "type", "ClusterIP", "ExternalName", percent=20))
    return item("Service", "hook", space, spec=spec)


def engine(draw: st.DrawFn) -> Json:
    """Kyverno's admission controller, or the container that runs before it."""
    container: Json = {"name": "kyverno", "image": one(draw, *ENGINES), "args": few(draw, FLAGS, 3)}
    template: Json = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    if chance(draw, 30):
        return item("Deployment", "kyverno", one(draw, *SPACES), spec={"template": template})
    rest = template | {"status": {"phase": one(draw, "Running", "Running", "Failed")}}
    rest["spec"] = {**template["spec"], "nodeName": NODES[0]}
    return item("Pod", "kyverno-0", one(draw, *SPACES), labels={"app": "web"}, spec=rest["spec"], status=rest["status"])
