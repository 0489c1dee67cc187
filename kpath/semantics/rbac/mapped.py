"""AWS principals as the API server knows them: EKS access entries and the aws-auth ConfigMap.

Source: Amazon EKS user guide, Grant IAM users access to Kubernetes (access entries; aws-auth).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac import modes, sessions
from kpath.semantics.rbac.modes import CONFIG_MAP, NOT_API, entry_ref, mode, mode_facts, undescribed
from kpath.semantics.rbac.sessions import filled, is_left_open, limits, picked
from kpath.snapshot import yamls

READS = modes.READS | sessions.READS | {"config_maps", "aws_roles", "aws_users"}

ENTRY = "eks describe-access-entry"
AWS_AUTH = Ref("configmap/kube-system/aws-auth")
NODE_TYPES = frozenset({"EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "FARGATE_LINUX", "HYPERPOD_LINUX"})
NODES = Ref("group/system:nodes")
_NODE_NAME = "system:node:{{"
_SESSION_TYPES = frozenset({"HYBRID_LINUX", "FARGATE_LINUX"})
_SESSION = "{{SessionName"


class Mapped(Struct, frozen=True):
    """A principal's identity in the cluster. `user` is `None` where its name says which node it is."""

    principal: Ref
    user: Ref | None
    groups: tuple[Ref, ...]
    because: Evidence
    assumes: tuple[Assumption, ...] = ()
    is_node: bool = False
    # Whether the name of a node is that of the session itself, and not of the instance that the session is named after.
    by_session: bool = False
    # Whether it is one of the names that whoever assumes the role can pick, by naming the session.
    is_picked: bool = False
    # Whether it has a node's name and not a node's group, without which it has no node's rights.
    lacks_group: bool = False


@memoised
def mapped(model: Model) -> tuple[Mapped, ...]:
    """Every mapping that the cluster honours; an access entry wins over aws-auth for the same principal."""
    entries = tuple(_entries(model)) if mode(model) != CONFIG_MAP else ()
    unknown = tuple(_undescribed(model)) if mode(model) != CONFIG_MAP else ()
    taken = {each.principal for each in (*entries, *unknown)}
    listed = tuple(_aws_auth(model)) if mode(model) != "API" else ()
    return (*entries, *unknown, *(each for each in listed if each.principal not in taken))


def _entries(model: Model) -> Iterator[Mapped]:
    for principal, entry in model.access_entries.items():
        of = entry_ref(entry)
        is_node = (entry.type or "") in NODE_TYPES
        because = (Fact(of, "/principalArn", entry.principal_arn), *mode_facts(model))
        if is_node:
            because = (Fact(of, "/type", entry.type), *because)
        by_session = entry.type in _SESSION_TYPES or _SESSION in (entry.username or "")
        found = Mapped(principal, None, (), because, is_node=is_node, by_session=is_node and by_session)
        said = Fact(of, "/username", entry.username)
        yield from _named(model, found, "" if is_node else entry.username or "", entry.kubernetes_groups or (), said)


def _named(model: Model, found: Mapped, name: str, groups: Iterable[str], said: Fact) -> Iterator[Mapped]:
    """A mapping with its user and groups, and with each bound name that a session of the principal can have."""
    principal = found.principal
    name, groups = filled(principal, name), [filled(principal, group) for group in groups]
    plain = tuple(Ref(f"group/{group}") for group in groups if not is_left_open(group))
    yield replace(found, user=Ref(f"user/{name}") if name else None, groups=plain)
    because = tuple(dict.fromkeys((*found.because, said)))
    assumes = (*found.assumes, *limits(model, principal))
    for user in picked(model, principal, "user", name):
        yield replace(found, user=user, groups=plain, because=because, assumes=assumes, is_picked=True)
    if more := [each for group in groups for each in picked(model, principal, "group", group)]:
        yield Mapped(principal, None, tuple(more), found.because, assumes, is_picked=True)


def _aws_auth(model: Model) -> Iterator[Mapped]:
    data = model.config_maps.get(AWS_AUTH)
    if data is None:
        return
    assumes = () if mode(model) else (NOT_API,)
    values = _texts(bytes(data.data))
    for field, key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for each in _listed(values.get(field, "")):
            if isinstance(each, dict):
                yield from _mapping(model, field, values[field], key, each, assumes)
    for account in _listed(values.get("mapAccounts", "")):
        because = (Fact(AWS_AUTH, "/data/mapAccounts", values["mapAccounts"]), *mode_facts(model))
        for principal in (*model.aws_roles, *model.aws_users):
            if principal.account == str(account):
                yield Mapped(principal, Ref(f"user/{principal}"), (), because, assumes)


def _undescribed(model: Model) -> Iterator[Mapped]:
    """Principals of whose access entry nothing is known but that it is there."""
    for principal, shown in undescribed(model).items():
        what = f"the access entry of {principal} gives it no other name"
        assumed = Assumption(what, missing=ENTRY)
        yield Mapped(principal, Ref(f"user/{principal}"), (), (*shown, *mode_facts(model)), (assumed,))


def _mapping(
    model: Model, field: str, text: str, key: str, each: Mapping[str, object], assumes: tuple[Assumption, ...]
) -> Iterator[Mapped]:
    arn, username, groups = each.get(key), each.get("username"), each.get("groups")
    if not isinstance(arn, str):
        return
    name = username if isinstance(username, str) else ""
    is_node = name.startswith(_NODE_NAME)
    said = Fact(AWS_AUTH, pointer("data", field), text)
    listed = [group for group in groups if isinstance(group, str)] if isinstance(groups, list) else []
    lacks_group = is_node and NODES.name not in listed
    for principal in _principals(model, arn):
        because = (said, *mode_facts(model))
        found = Mapped(
            principal,
            None,
            (),
            because,
            assumes,
            is_node=is_node,
            by_session=is_node and _SESSION in name,
            lacks_group=lacks_group,
        )
        yield from _named(model, found, "" if is_node else name, listed, said)


def _principals(model: Model, arn: str) -> list[Ref]:
    """The principals that an entry means: aws-auth wants the ARN of a role without its path, and heeds no other."""
    if without_path(arn) != arn:
        return []
    matching = [ref for ref in model.aws_roles if without_path(ref) == arn]
    return matching or [Ref(arn)]


def without_path(arn: str) -> str:
    """A role's ARN as aws-auth wants it."""
    head, slash, rest = arn.partition(":role/")
    return head + slash + rest.rpartition("/")[2] if slash else arn


def _texts(data: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(data, type=dict[str, str] | None) or {}
    except msgspec.MsgspecError:
        return {}


def _listed(text: str) -> Iterator[object]:
    found = yamls.documents(text.encode(), str(AWS_AUTH))
    for document in found if isinstance(found, list) else ():
        yield from document if isinstance(document, list) else ()


def mode_known(model: Model) -> tuple[Evidence, tuple[Assumption, ...]] | None:
    """Why aws-auth counts in this cluster, and what that assumes; `None` where it is inert."""
    if mode(model) == "API":
        return None
    if mode(model):
        return mode_facts(model), ()
    if AWS_AUTH in model.config_maps:
        return (Fact(AWS_AUTH, "/metadata/name", AWS_AUTH.name),), (NOT_API,)
    return (), (Assumption("this is an EKS cluster that honours aws-auth", Confidence.LOW, "eks describe-cluster"),)
