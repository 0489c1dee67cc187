"""What we decode of a pod; see `wire` for the other kinds."""

from __future__ import annotations

from msgspec import Struct, field


class Wire(Struct, frozen=True, gc=False, rename="camel"):
    """An object as it was served. Holds no cycles, hence no garbage collection."""


class Owner(Wire, frozen=True):
    kind: str
    name: str
    controller: bool | None = None


class Meta(Wire, frozen=True):
    name: str = ""
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: tuple[Owner, ...] | None = None


class Named(Wire, frozen=True):
    """An object with metadata: every kind but Pod, which has its own."""

    kind: str = ""
    api_version: str = ""
    metadata: Meta = Meta()


class PodMeta(Wire, frozen=True):
    """A pod's metadata: its annotations are large, and what is read of them comes to its spec."""

    name: str = ""
    namespace: str | None = None
    labels: dict[str, str] | None = None
    owner_references: tuple[Owner, ...] | None = None


class TemplateMeta(Wire, frozen=True):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class Capabilities(Wire, frozen=True):
    add: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None


class Profile(Wire, frozen=True):
    type: str | None = None
    localhost_profile: str | None = None


class WindowsOptions(Wire, frozen=True):
    host_process: bool | None = None


class SeLinux(Wire, frozen=True):
    type: str | None = None


class SecurityContext(Wire, frozen=True):
    privileged: bool | None = None
    capabilities: Capabilities | None = None
    allow_privilege_escalation: bool | None = None
    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    proc_mount: str | None = None
    app_armor_profile: Profile | None = None
    seccomp_profile: Profile | None = None
    windows_options: WindowsOptions | None = None
    se_linux_options: SeLinux | None = None


class PodSecurityContext(Wire, frozen=True):
    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    supplemental_groups: tuple[int, ...] | None = None
    app_armor_profile: Profile | None = None
    seccomp_profile: Profile | None = None
    windows_options: WindowsOptions | None = None
    se_linux_options: SeLinux | None = None


class NameRef(Wire, frozen=True):
    name: str = ""


class KeySelector(Wire, frozen=True):
    name: str = ""
    key: str = ""


class EnvSource(Wire, frozen=True):
    secret_key_ref: KeySelector | None = None
    config_map_key_ref: NameRef | None = None


class Env(Wire, frozen=True):
    value_from: EnvSource | None = None


class Port(Wire, frozen=True):
    name: str | None = None
    container_port: int | None = None
    host_port: int | None = None
    host_ip: str | None = field(default=None, name="hostIP")
    protocol: str | None = None


class EnvFrom(Wire, frozen=True):
    secret_ref: NameRef | None = None
    config_map_ref: NameRef | None = None


class VolumeMount(Wire, frozen=True):
    name: str = ""
    mount_path: str = ""
    read_only: bool | None = None
    recursive_read_only: str | None = None
    sub_path: str | None = None
    sub_path_expr: str | None = None
    mount_propagation: str | None = None


class VolumeDevice(Wire, frozen=True):
    name: str = ""


class Container(Wire, frozen=True):
    name: str = ""
    image: str | None = None
    image_pull_policy: str | None = None
    args: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    ports: tuple[Port, ...] | None = None
    stdin: bool | None = None
    target_container_name: str | None = None
    volume_devices: tuple[VolumeDevice, ...] | None = None
    security_context: SecurityContext | None = None
    volume_mounts: tuple[VolumeMount, ...] | None = None
    env: tuple[Env, ...] | None = None
    env_from: tuple[EnvFrom, ...] | None = None
    restart_policy: str | None = None


class HostPath(Wire, frozen=True):
    path: str = ""
    type: str | None = None


class SecretSource(Wire, frozen=True):
    secret_name: str | None = None
    name: str | None = None


class TokenSource(Wire, frozen=True):
    audience: str | None = None
    path: str | None = None


class Projection(Wire, frozen=True):
    service_account_token: TokenSource | None = None
    secret: SecretSource | None = None
    config_map: NameRef | None = None


class Projected(Wire, frozen=True):
    sources: tuple[Projection, ...] | None = None


# Stands for the pod's own name at the end of a claim's; no name of an object has this sign in it.
OWN_NAME = "@"


class Claim(Wire, frozen=True):
    claim_name: str = ""
    read_only: bool | None = None


class CsiVolume(Wire, frozen=True):
    driver: str = ""
    node_publish_secret_ref: NameRef | None = None


class ImageSource(Wire, frozen=True):
    reference: str | None = None


class Volume(Wire, frozen=True):
    name: str = ""
    persistent_volume_claim: Claim | None = None
    csi: CsiVolume | None = None
    host_path: HostPath | None = None
    secret: SecretSource | None = None
    config_map: NameRef | None = None
    projected: Projected | None = None
    image: ImageSource | None = None


# Before 1.30 an annotation with a container's name after this was the only way to give it a profile.
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"


POLICY_MODE = "NETWORK_POLICY_ENFORCING_MODE"

# The role that kube2iam and kiam give a pod.
IAM_ROLE = "iam.amazonaws.com/role"


class PodOs(Wire, frozen=True):
    name: str | None = None


class NodeRequirement(Wire, frozen=True):
    key: str = ""
    operator: str = ""


class NodeTerm(Wire, frozen=True):
    match_expressions: tuple[NodeRequirement, ...] | None = None


class NodeTerms(Wire, frozen=True):
    node_selector_terms: tuple[NodeTerm, ...] | None = None


class NodeAffinity(Wire, frozen=True):
    required_during_scheduling_ignored_during_execution: NodeTerms | None = None


class Affinity(Wire, frozen=True):
    node_affinity: NodeAffinity | None = None


class PodSpec(Wire, frozen=True):
    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None
    ephemeral_containers: tuple[Container, ...] | None = None
    volumes: tuple[Volume, ...] | None = None
    service_account_name: str | None = None
    service_account: str | None = None
    automount_service_account_token: bool | None = None
    host_network: bool | None = None
    host_pid: bool | None = field(default=None, name="hostPID")
    host_ipc: bool | None = field(default=None, name="hostIPC")
    host_users: bool | None = None
    share_process_namespace: bool | None = None
    security_context: PodSecurityContext | None = None
    runtime_class_name: str | None = None
    image_pull_secrets: tuple[NameRef, ...] | None = None
    os: PodOs | None = None
    affinity: Affinity | None = None
    # Containers and their profiles, of the annotations; no field of a pod is called so.
    app_armor: tuple[tuple[str, str], ...] | None = field(default=None, name="@appArmor")
    # The mode of Amazon's network policy agent, of the environment: the one value of one that is ever read.
    policy_mode: str | None = field(default=None, name="@policyMode")
    # The role that the pod asks an interceptor of the metadata service for, of the annotations.
    iam_role: str | None = field(default=None, name="@iamRole")
    # Whether nothing of it has started, of the status: an agent that is yet to start has done nothing.
    pending: bool | None = field(default=None, name="@pending")
    # What differs between pods of one shape, or cannot be hashed, stands last.
    node_name: str | None = None
    node_selector: dict[str, str] | None = None


class PodIp(Wire, frozen=True):
    ip: str = ""


class PodStatus(Wire, frozen=True):
    phase: str | None = None
    pod_ip: str | None = field(default=None, name="podIP")
    pod_ips: tuple[PodIp, ...] | None = field(default=None, name="podIPs")

    @property
    def addresses(self) -> str:
        """The pod's addresses, with a comma between two families."""
        if self.pod_ips and len(self.pod_ips) > 1:
            return ",".join(each.ip for each in self.pod_ips)
        return self.pod_ips[0].ip if self.pod_ips else self.pod_ip or ""


class Pod(Wire, frozen=True):
    kind: str = ""
    metadata: PodMeta = PodMeta()
    spec: PodSpec = PodSpec()
    status: PodStatus | None = None
