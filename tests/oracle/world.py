"""A snapshot as the simulator sees it: dictionaries, and pods one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]

CONTROLLERS = {
    "Deployment": "deploy", "DaemonSet": "ds", "StatefulSet": "sts", "ReplicaSet": "rs",
    "ReplicationController": "rc", "Job": "job", "CronJob": "cronjob",
}  # fmt: skip
CLUSTER_WIDE = (
    "Node", "Namespace", "ClusterRole", "ClusterRoleBinding", "IngressClass", "Advisory", "PersistentVolume",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "CustomResourceDefinition",
    "ClusterSecretStore", "NodePool", "EC2NodeClass", "GlobalNetworkPolicy", "HostEndpoint",
    "GatewayClass",
)  # fmt: skip
STS = "sts.amazonaws.com"


@dataclass
class Pod:
    """A pod that runs or would run; `nodes` are where it is or may come to be."""

    namespace: str
    name: str
    spec: Json
    planned: bool
    labels: Json
    # The controller at the top: kind, namespace, name.
    top: tuple[str, str, str] | None
    nodes: set[str] = field(default_factory=set)
    # Whether anything at all owns it.
    owned: bool = True
    status: Json = field(default_factory=dict)

    @property
    def ref(self) -> str:
        return f"pod/{self.namespace}/{self.name}"

    @property
    def account(self) -> str:
        name = self.spec.get("serviceAccountName") or self.spec.get("serviceAccount") or "default"
        return f"sa/{self.namespace}/{name}"

    @property
    def owner(self) -> str:
        """The controller at the top, as `deploy/web`; empty for a pod of its own."""
        return f"{CONTROLLERS[self.top[0]]}/{self.top[2]}" if self.top else ""

    @property
    def endpoint(self) -> str:
        """What serves its ports: one for all pods of a controller."""
        return f"endpoint/{self.namespace}/{self.owner or f'pod/{self.name}'}"

    @property
    def containers(self) -> Iterator[Json]:
        """Where code keeps running: containers, sidecars, debug containers."""
        yield from self.spec.get("containers") or ()
        for container in self.spec.get("initContainers") or ():
            if container.get("restartPolicy") == "Always":
                yield container
        yield from self.spec.get("ephemeralContainers") or ()


class World:
    """Everything in the documents, by kind and name."""

    def __init__(self, documents: Iterable[Json]) -> None:
        self.objects: dict[str, dict[tuple[str, str], Json]] = {}
        self.answers: list[Json] = []
        documents = list(documents)
        # The kinds that were listed as a whole.
        self.listed = {str(each.get("kind")).removesuffix("List") for each in documents if "items" in each}
        for document in _flat(documents):
            kind = document.get("kind")
            if kind is None:
                self.answers.append(document)
                continue
            meta = document["metadata"]
            space = "" if kind in CLUSTER_WIDE else meta.get("namespace") or "default"
            self.objects.setdefault(kind, {})[space, meta["name"]] = document
        self.pods = self._pods()
        self.nodes = self._node_names()
        for pod in self.pods:
            pod.nodes = self._places(pod)

    def all(self, *kinds: str) -> Iterator[tuple[str, str, Json]]:
        """The objects of some kinds: namespace, name, document."""
        for kind in kinds:
            for (space, name), document in self.objects.get(kind, {}).items():
                yield space, name, document

    def one(self, kind: str, space: str, name: str) -> Json | None:
        return self.objects.get(kind, {}).get((space, name))

    def said(self, key: str) -> Iterator[Any]:
        """What the answers of the AWS CLI hold under a key."""
        for answer in self.answers:
            if answer.get(key) is not None:
                yield answer[key]

    def associations(self) -> Iterator[Json]:
        """Those of Pod Identity, with their roles where these were described."""
        described = {each["associationArn"]: each for each in self.said("association")}
        listed = {each["associationArn"]: each for each in self.said_each("associations")}
        for arn, each in (listed | described).items():
            unknown = f"arn:aws:iam::{arn.split(':')[4]}:role/(unknown)"
            yield {"roleArn": unknown} | each | {"isListed": arn not in described}

    def said_each(self, key: str) -> Iterator[Any]:
        for items in self.said(key):
            yield from items

    # Pods.

    def _pods(self) -> list[Pod]:
        found, served = [], set()
        for space, name, document in self.all("Pod"):
            status = document.get("status")
            if (status or {}).get("phase") in ("Succeeded", "Failed"):
                continue
            top = self._top(space, document)
            labels = document["metadata"].get("labels") or {}
            spec = _with_profiles(document.get("spec") or {}, document["metadata"])
            owned = bool(document["metadata"].get("ownerReferences"))
            found.append(Pod(space, name, spec, status is None, labels, top, owned=owned, status=status or {}))
            served.add(top)
        names = {(pod.namespace, pod.name) for pod in found}
        fixed = {pod.spec["nodeName"] for pod in found if pod.spec.get("nodeName")}
        fixed |= {name for _, name, _ in self.all("Node")}
        resting = []
        for kind, short in CONTROLLERS.items():
            for space, name, document in sorted(self.all(kind), key=lambda each: each[:2]):
                template = _template(document)
                idle = document["spec"].get("replicas") == 0 or document["spec"].get("suspend") is True
                if template is None or idle or (kind, space, name) in served or self._owner(space, document):
                    continue
                chosen = f"{name}@{short}" if (space, name) in names else name
                names.add((space, chosen))
                labels = (template.get("metadata") or {}).get("labels") or {}
                inner = _with_profiles(template["spec"], template.get("metadata") or {})
                resting.append((kind, Pod(space, chosen, inner, True, labels, (kind, space, name))))
        fixed |= {pod.spec["nodeName"] for kind, pod in resting if pod.spec.get("nodeName") and kind != "DaemonSet"}
        for kind, pod in resting:
            fitting = sorted(node for node in fixed if self._fits(pod.spec, node))
            if kind == "DaemonSet" and fitting:
                for node in fitting:
                    found.append(
                        replace(pod, name=f"{pod.name}@{node}", spec={**pod.spec, "nodeName": node}, nodes=set())
                    )
            else:
                found.append(pod)
        return found

    def _owner(self, space: str, document: Json) -> tuple[str, str, str] | None:
        for owner in document["metadata"].get("ownerReferences") or ():
            if owner.get("controller") and owner["kind"] in CONTROLLERS:
                return owner["kind"], space, owner["name"]
        return None

    def _top(self, space: str, document: Json) -> tuple[str, str, str] | None:
        """The controller at the top of an object's owners."""
        owner = self._owner(space, document)
        above = self.one(owner[0], space, owner[2]) if owner else None
        return (self._owner(space, above) if above else None) or owner

    def _node_names(self) -> list[str]:
        names = {pod.spec["nodeName"] for pod in self.pods if pod.spec.get("nodeName")}
        names |= {name for _, name, _ in self.all("Node")}
        if not names and self.pods:
            names = {"*"}
        return sorted(names)

    def _fits(self, spec: Json, node: str) -> bool:
        document = self.one("Node", "", node)
        if node.startswith("fargate-"):
            return False
        labels = (document["metadata"].get("labels") or {}) if document else None
        wanted = spec.get("nodeSelector") or {}
        return labels is None or all(labels.get(key) == value for key, value in wanted.items())

    def _places(self, pod: Pod) -> set[str]:
        if pod.spec.get("nodeName"):
            return {pod.spec["nodeName"]}
        return {node for node in self.nodes if node == "*" or self._fits(pod.spec, node)}

    # Nodes.

    def node(self, name: str) -> Json:
        return self.one("Node", "", name) or {"metadata": {"name": name}}

    def info(self, name: str) -> Json:
        return (self.node(name).get("status") or {}).get("nodeInfo") or {}

    def compute(self, name: str) -> str:
        label = (self.node(name)["metadata"].get("labels") or {}).get("eks.amazonaws.com/compute-type", "")
        if name.startswith("fargate-"):
            return "fargate"
        return label if label in ("fargate", "auto", "hybrid") else "ec2"

    @property
    def namespaces(self) -> set[str]:
        """Every namespace that anything in the snapshot is in; a pod that has ended is nothing any more."""
        kinds = [kind for kind in self.objects if kind != "Pod"]
        found = {name for _, name, _ in self.all("Namespace")} | {pod.namespace for pod in self.pods}
        return found | {space for kind in kinds for space, _ in self.objects[kind] if space}

    @property
    def backends(self) -> dict[str, list[Pod]]:
        """The pods behind each Service that selects some."""
        found = {}
        for space, name, document in self.all("Service"):
            spec = document.get("spec") or {}
            wanted = (spec.get("selector") or {}).items()
            if wanted and spec.get("type") != "ExternalName":
                found[f"svc/{space}/{name}"] = [
                    pod for pod in self.pods if pod.namespace == space and wanted <= pod.labels.items()
                ]
        return {service: pods for service, pods in found.items() if pods}

    @property
    def control_plane(self) -> bool | None:
        """Whether it is the operator's own; nobody says if no node is of it and nothing speaks of EKS."""
        if any(self.said("cluster")) or any(
            "-eks-" in info.get("kubeletVersion", "") for info in map(self.info, self.nodes)
        ):
            return False
        labels = {label for node in self.nodes for label in self.node(node)["metadata"].get("labels") or {}}
        return True if labels & {f"node-role.kubernetes.io/{name}" for name in ("control-plane", "master")} else None

    def server_before(self, minor: int) -> bool:
        """Whether the API server may be older than 1.`minor`."""
        versions = [cluster["version"] for cluster in self.said("cluster") if cluster.get("version")]
        if not versions:
            versions = [info["kubeletVersion"] for info in map(self.info, self.nodes) if info.get("kubeletVersion")]
        known = [int(version.lstrip("v").split(".")[1].rstrip("+")) for version in versions]
        return not known or max(known) < minor


def _flat(documents: Iterable[Json]) -> Iterator[Json]:
    for document in documents:
        kind = document.get("kind") or ""
        if kind.endswith("List") and "items" in document:
            for item in document["items"]:
                yield {"kind": kind.removesuffix("List"), **item}
        else:
            yield document


def _with_profiles(spec: Json, meta: Json) -> Json:
    """A spec whose containers have the AppArmor profiles that annotations give those that have none of their own."""
    types = {"unconfined": "Unconfined", "runtime": "RuntimeDefault", "localhost": "Localhost"}
    changed = dict(spec)
    # What else annotations beside a spec say of it: a role.
    changed["@role"] = (meta.get("annotations") or {}).get("iam.amazonaws.com/role")
    for key in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            old = f"container.apparmor.security.beta.kubernetes.io/{container.get('name')}"
            profile, own = (meta.get("annotations") or {}).get(old), container.get("securityContext") or {}
            if profile and not (own.get("appArmorProfile") or {}).get("type"):
                context = {**own, "appArmorProfile": {"type": types[profile.split("/")[0]]}}
                changed[key] = [
                    *changed[key][:index],
                    {**container, "securityContext": context},
                    *changed[key][index + 1 :],
                ]
    return changed


def _template(document: Json) -> Json | None:
    """A controller's pod template, where it has one with a spec."""
    spec = document["spec"]
    if spec.get("jobTemplate"):
        spec = spec["jobTemplate"].get("spec") or {}
    template = spec.get("template")
    return template if template and template.get("spec") else None
