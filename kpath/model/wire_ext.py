"""What we decode of persistent volumes and of what extends the API; see `wire` for the other kinds."""

from __future__ import annotations

from msgspec import Raw

from kpath.model.wire import NULL
from kpath.model.wire_pod import Named, Wire


class SecretRef(Wire, frozen=True):
    namespace: str = ""
    name: str = ""


class CsiAttributes(Wire, frozen=True):
    bucket_name: str | None = None


class CsiSource(Wire, frozen=True):
    driver: str = ""
    volume_handle: str = ""
    volume_attributes: CsiAttributes | None = None
    node_publish_secret_ref: SecretRef | None = None
    node_stage_secret_ref: SecretRef | None = None
    node_expand_secret_ref: SecretRef | None = None


class PathSource(Wire, frozen=True):
    path: str = ""


class VolumeSpec(Wire, frozen=True):
    host_path: PathSource | None = None
    local: PathSource | None = None
    csi: CsiSource | None = None
    access_modes: tuple[str, ...] | None = None
    storage_class_name: str | None = None


class PersistentVolume(Named, frozen=True):
    spec: VolumeSpec = VolumeSpec()


class ClaimSpec(Wire, frozen=True):
    volume_name: str | None = None
    access_modes: tuple[str, ...] | None = None


class ClaimStatus(Wire, frozen=True):
    phase: str | None = None


class PersistentVolumeClaim(Named, frozen=True):
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus | None = None


class ServiceRef(Wire, frozen=True):
    namespace: str = ""
    name: str = ""


class ClientConfig(Wire, frozen=True):
    url: str | None = None
    service: ServiceRef | None = None


class WebhookRule(Wire, frozen=True):
    operations: tuple[str, ...] | None = None
    api_groups: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    scope: str | None = None


class Webhook(Wire, frozen=True):
    name: str = ""
    client_config: ClientConfig = ClientConfig()
    rules: tuple[WebhookRule, ...] | None = None
    failure_policy: str | None = None


class WebhookConfiguration(Named, frozen=True):
    """MutatingWebhookConfiguration or ValidatingWebhookConfiguration."""

    webhooks: tuple[Webhook, ...] | None = None


class CustomNames(Wire, frozen=True):
    plural: str = ""
    kind: str = ""


class Conversion(Wire, frozen=True):
    strategy: str | None = None


class CustomSpec(Wire, frozen=True):
    group: str = ""
    scope: str = ""
    names: CustomNames = CustomNames()
    conversion: Conversion | None = None


class CustomResourceDefinition(Named, frozen=True):
    spec: CustomSpec = CustomSpec()


class Custom(Named, frozen=True):
    """An object of a custom kind: what it says is kept as it stands, and read by the one rule that knows it."""

    spec: Raw = NULL


class AdvisorySpec(Wire, frozen=True):
    """`component` is containerd, runc, cri-o, docker, kernel or gpu-toolkit; versions below `fixed` (and from
    `introduced` on) are open. `os` limits it to nodes whose image begins so, `needs` to containers that have all of:
    `root`, `hostNetwork`, `unconfined` (no seccomp profile in the way) or a capability's name."""

    component: str = ""
    introduced: str = ""
    fixed: str = ""
    os: str | None = None
    needs: tuple[str, ...] | None = None


class Advisory(Named, frozen=True):
    """A known weakness, as an advisory feed in the snapshot states it (`apiVersion: kpath/v1`)."""

    spec: AdvisorySpec = AdvisorySpec()
