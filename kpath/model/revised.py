"""A model after an edit of a few objects: what the edit does not touch is shared, not read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec
from msgspec import Struct

from kpath.model import wire_aws
from kpath.model.kinds import CLUSTER_SCOPED, KINDS, decoder
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.snapshot.patch import MISSING, Operation, Patch, apply

# The tables whose objects an attacker's change may touch, by the kind of their refs.
TABLES = {
    "ns": "namespaces", "netpol": "network_policies", "configmap": "config_maps", "sa": "service_accounts",
    "role": "roles", "clusterrole": "roles", "rolebinding": "bindings", "clusterrolebinding": "bindings",
    "mutatingwebhook": "mutating_webhooks", "validatingwebhook": "validating_webhooks",
    "aws-cluster": "clusters", "aws-instance": "instances",
}  # fmt: skip
# What the AWS CLI prints has no kind of its own.
_OF_AWS: dict[str, type[Struct]] = {"aws-cluster": wire_aws.Cluster, "aws-instance": wire_aws.Instance}
_KIND_OF = {kind.ref: name for name, kind in KINDS.items()}


def revised(model: Model, patch: Patch) -> Model:
    """The model of the objects as a patch would leave them. Raises `UsageError` on a patch that does not fit."""
    by_table: dict[str, dict[Ref, list[Operation]]] = {}
    for operation in patch.operations:
        by_table.setdefault(TABLES[operation.of.kind], {}).setdefault(operation.of, []).append(operation)
    tables: dict[str, Mapping[Ref, object]] = {}
    for table, edits in by_table.items():
        held = dict(cast(Mapping[Ref, object], getattr(model, table)))
        for ref, operations in edits.items():
            edited = _edited(ref, held.get(ref), operations)
            held.pop(ref, None)
            if edited is not None:
                held[ref] = edited
        tables[table] = dict(sorted(held.items()))
    return model.with_tables(tables)


def _edited(ref: Ref, held: object, operations: list[Operation]) -> object | None:
    document: object = msgspec.json.decode(msgspec.json.encode(held)) if isinstance(held, Struct) else _bare(ref)
    for operation in operations:
        made = operation.op == "create"
        document = msgspec.json.decode(operation.value) if made else apply(document, [operation])
    if document is MISSING:
        return None
    if ref.kind in _OF_AWS:
        return msgspec.json.decode(msgspec.json.encode(document), type=_OF_AWS[ref.kind])
    return decoder(_KIND_OF[ref.kind]).decode(msgspec.json.encode(document))


def _bare(ref: Ref) -> object:
    kind = _KIND_OF[ref.kind]
    space = {} if kind in CLUSTER_SCOPED else {"namespace": ref.namespace}
    return {"kind": kind, "metadata": {"name": ref.name, **space}}
