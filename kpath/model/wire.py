"""What we decode of each Kubernetes kind but pods: the fields that some rule reads, no more.

Every field may be missing or null, as the API server's own decoder allows.
"""

from __future__ import annotations

from msgspec import Raw, field

from kpath.model.wire_pod import Meta, Named, PodSpec, TemplateMeta, Wire

# JSON that is kept as it stands; this is the absent one.
NULL = Raw(b"null")


class Template(Wire, frozen=True):
    metadata: TemplateMeta | None = None
    spec: PodSpec | None = None


class JobTemplateSpec(Wire, frozen=True):
    template: Template | None = None


class JobTemplate(Wire, frozen=True):
    spec: JobTemplateSpec | None = None


class ControllerSpec(Wire, frozen=True):
    replicas: int | None = None
    suspend: bool | None = None
    template: Template | None = None
    job_template: JobTemplate | None = None


class Condition(Wire, frozen=True):
    type: str = ""
    status: str = ""


class ControllerStatus(Wire, frozen=True):
    conditions: tuple[Condition, ...] | None = None


class Controller(Named, frozen=True):
    """Deployment, DaemonSet, StatefulSet, ReplicaSet, ReplicationController, Job or CronJob."""

    spec: ControllerSpec = ControllerSpec()
    status: ControllerStatus | None = None


class PolicyRule(Wire, frozen=True):
    verbs: tuple[str, ...] | None = None
    api_groups: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    resource_names: tuple[str, ...] | None = None
    non_resource_urls: tuple[str, ...] | None = field(default=None, name="nonResourceURLs")


class SelectorRequirement(Wire, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] | None = None


class LabelSelector(Wire, frozen=True):
    match_labels: dict[str, str] | None = None
    match_expressions: tuple[SelectorRequirement, ...] | None = None


class AggregationRule(Wire, frozen=True):
    cluster_role_selectors: tuple[LabelSelector, ...] | None = None


class Role(Named, frozen=True):
    """Role or ClusterRole."""

    rules: tuple[PolicyRule, ...] | None = None
    aggregation_rule: AggregationRule | None = None


class RoleRef(Wire, frozen=True):
    kind: str = ""
    name: str = ""


class Subject(Wire, frozen=True):
    kind: str = ""
    name: str = ""
    namespace: str | None = None


class Binding(Named, frozen=True):
    """RoleBinding or ClusterRoleBinding."""

    role_ref: RoleRef = RoleRef()
    subjects: tuple[Subject, ...] | None = None


class ServiceAccount(Named, frozen=True):
    automount_service_account_token: bool | None = None


class Secret(Named, frozen=True):
    """A Secret's name and type; its values are never decoded."""

    type: str | None = None


class ConfigMap(Named, frozen=True):
    data: Raw = NULL


class Taint(Wire, frozen=True):
    key: str = ""
    effect: str = ""


class NodeSpec(Wire, frozen=True):
    provider_id: str | None = field(default=None, name="providerID")
    taints: tuple[Taint, ...] | None = None


class NodeInfo(Wire, frozen=True):
    os_image: str = ""
    operating_system: str = ""
    kubelet_version: str = ""
    container_runtime_version: str = ""
    kernel_version: str = ""


class Address(Wire, frozen=True):
    type: str = ""
    address: str = ""


class NodeStatus(Wire, frozen=True):
    node_info: NodeInfo | None = None
    addresses: tuple[Address, ...] | None = None


class Node(Named, frozen=True):
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class Namespace(Named, frozen=True):
    """A namespace: its labels say what may be made in it."""


class Head(Wire, frozen=True):
    """Enough of any object to know what it is."""

    kind: str = ""
    api_version: str = ""
    metadata: Meta | None = None
