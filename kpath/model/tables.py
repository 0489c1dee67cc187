"""The model: tables, and a view that hands out no more of them than a rule declares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import RuleError
from kpath.evidence import SOURCE, TARGET, VIA, Evidence, Fact
from kpath.model import wire, wire_aws, wire_ext, wire_gw, wire_net
from kpath.model.classes import Pods
from kpath.model.sets import Names, Refs
from kpath.refs import Ref, pod_of


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
        label = self.labels.get("eks.amazonaws.com/compute-type", "")
        return label if label in {"fargate", "auto", "hybrid"} else "ec2"


class Diagnostic(Struct, frozen=True, order=True):
    """One thing that kpath could not know, and about what."""

    what: str
    of: str = ""


class Coverage(Struct, frozen=True):
    """What was collected: kinds listed as a whole, kinds seen in part, files not read."""

    listed: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()


class Provider(Struct, frozen=True):
    """An IAM OIDC provider: issuer without its scheme, and the client ids where they were collected."""

    ref: Ref
    issuer: str
    audiences: tuple[str, ...] | None = None


class Data(Struct, frozen=True):
    """A bucket or secret in AWS, with its resource policy where one was collected, and the field that holds it."""

    ref: Ref
    policy: str | None = None
    at: str = ""


class Tables(Struct, frozen=True):
    """Every table of a model; each sorted by its key.

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
    network_policies: Mapping[Ref, wire.NetworkPolicy]
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
    profiles: Mapping[Ref, wire_aws.InstanceProfile]
    aws_roles: Mapping[Ref, wire_aws.Role]
    aws_users: Mapping[Ref, wire_aws.User]
    aws_groups: Mapping[Ref, wire_aws.Group]
    aws_policies: Mapping[Ref, wire_aws.ManagedPolicy]
    providers: Mapping[Ref, Provider]
    clusters: Mapping[Ref, wire_aws.Cluster]
    nodegroups: Mapping[Ref, wire_aws.Nodegroup]
    access_entries: Mapping[Ref, wire_aws.AccessEntry]
    access_policies: Mapping[Ref, tuple[wire_aws.AssociatedPolicy, ...]]
    pod_identities: Mapping[Ref, wire_aws.PodIdentity]
    buckets: Mapping[Ref, Data]
    aws_secrets: Mapping[Ref, Data]
    coverage: Coverage


TABLES = frozenset(Tables.__struct_fields__)


class Model:
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
        self._files, self._pod_files, self.digest, self.diagnostics = files, pod_files, digest, diagnostics
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
        network_policies: Mapping[Ref, wire.NetworkPolicy]
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
        profiles: Mapping[Ref, wire_aws.InstanceProfile]
        aws_roles: Mapping[Ref, wire_aws.Role]
        aws_users: Mapping[Ref, wire_aws.User]
        aws_groups: Mapping[Ref, wire_aws.Group]
        aws_policies: Mapping[Ref, wire_aws.ManagedPolicy]
        providers: Mapping[Ref, Provider]
        clusters: Mapping[Ref, wire_aws.Cluster]
        nodegroups: Mapping[Ref, wire_aws.Nodegroup]
        access_entries: Mapping[Ref, wire_aws.AccessEntry]
        access_policies: Mapping[Ref, tuple[wire_aws.AssociatedPolicy, ...]]
        pod_identities: Mapping[Ref, wire_aws.PodIdentity]
        buckets: Mapping[Ref, Data]
        aws_secrets: Mapping[Ref, Data]
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

    def file_of(self, ref: Ref) -> str | None:
        """The file that an object came from; `None` for what no file holds."""
        if (row := self._row(ref)) is not None:
            return self._pod_files[int(self._tables.pods.columns.file[row])]
        return self._files.get(ref)

    def origin(self, ref: Ref) -> tuple[Ref, str]:
        """The object that holds a ref's facts, and the prefix of their pointers; a container's are its pod's."""
        if ref.startswith("container/"):
            ref = pod_of(ref)
        if (row := self._row(ref)) is not None:
            shape = self._tables.pods.class_of(row)
            if shape.origin is not None:
                return shape.origin, shape.prefix
        return ref, ""

    def _row(self, ref: Ref) -> int | None:
        if ref.startswith("container/"):
            ref = pod_of(ref)
        row = self.names.find(ref) if ref.startswith("pod/") else None
        return row if row is not None and row < len(self._tables.pods) else None

    def cited(self, because: Evidence, by: Refs | None, source: Ref, target: Ref) -> Evidence:
        """The facts of a set's members, as facts of two of them, and of the pod between them where there is one."""
        if by is None:
            return tuple(self.bound(fact, source, target) for fact in because)
        node = self._node_of(target if target.kind == "localhost" else source)
        via = self._on(by, node)
        places = dict.fromkeys(ref for ref in (source, via) if ref.kind == "pod" and self.origin(ref)[0] == ref)
        placed = tuple(Fact(ref, "/spec/nodeName", self.nodes[node].name) for ref in places if self._is_on(ref, node))
        return (*placed, *(self._via(fact, via) or self.bound(fact, source, target) for fact in because))

    def _via(self, fact: Fact, via: Ref) -> Fact | None:
        """A fact of the pod between, or `None` for one of the others."""
        return self.bound(replace(fact, of=SOURCE), via, via) if fact.of == VIA else None

    def _node_of(self, source: Ref) -> int:
        """The number of the node that a ref is, or is on; -1 where that is not known."""
        if (row := self._row(source)) is not None:
            return int(self._tables.pods.columns.node[row])
        name = source.name.removeprefix("system:node:")
        return self._node_numbers.get(name, -1)

    @cached_property
    def _node_numbers(self) -> Mapping[str, int]:
        return {node.name: number for number, node in enumerate(self._tables.nodes)}

    def _on(self, pods: Refs, node: int) -> Ref:
        """The first of some pods on a node, else the first that may come there."""
        there = self._tables.pods.columns.node[pods.ids]
        for wanted in (node, -1):
            rows = pods.ids[there == wanted]
            if len(rows):
                return self.names.ref(int(rows[0]))
        return self.names.ref(int(pods.ids[0]))

    def _is_on(self, pod: Ref, node: int) -> bool:
        row = self._row(pod)
        return row is not None and node >= 0 and int(self._tables.pods.columns.node[row]) == node

    def bound(self, fact: Fact, source: Ref, target: Ref) -> Fact:
        """A fact of a set's members, as the fact of one of them."""
        if fact.of != SOURCE and fact.of != TARGET:
            return fact
        of, prefix = self.origin(source if fact.of == SOURCE else target)
        return Fact(of, prefix + fact.at, fact.value)
