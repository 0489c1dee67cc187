"""Who there is: service accounts, users, groups, and who belongs to which group.

Source: Kubernetes documentation, Authenticating (service account groups) and RBAC (default roles).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref, sa
from kpath.semantics.rbac import mapped as mapping
from kpath.semantics.rbac.mapped import mapped

MASTERS = Ref("group/system:masters")
AUTHENTICATED = Ref("group/system:authenticated")
UNAUTHENTICATED = Ref("group/system:unauthenticated")
ALL_ACCOUNTS = Ref("group/system:serviceaccounts")
NODES = Ref("group/system:nodes")
CLUSTER_ADMIN = Ref("cluster-admin")

READS = frozenset({
    "service_accounts", "pods", "bindings", "nodes", "spaces", "named_spaces",
}) | mapping.READS  # fmt: skip


def subject_ref(kind: str, name: str, namespace: str) -> Ref | None:
    """The ref of a binding's subject; a service account without a namespace is of the binding's."""
    if kind == "ServiceAccount":
        return sa(namespace, name) if namespace and name else None
    if kind in ("User", "Group"):
        if kind == "User" and name.startswith("system:serviceaccount:") and name.count(":") == 3:
            return sa(*name.split(":")[2:])
        return Ref(f"{kind.lower()}/{name}") if name else None
    return None


@memoised
def accounts(model: Model) -> tuple[Ref, ...]:
    """Every service account: stored, used by a pod, named by a binding, and the `default` of each namespace."""
    found = {*model.service_accounts, *(each.service_account for each in model.pods.classes)}
    found |= {sa(namespace, "default") for namespace in model.named_spaces}
    for ref, binding in model.bindings.items():
        for subject in binding.subjects or ():
            named = subject_ref(subject.kind, subject.name, subject.namespace or ref.namespace)
            if named is not None and named.kind == "sa":
                found.add(named)
    return tuple(sorted(found))


@memoised
def users(model: Model) -> tuple[Ref, ...]:
    """Every user that a binding, a node or a mapping of an AWS principal names."""
    found = {node_user(node.name) for node in model.nodes}
    found |= {each.user for each in mapped(model) if each.user is not None}
    for binding in model.bindings.values():
        for subject in binding.subjects or ():
            named = subject_ref(subject.kind, subject.name, "")
            if named is not None and named.kind == "user":
                found.add(named)
    return tuple(sorted(ref for ref in found if ref.kind == "user" and ref.name != "system:anonymous"))


@memoised
def groups(model: Model) -> tuple[Ref, ...]:
    """Every group that a binding names, and `system:masters`, which needs no binding."""
    found = {MASTERS, *(group for each in mapped(model) for group in each.groups)}
    for binding in model.bindings.values():
        found |= {Ref(f"group/{each.name}") for each in binding.subjects or () if each.kind == "Group" and each.name}
    return tuple(sorted(found))


def node_user(name: str) -> Ref:
    """The identity of a node's kubelet."""
    return Ref(f"user/system:node:{name}")


@memoised
def _listed(model: Model) -> Mapping[Ref, Refs]:
    """The members of the groups that somebody is known to be in."""
    groups: dict[Ref, set[Ref]] = {ALL_ACCOUNTS: set(accounts(model)), AUTHENTICATED: {*accounts(model), *users(model)}}
    for account in accounts(model):
        groups.setdefault(Ref(f"group/system:serviceaccounts:{account.namespace}"), set()).add(account)
    groups[NODES] = {node_user(node.name) for node in model.nodes}
    for each in mapped(model):
        for group in each.groups if each.user is not None else ():
            groups.setdefault(group, set()).add(each.user or group)
    for group, members in groups.items():
        members.add(group)
    return {group: model.names.refs(sorted(members)) for group, members in sorted(groups.items())}


def members(model: Model, subject: Ref) -> Refs:
    """Everyone whom a subject stands for: itself, and the known members of a group."""
    return _listed(model).get(subject) or model.names.refs([subject])


def groups_of(model: Model, subject: Ref) -> tuple[Ref, ...]:
    """The groups that a subject is in, by what it is and by how it is mapped."""
    found: list[Ref] = []
    if subject.kind == "sa":
        found = [ALL_ACCOUNTS, Ref(f"group/system:serviceaccounts:{subject.namespace}"), AUTHENTICATED]
    elif subject.kind == "user":
        found = [UNAUTHENTICATED] if subject.name == "system:anonymous" else [AUTHENTICATED]
        found += [NODES] if subject.name.startswith("system:node:") else []
        found += [group for each in mapped(model) if each.user == subject for group in each.groups]
    return tuple(dict.fromkeys(found))


def within(refs: Iterable[Ref], namespace: str | None) -> list[Ref]:
    """Those of some namespaced refs that are in a namespace, or all of them."""
    return [ref for ref in refs if namespace is None or ref.namespace == namespace]
