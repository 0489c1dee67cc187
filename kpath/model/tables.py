"""The model: tables, and a view that hands out no more of them than a rule declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import RuleError
from kpath.model import wire, wire_aws, wire_ext, wire_gw, wire_net
from kpath.model.citing import Citing
from kpath.model.classes import Pods
from kpath.model.organizations import Control, Organization, Place
from kpath.model.runs import Runs
from kpath.model.sets import Names
from kpath.refs import Ref

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"


class Node(Struct, frozen=True):
    """A node: what its object says, and the instance behind it where one was found.

    `info` and `labels` are empty for a node that is known only from its pods;
    `node/*` is the node of pods that manifests describe, when no node is known.
    """

    ref: Ref
    labels: Mapping[str, str]
    info: wire.NodeInfo | None = None
    provider_id: str | None = None
    instance: Ref | None = None
    addresses: tuple[wire.Address, ...] = ()

    @property
    def name(self) -> str:
        return self.ref[5:]

    @property
    def is_placeholder(self) -> bool:
        return self.name == "*"

    @property
    def compute(self) -> str:
        """`fargate`, `auto`, `hybrid`, or `ec2` for everything else."""
        if self.name.startswith("fargate-"):
            return "fargate"
        label = self.labels.get(COMPUTE_TYPE, "")
        return label if label in {"fargate", "auto", "hybrid"} else "ec2"


class Diagnostic(Struct, frozen=True, order=True):
    """One thing that kpath could not know, and about what."""

    what: str
    of: str = ""


class Coverage(Struct, frozen=True):
    """What was collected: kinds listed as a whole, kinds seen in part, accounts of which all of IAM was listed."""

    listed: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def has_all_of(self, account: str) -> bool:
        """Whether all of an account's roles and users were listed."""
        return account in self.accounts or self.accounts == {""}


class Provider(Struct, frozen=True):
    """An IAM OIDC provider: issuer without its scheme, and the client ids where they were collected."""

    ref: Ref
    issuer: str
    audiences: tuple[str, ...] | None = None


class Data(Struct, frozen=True):
    """Something in AWS that is worth reading, with its resource policy where one was collected and the field of it.

    `key` is the key of the customer's that it is encrypted with, or its alias where that is all that is known.
    `shared` are the accounts, or `all`, that a snapshot is shared with, each with the field that says so;
    `None` where nobody was asked.
    """

    ref: Ref
    policy: str | None = None
    at: str = ""
    key: Ref | None = None
    shared: tuple[tuple[str, str], ...] | None = None


class Tables(Struct, frozen=True):
    """Every table of a model; each sorted by its key.

    `listed_entries` are the principals with an access entry that nothing else tells of, each with where it is listed.
    `token_providers` tell, of a cluster's name, whether it accepts tokens of another issuer than its own.
    `spaces` are the namespaces that anything is in, `named_spaces` those that were collected as objects.
    """

    pods: Pods
    nodes: tuple[Node, ...]
    namespaces: Mapping[Ref, wire.Namespace]
    spaces: frozenset[str]
    named_spaces: frozenset[str]
    service_accounts: Mapping[Ref, wire.ServiceAccount]
    secrets: Mapping[Ref, wire.Secret]
    roles: Mapping[Ref, wire.Role]
    bindings: Mapping[Ref, wire.Binding]
    network_policies: Mapping[Ref, wire_net.NetworkPolicy]
    config_maps: Mapping[Ref, wire.ConfigMap]
    services: Mapping[Ref, wire_net.Service]
    ingresses: Mapping[Ref, wire_net.Ingress]
    ingress_classes: Mapping[Ref, wire_net.IngressClass]
    gateway_classes: Mapping[Ref, wire_gw.GatewayClass]
    gateways: Mapping[Ref, wire_gw.Gateway]
    routes: Mapping[Ref, wire_gw.Route]
    reference_grants: Mapping[Ref, wire_gw.ReferenceGrant]
    volumes: Mapping[Ref, wire_ext.PersistentVolume]
    claims: Mapping[Ref, wire_ext.PersistentVolumeClaim]
    mutating_webhooks: Mapping[Ref, wire_ext.WebhookConfiguration]
    validating_webhooks: Mapping[Ref, wire_ext.WebhookConfiguration]
    custom_definitions: Mapping[Ref, wire_ext.CustomResourceDefinition]
    custom_objects: Mapping[Ref, wire_ext.Custom]
    advisories: Mapping[Ref, wire_ext.Advisory]
    instances: Mapping[Ref, wire_aws.Instance]
    user_data: Mapping[Ref, wire_aws.UserData]
    profiles: Mapping[Ref, wire_aws.InstanceProfile]
    aws_roles: Mapping[Ref, wire_aws.Role]
    aws_users: Mapping[Ref, wire_aws.User]
    aws_groups: Mapping[Ref, wire_aws.Group]
    aws_policies: Mapping[Ref, wire_aws.ManagedPolicy]
    access_keys: Mapping[Ref, wire_aws.AccessKey]
    providers: Mapping[Ref, Provider]
    clusters: Mapping[Ref, wire_aws.Cluster]
    nodegroups: Mapping[Ref, wire_aws.Nodegroup]
    access_entries: Mapping[Ref, wire_aws.AccessEntry]
    access_policies: Mapping[Ref, tuple[wire_aws.AssociatedPolicy, ...]]
    listed_entries: Mapping[Ref, str]
    token_providers: Mapping[Ref, bool]
    pod_identities: Mapping[Ref, wire_aws.PodIdentity]
    buckets: Mapping[Ref, Data]
    aws_secrets: Mapping[Ref, Data]
    aws_resources: Mapping[Ref, Runs]
    organizations: Mapping[Ref, Organization]
    org_places: Mapping[Ref, Place]
    org_policies: Mapping[Ref, Control]
    aws_parameters: Mapping[Ref, Data]
    aws_tables: Mapping[Ref, Data]
    aws_snapshots: Mapping[Ref, Data]
    aws_keys: Mapping[Ref, Data]
    aws_repositories: Mapping[Ref, Data]
    coverage: Coverage


TABLES = frozenset(Tables.__struct_fields__)


class Model(Citing):
    """The snapshot decoded, defaulted and joined; frozen, but for what is computed from it once.

    Tables are attributes. `view` narrows them; `names` numbers the refs.
    """

    def __init__(
        self,
        tables: Tables,
        names: Names,
        *,
        files: Mapping[str, str],
        pod_files: tuple[str, ...],
        digest: str,
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        self._tables, self.names = tables, names
        self.files, self.pod_files, self.digest, self.diagnostics = files, pod_files, digest, diagnostics
        self._memo: dict[object, tuple[object, frozenset[str]]] = {}
        self._allowed = TABLES
        self._read: list[set[str]] = []

    if TYPE_CHECKING:
        # Tables are read off the model itself, with their types.
        pods: Pods
        nodes: tuple[Node, ...]
        namespaces: Mapping[Ref, wire.Namespace]
        spaces: frozenset[str]
        named_spaces: frozenset[str]
        service_accounts: Mapping[Ref, wire.ServiceAccount]
        secrets: Mapping[Ref, wire.Secret]
        roles: Mapping[Ref, wire.Role]
        bindings: Mapping[Ref, wire.Binding]
        network_policies: Mapping[Ref, wire_net.NetworkPolicy]
        config_maps: Mapping[Ref, wire.ConfigMap]
        services: Mapping[Ref, wire_net.Service]
        ingresses: Mapping[Ref, wire_net.Ingress]
        ingress_classes: Mapping[Ref, wire_net.IngressClass]
        gateway_classes: Mapping[Ref, wire_gw.GatewayClass]
        gateways: Mapping[Ref, wire_gw.Gateway]
        routes: Mapping[Ref, wire_gw.Route]
        reference_grants: Mapping[Ref, wire_gw.ReferenceGrant]
        volumes: Mapping[Ref, wire_ext.PersistentVolume]
        claims: Mapping[Ref, wire_ext.PersistentVolumeClaim]
        mutating_webhooks: Mapping[Ref, wire_ext.WebhookConfiguration]
        validating_webhooks: Mapping[Ref, wire_ext.WebhookConfiguration]
        custom_definitions: Mapping[Ref, wire_ext.CustomResourceDefinition]
        custom_objects: Mapping[Ref, wire_ext.Custom]
        advisories: Mapping[Ref, wire_ext.Advisory]
        instances: Mapping[Ref, wire_aws.Instance]
        user_data: Mapping[Ref, wire_aws.UserData]
        profiles: Mapping[Ref, wire_aws.InstanceProfile]
        aws_roles: Mapping[Ref, wire_aws.Role]
        aws_users: Mapping[Ref, wire_aws.User]
        aws_groups: Mapping[Ref, wire_aws.Group]
        aws_policies: Mapping[Ref, wire_aws.ManagedPolicy]
        access_keys: Mapping[Ref, wire_aws.AccessKey]
        providers: Mapping[Ref, Provider]
        clusters: Mapping[Ref, wire_aws.Cluster]
        nodegroups: Mapping[Ref, wire_aws.Nodegroup]
        access_entries: Mapping[Ref, wire_aws.AccessEntry]
        access_policies: Mapping[Ref, tuple[wire_aws.AssociatedPolicy, ...]]
        listed_entries: Mapping[Ref, str]
        token_providers: Mapping[Ref, bool]
        pod_identities: Mapping[Ref, wire_aws.PodIdentity]
        buckets: Mapping[Ref, Data]
        aws_secrets: Mapping[Ref, Data]
        aws_resources: Mapping[Ref, Runs]
        organizations: Mapping[Ref, Organization]
        org_places: Mapping[Ref, Place]
        org_policies: Mapping[Ref, Control]
        aws_parameters: Mapping[Ref, Data]
        aws_tables: Mapping[Ref, Data]
        aws_snapshots: Mapping[Ref, Data]
        aws_keys: Mapping[Ref, Data]
        aws_repositories: Mapping[Ref, Data]
        coverage: Coverage
    else:

        def __getattr__(self, name):
            if name not in TABLES:
                raise AttributeError(name)
            if name not in self._allowed:
                raise RuleError(f"the table `{name}` is read but not declared")
            for reader in self._read:
                reader.add(name)
            return getattr(self._tables, name)

    def view(self, reads: frozenset[str]) -> Model:
        """The same model with these tables and no other. Raises `RuleError` on an unknown table."""
        if unknown := reads - TABLES:
            raise RuleError(f"there is no table `{min(unknown)}`")
        twin = object.__new__(Model)
        twin.__dict__.update(self.__dict__, _allowed=reads)
        return twin

    def note(self, read: set[str]) -> None:
        """Note in a set, from now on, which tables are read, through a view or not."""
        self._read.append(read)

    def noted(self, read: set[str]) -> None:
        """Note no more in this set."""
        self._read[:] = [each for each in self._read if each is not read]

    def with_tables(self, tables: Mapping[str, Mapping[Ref, object]]) -> Model:
        """The model with some tables replaced; what was computed from the others is kept."""
        twin = object.__new__(Model)
        kept = {key: held for key, held in self._memo.items() if not held[1] & tables.keys()}
        twin.__dict__.update(self.__dict__, _tables=replace(self._tables, **tables), _memo=kept, _read=[])
        return twin

    @property
    def clusters_apart(self) -> tuple[str, ...]:
        """The names of clusters, where there are several."""
        return ()

    def place(self, ref: Ref) -> tuple[str, Ref]:
        """The cluster that a ref is in, and its name there; there is but one."""
        return "", ref

    def part(self, cluster: str) -> Model:
        """The model of a cluster."""
        return self

    def file_of(self, ref: Ref) -> str | None:
        """The file that an object came from; `None` for what no file holds."""
        if (row := self._row(ref)) is not None:
            return self.pod_files[int(self._tables.pods.columns.file[row])]
        return self.files.get(ref)
