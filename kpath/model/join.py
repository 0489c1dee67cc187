"""What was collected → the model: pods sorted and classed, nodes joined with their instances."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TypeVar, cast

import msgspec
import numpy as np

from kpath.errors import SnapshotError
from kpath.model import wire, wire_aws, wire_ext, wire_gw, wire_net
from kpath.model.aws import AwsBuilder
from kpath.model.builder import Builder
from kpath.model.classes import Columns, PodClass, Pods
from kpath.model.kinds import KINDS
from kpath.model.mentions import mention
from kpath.model.sets import Ids, Names
from kpath.model.standins import add_stand_ins, fitting, resolved_owners
from kpath.model.tables import Coverage, Model, Node, Tables
from kpath.refs import Ref, sa

W = TypeVar("W")

# The node of pods that only manifests describe, where no node is known.
ANY_NODE = "*"


def joined(builder: Builder, aws: AwsBuilder, cluster: wire_aws.Cluster | None = None) -> Model:
    """The model of everything that was read of one cluster. Raises `SnapshotError` if two pods have one name."""
    add_stand_ins(builder)
    order = sorted(range(len(builder.pod_names)), key=builder.pod_names.__getitem__)
    _refuse_twins(builder, order)
    names = Names([builder.pod_names[row] for row in order])
    nodes = _nodes(builder, aws)
    pods = _pods(builder, names, np.array(order, np.int64), [node.name for node in nodes])
    tables = _tables(builder, aws, cluster, pods, nodes)
    return Model(
        tables,
        names,
        files={**builder.files, **aws.sources},
        pod_files=tuple(builder.file_numbers),
        digest=_digest(tables, names),
        diagnostics=tuple(sorted({*builder.diagnostics, *aws.diagnostics, *aws.data.diagnostics})),
    )


def _refuse_twins(builder: Builder, order: list[int]) -> None:
    files = tuple(builder.file_numbers)
    for row, after in pairwise(order):
        if builder.pod_names[row] == builder.pod_names[after]:
            first, second = (files[builder.pod_files[each]] for each in sorted((row, after)))
            raise SnapshotError(second, "", f"`pod/{builder.pod_names[row]}` is there twice, first in {first}")


def _nodes(builder: Builder, aws: AwsBuilder) -> tuple[Node, ...]:
    names = {*builder.nodes, *(ref.name for ref in builder.objects["Node"])}
    if not names and -1 in builder.pod_nodes:
        names = {ANY_NODE}
    return tuple(_node(builder, aws, name) for name in sorted(names))


def _node(builder: Builder, aws: AwsBuilder, name: str) -> Node:
    ref = Ref(f"node/{name}")
    data = builder.objects["Node"].get(ref)
    if not isinstance(data, wire.Node):
        return Node(ref, {}, instance=aws.instance_of(name, None))
    provider = data.spec.provider_id if data.spec else None
    info = data.status.node_info if data.status else None
    addresses = (data.status.addresses if data.status else None) or ()
    return Node(ref, data.metadata.labels or {}, info, provider, aws.instance_of(name, provider), addresses)


def _pods(builder: Builder, names: Names, order: Ids, nodes: list[str]) -> Pods:
    """The columns in the order of names; classes in the order of their first pods."""
    remap, drafts = _classes(builder)
    cls = remap[np.array(builder.pod_shapes, np.int32)][order] if len(order) else np.zeros(0, np.int32)
    used, first, inverse = np.unique(cls, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first)).astype(np.int32)
    by_rank = used[np.argsort(first)].tolist()
    classes = tuple(msgspec.structs.replace(drafts[draft], number=number) for number, draft in enumerate(by_rank))
    numbers = {name: number for number, name in enumerate(nodes)}
    renumbered = np.array([numbers[name] for name in builder.nodes] + [-1], np.int32)
    columns = Columns(
        cls=rank[inverse],
        node=renumbered[np.array(builder.pod_nodes, np.int32)][order],
        owner=np.array(builder.pod_owners, np.int32)[order],
        file=np.array(builder.pod_files, np.int32)[order],
        address=np.array(builder.pod_addresses, np.int32)[order],
        alone=np.array(builder.pods_alone, np.bool_)[order],
    )
    candidates = _candidates(builder, columns, classes, numbers)
    return Pods(names, classes, columns, resolved_owners(builder), candidates, tuple(builder.addresses))


def _classes(builder: Builder) -> tuple[Ids, list[PodClass]]:
    """Shapes, with only those labels that some selector mentions; and which shape becomes which class."""
    keys, pairs = mentioned(builder)
    found: dict[object, int] = {}
    remap = np.zeros(len(builder.shapes), np.int32)
    classes: list[PodClass] = []
    for number, draft in enumerate(builder.shapes):
        labels = tuple(each for each in draft.labels if each[0] in keys or each in pairs)
        spec = draft.spec
        selector = tuple(sorted((spec.node_selector or {}).items()))
        plain = msgspec.structs.astuple(spec)[:-2]
        key = (draft.namespace, labels, plain, selector, draft.planned, draft.origin)
        if key not in found:
            found[key] = len(classes)
            account = sa(draft.namespace, spec.service_account_name or spec.service_account or "default")
            classes.append(
                PodClass(0, draft.namespace, spec, labels, account, draft.planned, draft.origin, draft.prefix)
            )
        remap[number] = found[key]
    return remap, classes


def mentioned(builder: Builder) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The label keys that some selector asks about, and the labels that some selector names with their value."""
    keys: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for table in builder.objects.values():
        for policy in table.values():
            if not isinstance(policy, wire_net.NetworkPolicy):
                break
            mention(policy, keys, pairs)
    for service in builder.objects["Service"].values():
        if isinstance(service, wire_net.Service):
            pairs.update((service.spec.selector or {}).items())
    return frozenset(keys), frozenset(pairs)


def _candidates(
    builder: Builder, columns: Columns, classes: tuple[PodClass, ...], numbers: Mapping[str, int]
) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    shared: dict[tuple[int, ...], tuple[int, ...]] = {}
    for number in np.unique(columns.cls[columns.node < 0]).tolist():
        selector = classes[number].spec.node_selector or {}
        nodes = tuple(numbers[name] for name in fitting(builder, selector)) or tuple(
            numbers[name] for name in (ANY_NODE,) if name in numbers
        )
        found[number] = shared.setdefault(nodes, nodes)
    return found


def _tables(
    builder: Builder, aws: AwsBuilder, cluster: wire_aws.Cluster | None, pods: Pods, nodes: tuple[Node, ...]
) -> Tables:
    def table(kind: type[W], *kinds: str) -> dict[Ref, W]:
        return dict(sorted((ref, cast(W, data)) for each in kinds for ref, data in builder.objects[each].items()))

    listed, seen = aws.covered()
    return Tables(
        pods=pods,
        nodes=nodes,
        namespaces=table(wire.Namespace, "Namespace"),
        spaces=frozenset(_spaces(builder, pods)) - {""},
        named_spaces=frozenset(ref.name for ref in builder.objects["Namespace"]),
        service_accounts=table(wire.ServiceAccount, "ServiceAccount"),
        secrets=table(wire.Secret, "Secret"),
        roles=table(wire.Role, "Role", "ClusterRole"),
        bindings=table(wire.Binding, "RoleBinding", "ClusterRoleBinding"),
        network_policies=table(
            wire_net.NetworkPolicy, *(name for name, kind in KINDS.items() if kind.wire is wire_net.NetworkPolicy)
        ),
        config_maps=table(wire.ConfigMap, "ConfigMap"),
        services=table(wire_net.Service, "Service"),
        ingresses=table(wire_net.Ingress, "Ingress"),
        ingress_classes=table(wire_net.IngressClass, "IngressClass"),
        gateway_classes=table(wire_gw.GatewayClass, "GatewayClass"),
        gateways=table(wire_gw.Gateway, "Gateway"),
        routes=table(wire_gw.Route, "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"),
        reference_grants=table(wire_gw.ReferenceGrant, "ReferenceGrant"),
        volumes=table(wire_ext.PersistentVolume, "PersistentVolume"),
        claims=table(wire_ext.PersistentVolumeClaim, "PersistentVolumeClaim"),
        mutating_webhooks=table(wire_ext.WebhookConfiguration, "MutatingWebhookConfiguration"),
        validating_webhooks=table(wire_ext.WebhookConfiguration, "ValidatingWebhookConfiguration"),
        custom_definitions=table(wire_ext.CustomResourceDefinition, "CustomResourceDefinition"),
        custom_objects=table(wire_ext.Custom, *(name for name, kind in KINDS.items() if kind.wire is wire_ext.Custom)),
        advisories=table(wire_ext.Advisory, "Advisory"),
        coverage=Coverage(frozenset(builder.whole() | listed), frozenset(builder.seen | seen), frozenset(aws.accounts)),
        **aws.tables(cluster),
    )


def _spaces(builder: Builder, pods: Pods) -> Iterator[str]:
    """The namespaces that there are, by themselves or by what is in them."""
    for kind, table in builder.objects.items():
        yield from (ref.name if kind == "Namespace" else ref.namespace for ref in table)
    yield from (each.namespace for each in pods.classes)


def _digest(tables: Tables, names: Names) -> str:
    """A hash of what was read, whatever the order it came in."""
    digest = hashlib.sha256()
    for name in Tables.__struct_fields__:
        value = getattr(tables, name)
        if isinstance(value, Mapping):
            digest.update(_encoded([[str(ref), each] for ref, each in value.items()]))
        elif name == "nodes":
            digest.update(_encoded(value))
    pods = tables.pods
    digest.update(msgspec.json.encode(pods.classes, enc_hook=str, order="sorted"))
    for column in (pods.columns.cls, pods.columns.node):
        digest.update(column.tobytes())
    known = (*pods.addresses, "")
    digest.update(",".join(known[number] for number in pods.columns.address.tolist()).encode())
    for ref in names.starting("pod/"):
        digest.update(ref.encode() + b"\n")
    return "sha256:" + digest.hexdigest()


def _encoded(value: object) -> bytes:
    """JSON that does not depend on how what was kept as text was laid out."""
    plain = msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))
    return msgspec.json.encode(plain, order="sorted")
