"""The catalogue's sections 4 to 6: what rights in the cluster lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oracle.abuse import openable
from oracle.containers import Pairs
from oracle.escalations import escalations
from oracle.mapping import mode
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.tokens import audiences, legacy_tokens, secrets, token
from oracle.world import World

TEMPLATES = [
    ("daemonsets", "apps"), ("deployments", "apps"), ("replicasets", "apps"), ("statefulsets", "apps"),
    ("cronjobs", "batch"), ("replicationcontrollers", ""),
]  # fmt: skip
PSA = "pod-security.kubernetes.io/enforce"

Holders = Iterator[tuple[str, Right]]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = Rights(world)
    yield from escalations(rights)
    yield from _secrets(rights)
    yield from _accounts(rights)
    yield from _pods(rights)
    yield from _identities(rights)
    yield from _administration(rights)


def _secrets(rights: Rights) -> Pairs:
    known, legacy = secrets(rights.world), legacy_tokens(rights.world)
    for verb in ("get", "list", "watch"):
        for who, right in rights.holders(verb, "secrets"):
            yield from (("SECRET_READ", who, secret) for secret in filter(right.covers, known))
            step = "TOKEN_BRUTEFORCE" if verb == "get" else "TOKEN_LIST"
            yield from ((step, who, legacy[secret]) for secret in filter(right.covers, legacy))
    # S17: both return what they change.
    for verb in ("patch", "deletecollection"):
        for who, right in rights.holders(verb, "secrets"):
            yield from (("SECRET_READ_INDIRECT", who, secret) for secret in filter(right.covers, known))
    for who, right in _launchers(rights):
        # The names are those of Deployments and the like: any Secret may be mounted.
        covers = Right(who, right.space, None).covers
        yield from (("SECRET_READ_INDIRECT", who, secret) for secret in filter(covers, known))


def _direct(rights: Rights) -> Holders:
    yield from rights.holders("create", "pods")


def _through_controllers(rights: Rights) -> Holders:
    yield from rights.holders("create", "jobs", "batch")
    for resource, group in TEMPLATES:
        for verb in ("create", "update", "patch"):
            yield from rights.holders(verb, resource, group)


def _launchers(rights: Rights) -> Holders:
    yield from _direct(rights)
    yield from _through_controllers(rights)


def _accounts(rights: Rights) -> Pairs:
    for who, right in rights.holders("create", "serviceaccounts/token"):
        for account in filter(right.covers, rights.accounts):
            for target in _speaking_for(rights, account):
                yield "TOKEN_REQUEST", who, target
    for who, right in _launchers(rights):
        for account in filter(Right(who, right.space, None).covers, rights.accounts):
            for target in _speaking_for(rights, account):
                yield "POD_CREATE_SA", who, target


def _speaking_for(rights: Rights, account: str) -> list[str]:
    return [account, *(token(account, audience) for audience in audiences(rights.world))]


IN_PODS = [
    ("POD_EXEC", "create", "pods/exec"), ("POD_ATTACH_RBAC", "create", "pods/attach"),
    ("POD_EPHEMERAL", "update", "pods/ephemeralcontainers"), ("POD_EPHEMERAL", "patch", "pods/ephemeralcontainers"),
    ("POD_PATCH", "update", "pods"), ("POD_PATCH", "patch", "pods"),
]  # fmt: skip
WEBSOCKET = [("POD_EXEC", "get", "pods/exec"), ("POD_ATTACH_RBAC", "get", "pods/attach")]


def _pods(rights: Rights) -> Pairs:
    world = rights.world
    relabelled = openable(rights)
    for step, verb, resource in IN_PODS + (WEBSOCKET if world.server_before(35) else []):
        for who, right in rights.holders(verb, resource):
            for pod in world.pods:
                if right.covers(pod.ref):
                    yield step, who, pod.ref
                    is_open = _admits_escape(world, pod.namespace)
                    if step == "POD_EPHEMERAL" and (is_open or pod.namespace in relabelled):
                        start = who if is_open else _relabelled(who, pod.namespace)
                        yield from ((step, start, f"node/{node}") for node in _usable(world, pod.nodes))
    for step, found in (("POD_CREATE", _direct(rights)), ("WORKLOAD_WRITE", _through_controllers(rights))):
        for who, right in found:
            # Whoever may do anything makes a namespace that lets everything in.
            if right.subject in (MASTERS, ADMIN) or any(
                _admits_escape(world, space) for space in _spaces(world, right)
            ):
                yield from ((step, who, f"node/{node}") for node in _usable(world, world.nodes))
            for space in relabelled.intersection(_worth_relabelling(world, right)):
                yield from ((step, _relabelled(who, space), f"node/{node}") for node in _usable(world, world.nodes))


def _relabelled(who: str, space: str) -> str:
    """Somebody, in a cluster in which a namespace's level has come to let everything in."""
    return f"{who} & change/NS_LABEL_EDIT/ns/{space}"


def _worth_relabelling(world: World, right: Right) -> Iterator[str]:
    """The namespaces of a right that are shut; of a right on all of them those that come, by name, before one that is
    open without saying so."""
    for space in sorted(_spaces(world, right)) if right.subject not in (MASTERS, ADMIN) else ():
        if not _admits_escape(world, space):
            yield space
        elif right.space is None and _level(world, space) != "privileged":
            return


def _usable(world: World, nodes: Iterable[str]) -> list[str]:
    """The nodes that an escape could be to."""
    return [node for node in nodes if world.compute(node) != "fargate"]


def _spaces(world: World, right: Right) -> set[str]:
    """The namespaces of a right; of a cluster without any that we know, the one that is always there."""
    if right.space is not None and not right.space.endswith("*"):
        return {right.space}
    known = world.namespaces or {"default"}
    return {space for space in known if Right("", right.space, None).covers(f"ns/{space}/")}


def _admits_escape(world: World, space: str) -> bool:
    """S18, as far as it is read: Pod Security."""
    return _level(world, space) not in ("baseline", "restricted")


def _level(world: World, space: str) -> str | None:
    """The level that a namespace enforces; of one that was not collected nothing is known."""
    document = world.one("Namespace", "", space) or {"metadata": {}}
    return (document["metadata"].get("labels") or {}).get(PSA)


def _identities(rights: Rights) -> Pairs:
    able = set()
    for who, right in rights.holders("impersonate", "serviceaccounts"):
        able.add(who)
        for account in filter(right.covers, rights.accounts):
            yield "IDENTITY_IMPERSONATE", who, account
    for who, right in rights.holders("impersonate", "users"):
        able.add(who)
        for user in rights.users:
            if right.names is None or user.partition("/")[2] in right.names:
                yield "IDENTITY_IMPERSONATE", who, user
    for who, right in rights.holders("impersonate", "groups"):
        for group in rights.groups if who in able else ():
            if right.names is None or group.partition("/")[2] in right.names:
                yield "IDENTITY_IMPERSONATE", who, group


def _administration(rights: Rights) -> Pairs:
    for who, right in rights.holders("*", "*", "*"):
        if right.space is None and right.names is None and right.subject != ADMIN:
            yield "CLUSTER_ADMIN_EQUIV", who, ADMIN
    if mode(rights.world) == "API":
        return
    verbs = ["update", "patch"]
    if rights.world.one("ConfigMap", "kube-system", "aws-auth") is None:
        verbs.append("create")
    for verb in verbs:
        for who, right in rights.holders(verb, "configmaps"):
            if right.covers("configmap/kube-system/aws-auth") and right.subject != ADMIN:
                yield "AWS_AUTH_EDIT", who, ADMIN
