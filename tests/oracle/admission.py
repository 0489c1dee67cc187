"""The catalogue's section 13, as far as it is about the way of a request into the API server."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.containers import Pairs
from oracle.escalations import full
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.world import Json, Pod, World

ADMISSION = "admissionregistration.k8s.io"
HOOKS = {
    "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
    "validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
}
READ = "traffic/apiserver"
OFF = "change/ADMISSION_DISABLE/cluster"
# Of each group, kinds of policy that are in no namespace, and kinds that are in one.
POLICIES = [
    (ADMISSION, ["validatingadmissionpolicies", "validatingadmissionpolicybindings"], []),
    ("templates.gatekeeper.sh", ["constrainttemplates"], []), ("config.gatekeeper.sh", [], ["configs"]),
    ("kyverno.io", ["clusterpolicies"], ["policies"]),
    ("policies.kyverno.io", ["validatingpolicies", "imagevalidatingpolicies"], []),
]  # fmt: skip
# Kinds that are obeyed, or read, by group and scope.
SENT = {
    ("", "Namespaced"): "pods pods/ephemeralcontainers replicationcontrollers secrets",
    ("apps", "Namespaced"): "deployments daemonsets statefulsets replicasets", ("batch", "Namespaced"): "jobs cronjobs",
    ("rbac.authorization.k8s.io", "Namespaced"): "roles rolebindings",
    ("rbac.authorization.k8s.io", "Cluster"): "clusterroles clusterrolebindings",
}  # fmt: skip
GATEKEEPER = "constraints.gatekeeper.sh"
BUILTIN = ["", "apps", "batch", "autoscaling", "policy"]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = full(world)
    yield from _hooks(rights)
    yield from _own_policies(rights)
    yield from _policies(rights)
    yield from _exceptions(rights)
    yield from _extensions(rights)
    yield from _behind_hooks(world)


def _everywhere(rights: Rights, verbs: str, resource: str, group: str) -> Iterator[tuple[str, Right]]:
    """Who may do one of some things to objects that are in no namespace."""
    for verb in verbs.split():
        for who, right in rights.holders(verb, resource, group):
            if right.space is None:
                yield who, right


def _hooks(rights: Rights) -> Pairs:
    for resource in HOOKS:
        for verbs in ("create", "update patch"):
            for who, right in _everywhere(rights, verbs, resource, ADMISSION):
                if resource.startswith("validating"):
                    yield "ADMISSION_OBSERVE", who, READ
                elif right.subject != ADMIN:
                    yield "ADMISSION_MUTATE_WEBHOOK", who, ADMIN
        # A snapshot of single objects never says that some other is not there.
        for who, _ in _everywhere(rights, "delete deletecollection update patch", resource, ADMISSION):
            yield "ADMISSION_DISABLE", who, OFF


def _own_policies(rights: Rights) -> Pairs:
    world = rights.world
    said = [cluster["version"] for cluster in world.said("cluster") if cluster.get("version")]
    if said and world.server_before(36):
        return
    writers = {who for who, _ in _everywhere(rights, "create update patch", "mutatingadmissionpolicies", ADMISSION)}
    for who, right in _everywhere(rights, "create", "mutatingadmissionpolicybindings", ADMISSION):
        if who in writers and right.subject not in (MASTERS, ADMIN):
            yield "ADMISSION_MUTATE_WEBHOOK", who, ADMIN


def _policies(rights: Rights) -> Pairs:
    for verb in ("delete", "deletecollection", "update", "patch"):
        for group, outside, inside in POLICIES:
            for resource in outside:
                yield from (("ADMISSION_DISABLE", who, OFF) for who, _ in _everywhere(rights, verb, resource, group))
            for resource in inside:
                for who, right in rights.holders(verb, resource, group):
                    anyhow = Right("", right.space, None)
                    if right.space is None or any(anyhow.covers(f"ns/{space}/") for space in rights.world.namespaces):
                        yield "ADMISSION_DISABLE", who, OFF
        for kind in _constraints(rights):
            yield from (("ADMISSION_DISABLE", who, OFF) for who, _ in _everywhere(rights, verb, kind, GATEKEEPER))


def _constraints(rights: Rights) -> set[str]:
    """Any kind of Gatekeeper's, as rules and definitions spell them."""
    found = {"*"}
    for rules in rights.roles.values():
        for rule in rules:
            if GATEKEEPER in (rule.get("apiGroups") or ()):
                found |= set(rule.get("resources") or ())
    for _, _, document in rights.world.all("CustomResourceDefinition"):
        if document["spec"]["group"] == GATEKEEPER:
            found.add(document["spec"]["names"]["plural"])
    return found


def _exceptions(rights: Rights) -> Pairs:
    world = rights.world
    flags = [_flags(container) for pod in world.pods for container in _controllers(pod)]
    for group in ("kyverno.io", "policies.kyverno.io"):
        for who, right in rights.holders("create", "policyexceptions", group):
            for space in world.namespaces:
                may = not flags or any(_takes(each, space) for each in flags)
                if may and right.covers(f"ns/{space}/"):
                    yield "POLICY_EXCEPTION_CREATE", who, f"change/POLICY_EXCEPTION_CREATE/ns/{space}"


def _controllers(pod: Pod) -> Iterator[Json]:
    for container in pod.spec.get("containers") or ():
        path = (container.get("image") or "").split("/")
        if path[-2:-1] == ["kyverno"] and path[-1].split(":")[0].split("@")[0] == "kyverno":
            yield container


def _flags(container: Json) -> dict[str, str]:
    pairs = (text.lstrip("-").split("=", 1) for text in container.get("args") or () if "=" in text)
    return {name: value for name, value in pairs}


def _takes(flags: dict[str, str], space: str) -> bool:
    places = flags.get("exceptionNamespace", "")
    return flags.get("enablePolicyException") != "false" and (
        not places or any(each.strip() in ("*", space) for each in places.split(","))
    )


def _extensions(rights: Rights) -> Pairs:
    for who, right in _everywhere(rights, "update patch", "customresourcedefinitions", "apiextensions.k8s.io"):
        for _, name, _ in rights.world.all("CustomResourceDefinition"):
            if right.names is None or name in right.names:
                yield "CRD_CONVERSION_HIJACK", who, f"crd/{name}"
    for who, _ in _everywhere(rights, "create", "apiservices", "apiregistration.k8s.io"):
        yield "APISERVICE_HIJACK", who, READ
    for who, right in _everywhere(rights, "update patch", "apiservices", "apiregistration.k8s.io"):
        if right.names is None or not all(_is_builtin(name) for name in right.names):
            yield "APISERVICE_HIJACK", who, READ


def _is_builtin(name: str) -> bool:
    group = name.split(".", 1)[1] if "." in name else ""
    return group in BUILTIN or group.endswith(".k8s.io")


def _behind_hooks(world: World) -> Pairs:
    for kind in HOOKS.values():
        for _, _, document in world.all(kind):
            for webhook in document.get("webhooks") or ():
                named = webhook["clientConfig"].get("service")
                targets = _of_rules(webhook) if kind.startswith("Mutating") else {READ}
                for pod in world.pods if named else ():
                    if _is_behind(world, pod, named["namespace"], named["name"]):
                        yield from (("WEBHOOK_BACKEND_TAKEOVER", pod.ref, target) for target in targets)


def _of_rules(webhook: Json) -> set[str]:
    """What a webhook that rewrites gives, by what it is sent."""
    if "rules" not in webhook:
        return {ADMIN}
    found = set()
    for rule in webhook["rules"]:
        for (group, scope), names in SENT.items():
            if {group, "*"} & {*rule["apiGroups"]} and rule.get("scope", "*") in ("*", scope):
                hit = [name for name in names.split() if any(_spells(each, name) for each in rule["resources"])]
                if "secrets" in hit and {"*", "CREATE", "UPDATE", "DELETE"} & {*rule["operations"]}:
                    found.add(READ)
                if set(hit) - {"secrets"} and {"*", "CREATE", "UPDATE"} & {*rule["operations"]}:
                    found.add(ADMIN)
    return found


def _spells(text: str, name: str) -> bool:
    """Whether a rule's resource is about something; `*` is about no part of anything, `pods/*` about pods as well."""
    ways = {name, f"{name}/*", "*/*"}
    if "/" in name:
        whole, part = name.split("/")
        return text in {name, f"{whole}/*", f"*/{part}", "*/*"}
    return text in ways | {"*"}


def _is_behind(world: World, pod: Pod, space: str, name: str) -> bool:
    if pod.namespace != space:
        return False
    service = world.one("Service", space, name)
    if service is None:
        return True
    selector = service["spec"].get("selector") or {}
    is_local = service["spec"].get("type") != "ExternalName"
    return is_local and bool(selector) and all(pod.labels.get(key) == value for key, value in selector.items())
