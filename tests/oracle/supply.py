"""Section 13: what controllers apply, copy and serve for others."""

from __future__ import annotations

import re

from oracle.connections import connections
from oracle.containers import Pairs
from oracle.controllers import Cluster, both, covers, given, words
from oracle.tokens import held, secrets
from oracle.world import Json, Pod

ESCALATE = [
    ("rbacmanager.reactiveops.io", "rbacdefinitions", "rbac-manager"),
    ("operators.coreos.com", "clusterserviceversions", "operator-framework/olm"),
    ("operators.coreos.com", "subscriptions", "operator-framework/olm"),
    ("core.oam.dev", "applications", "vela-core"),
    ("hnc.x-k8s.io", "hierarchyconfigurations", "hnc-manager"),
]
# Image, annotation that permits, annotation that says where to, and where to without it.
COPIERS: list[tuple[str, str, str, list[str]]] = [
    (
        "kubernetes-replicator", "replicator.v1.mittwald.de/replication-allowed",
        "replicator.v1.mittwald.de/replication-allowed-namespaces", [],
    ),
    (
        "kubernetes-reflector", "reflector.v1.k8s.emberstack.com/reflection-allowed",
        "reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces", [".*"],
    ),
]  # fmt: skip
INGRESS = ["ingress-nginx/controller", "nginx-ingress-controller"]


def steps(cluster: Cluster) -> Pairs:
    """Step, source and target."""
    yield from _applied_by_argo(cluster)
    yield from _applied_by_flux(cluster)
    for group, plural, image in ESCALATE:
        for pod, _ in cluster.runs(image):
            yield from (("OPERATOR_CR_ESCALATE", who, pod.account) for who, _ in cluster.writes(group, plural))
    yield from _copied(cluster)
    yield from _configured(cluster)
    yield from _admitted(cluster)
    for pod, container in cluster.runs(""):
        if _asks_for_no_login(container):
            for found in held(cluster.world, pod):
                if found.startswith("sa/"):
                    yield "ADMIN_UI_EXPOSED", pod.endpoint, found


def _applied_by_argo(cluster: Cluster) -> Pairs:
    for pod, container in cluster.runs("argocd"):
        named = [*words(container), container["name"]]
        kinds, elsewhere = set(), {}
        if any("application-controller" in each for each in named):
            kinds |= {"applications", "applicationsets", "appprojects"}
            elsewhere["applications"] = given(container, "--application-namespaces")
            for secret in ("argocd-initial-admin-secret", "argocd-secret"):
                if f"secret/{pod.namespace}/{secret}" in secrets(cluster.world):
                    yield "GITOPS_ARGOCD", f"secret/{pod.namespace}/{secret}", pod.account
        if any("applicationset-controller" in each for each in named):
            kinds.add("applicationsets")
            elsewhere["applicationsets"] = given(container, "--applicationset-namespaces")
        for plural in kinds:
            for who, right in cluster.writes("argoproj.io", plural):
                spaces = [each for each in cluster.spaces(right) if each is not None]
                wanted = ",".join(elsewhere.get(plural, ()))
                if covers(right, pod.namespace) or any(_is_listed(wanted, each) for each in spaces):
                    yield "GITOPS_ARGOCD", who, pod.account


def _is_listed(wanted: str, space: str) -> bool:
    for each in filter(None, (part.strip() for part in wanted.split(","))):
        if each[0] == each[-1] == "/" and len(each) > 1:
            if re.search(each.strip("/"), space):
                return True
        elif re.fullmatch(re.escape(each).replace(r"\*", ".*"), space):
            return True
    return False


def _applied_by_flux(cluster: Cluster) -> Pairs:
    sources = "gitrepositories ocirepositories buckets"
    for group, plural, image in (
        ("kustomize.toolkit.fluxcd.io", "kustomizations", "kustomize-controller"),
        ("helm.toolkit.fluxcd.io", "helmreleases", "helm-controller"),
        *(("source.toolkit.fluxcd.io", each, "kustomize-controller") for each in sources.split()),
        *(
            ("source.toolkit.fluxcd.io", each, "helm-controller")
            for each in f"{sources} helmcharts helmrepositories".split()
        ),
    ):
        for pod, container in cluster.runs(image):
            defaults = given(container, "--default-service-account")
            for who, right in cluster.writes(group, plural):
                if not defaults or not defaults[-1]:
                    yield "GITOPS_FLUX", who, pod.account
                    continue
                for account in cluster.rights.accounts:
                    if covers(right, account.split("/")[1]):
                        yield "GITOPS_FLUX", who, account


def _copied(cluster: Cluster) -> Pairs:
    users = both(cluster.scopes(cluster.writes("", "secrets")), cluster.readers())
    for image, permission, places, without in COPIERS:
        for space, name, secret in cluster.world.all("Secret") if cluster.runs(image) else ():
            notes = secret["metadata"].get("annotations") or {}
            listed = [each.strip() for each in (notes.get(places) or "").split(",") if each.strip()] or without
            for who, place in users if notes.get(permission) == "true" and listed else ():
                if place is None or (place != space and any(_goes_to(each, place) for each in listed)):
                    yield "SECRET_REPLICATOR", who, f"secret/{space}/{name}"
    for _, container in cluster.runs("kubernetes-replicator"):
        if any(_is_on(words(container), each) for each in ("-allow-all", "--allow-all")):
            for who, place in users:
                for secret in secrets(cluster.world):
                    if secret.split("/")[1] != place:
                        yield "SECRET_REPLICATOR", who, secret


def _goes_to(pattern: str, place: str) -> bool:
    try:
        return re.compile(f"(?:{pattern})$").match(place) is not None
    except re.error:
        return True


def _configured(cluster: Cluster) -> Pairs:
    for pod, container in _ingress(cluster):
        every = {(space, name): each.get("data") or {} for space, name, each in cluster.world.all("ConfigMap")}
        maps = {at: data for at, data in every.items() if at[0] == pod.namespace}
        is_known = bool(maps) or "ConfigMap" in cluster.world.listed
        told = given(container, "--configmap")
        if told and "/" in told[-1]:
            place, name = told[-1].split("/", 1)
            at = (pod.namespace if place[:2] == "$(" else place, name)
            maps = {each: data for each, data in every.items() if each == at}
            is_known = is_known or bool(maps)
        said = [data for data in maps.values() if data.get("allow-snippet-annotations")]
        number = _version(container)
        is_on = any(_takes_snippets(data, number) for data in said)
        if is_on or (not said and (not is_known or not number or number < [1, 9, 0])):
            for who, _ in cluster.writes("networking.k8s.io", "ingresses"):
                yield "INGRESS_SNIPPET", who, pod.account


def _takes_snippets(data: Json, number: list[int]) -> bool:
    if data["allow-snippet-annotations"] != "true":
        return False
    if not number or number < [1, 9, 0]:
        return True
    return data.get("annotations-risk-level", "Critical" if number < [1, 12, 0] else "High") in ("Critical", "critical")


def _ingress(cluster: Cluster) -> list[tuple[Pod, Json]]:
    return [
        (pod, container)
        for pod, container in cluster.runs("")
        if any(each in (container.get("image") or "") for each in INGRESS)
        or any(each.endswith("/nginx-ingress-controller") for each in words(container))
    ]


def _version(container: Json) -> list[int]:
    """The numbers in the tag, where it is the tag of a controller."""
    image = container.get("image") or ""
    found = re.search(r":v?(\d+\.\d+\.\d+)", image) if any(each in image for each in INGRESS) else None
    return [int(part) for part in found[1].split(".")] if found else []


def _admitted(cluster: Cluster) -> Pairs:
    for pod, container in _ingress(cluster):
        number = _version(container)
        # Nothing is before every version.
        if (number < [1, 11, 5] or number == [1, 12, 0]) and any(given(container, "--validating-webhook")):
            found = connections(cluster.world)
            said = " ".join(given(container, "--validating-webhook"))
            port = next((int(each) for each in re.findall(r":(\d+)$", said)), 8443)
            for other in cluster.world.pods:
                if found.between(other, pod, "TCP", port):
                    yield "INGRESS_NGINX_ADMISSION_RCE", other.ref, pod.ref


def _asks_for_no_login(container: Json) -> bool:
    image = container.get("image") or ""
    line = words(container)
    if "argocd" in image:
        return _is_on(line, "--disable-auth")
    if re.search("kubernetes.*dashboard", image):
        return _is_on(line, "--enable-skip-login")
    if "argocli" in image:
        return "server" in given(container, "--auth-mode")
    if "jupyter" in image or "notebook" in image:
        parts = ("IdentityProvider", "NotebookApp", "ServerApp")
        return any("" in given(container, f"--{part}.token") for part in parts)
    return False


def _is_on(line: list[str], name: str) -> bool:
    said = [word for word in line if word.split("=")[0] == name]
    return bool(said) and said[-1] in (name, f"{name}=true")
