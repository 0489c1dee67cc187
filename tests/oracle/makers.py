"""Catalogue, sections 3 and 4: what becomes of the right to make pods, alone and with another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oracle.containers import Pairs
from oracle.escape import CONTAINERD, EVERY, is_open
from oracle.images import repositories
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.world import Json, World

PSA = "pod-security.kubernetes.io/enforce"
MAKERS = [
    ("pods", ""), ("jobs", "batch"), ("cronjobs", "batch"), ("daemonsets", "apps"), ("deployments", "apps"),
    ("replicasets", "apps"), ("statefulsets", "apps"), ("replicationcontrollers", ""),
]  # fmt: skip

Holders = list[tuple[str, Right]]


def made(rights: Rights) -> Pairs:
    """Step, source and target."""
    makers = list(_makers(rights))
    yield from _volumes(rights, makers)
    yield from _kubelets(rights, makers)
    yield from _runtimes(rights, makers)
    yield from _token_secrets(rights, makers)
    for who, _ in makers:
        for image in {found for pod in rights.world.pods for found in repositories(pod)}:
            yield "IMAGE_CACHE_READ", who, image


def _makers(rights: Rights) -> Iterator[tuple[str, Right]]:
    """Who can make pods, and where; the names are those of other objects."""
    for resource, group in MAKERS:
        for verb in ["create"] if resource in ("pods", "jobs") else ["create", "update", "patch"]:
            for who, right in rights.holders(verb, resource, group):
                yield who, Right(right.subject, right.space, None)


def _here(world: World, right: Right, space: str) -> bool:
    """Whether a right is one in a namespace; an empty name stands for those that nobody has named."""
    if right.space is None or not right.space.endswith("*"):
        return right.space in (None, space)
    return space in world.namespaces and space.startswith(right.space[:-1])


def _meeting(world: World, *found: Iterable[tuple[str, Right]], more: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Principals that have one of each of some rights in one namespace, known or of `more`; and that."""
    lists = [list(each) for each in found]
    spaces = {right.space for each in lists for _, right in each if right.space} | {"", *world.namespaces, *more}
    for space in sorted(spaces):
        able = [{who for who, right in each if _here(world, right, space)} for each in lists]
        yield from ((who, space) for who in set.intersection(*able))


def _volumes(rights: Rights, makers: Holders) -> Pairs:
    world = rights.world
    claims = list(rights.holders("create", "persistentvolumeclaims"))
    volumes = list(rights.holders("create", "persistentvolumes"))
    contents = list(rights.holders("create", "volumesnapshotcontents", "snapshot.storage.k8s.io"))
    contents = [(who, right) for who, right in contents if right.space is None]
    waiting = {space for space, _, document in world.all("PersistentVolumeClaim") if _waits(world, document)}
    by_claim = [each for each in _meeting(world, volumes, makers) if each[1] in waiting]
    for who, _ in [*_meeting(world, volumes, claims, makers), *by_claim]:
        for node in world.nodes:
            if world.compute(node) != "fargate":
                yield "PV_HOSTPATH_CREATE", who, f"node/{node}"
    for who, _ in [*_meeting(world, volumes + contents, claims, makers), *by_claim]:
        for _, name, document in world.all("PersistentVolume"):
            if "csi" in document["spec"]:
                yield "PV_CSI_HANDLE", who, f"pv/{name}"


def _waits(world: World, claim: Json) -> bool:
    """Whether a claim has no volume."""
    phase, name = (claim.get("status") or {}).get("phase"), (claim.get("spec") or {}).get("volumeName")
    if phase:
        return phase != "Bound"
    return not name or world.one("PersistentVolume", "", name) is None


def _kubelets(rights: Rights, makers: Holders) -> Pairs:
    world = rights.world
    relabelled = _relabelled(rights)
    for node in world.nodes:
        info = world.info(node)
        version = [int(number) for number in re.findall(r"\d+", info.get("kubeletVersion") or "")[:3]]
        if world.compute(node) == "fargate" or info.get("operatingSystem") == "windows" or not version:
            continue
        for who, right in makers:
            if version < [1, 19, 15] or any([1, n] <= version < [1, n, fix] for n, fix in ((20, 11), (21, 5), (22, 2))):
                yield "SUBPATH_CVE", who, f"node/{node}"
            if version < [1, 28, 12] or any([1, n] <= version < [1, n, fix] for n, fix in ((29, 7), (30, 3))):
                for start in _clones(world, who, right, relabelled):
                    yield "GITREPO_EXEC", start, f"node/{node}"


def _runtimes(rights: Rights, makers: Holders) -> Pairs:
    world = rights.world
    relabelled = _relabelled(rights)
    linux = [node for node in world.nodes if world.info(node).get("operatingSystem") != "windows"]
    for _, _, advisory in world.all("Advisory"):
        stated = advisory["spec"]
        there = [node for node in linux if world.compute(node) != "fargate" and is_open(stated, world.info(node))]
        if stated["component"].lower() == "kernel" or not there:
            continue
        closed = _closed(stated.get("needs") or ())
        starts = {
            start
            for who, right in makers
            for start in (_clones(world, who, right, relabelled, closed) if closed else [who])
        }
        yield from (("CE_RUNTIME_CVE", start, f"node/{node}") for start in starts for node in there)


def _closed(needs: Iterable[str]) -> tuple[str, ...]:
    """The levels under which a pod cannot have all of what a weakness needs."""
    closed: set[str] = set()
    for need in needs:
        name = need.upper().removeprefix("CAP_")
        if need == "hostNetwork" or name in EVERY - CONTAINERD:
            closed |= {"baseline", "restricted"}
        elif need in ("root", "unconfined") or name in CONTAINERD:
            closed.add("restricted")
    return tuple(closed)


def _clones(
    world: World, who: str, right: Right, relabelled: set[str], closed: tuple[str, ...] = ("restricted",)
) -> Iterator[str]:
    """Who may have a pod that some levels forbid: as it is, or after a change of the level.

    A right on all namespaces makes use of a change only before, by name, the first that is open without saying so.
    """
    if right.subject in (MASTERS, ADMIN):
        yield who
        return
    spaces = [space for space in sorted(world.namespaces) if _here(world, right, space)]
    if right.space is not None and not right.space.endswith("*"):
        spaces = [right.space] if right.space in world.namespaces else []
    if any(_level(world, space) not in closed for space in spaces) or (right.space is None and not world.namespaces):
        yield who
    for space in spaces:
        if space in relabelled:
            yield f"{who} & change/NS_LABEL_EDIT/ns/{space}"
        elif right.space is None and _level(world, space) not in ("privileged", *closed):
            return


def _level(world: World, space: str) -> str | None:
    document = world.one("Namespace", "", space) or {"metadata": {}}
    return (document["metadata"].get("labels") or {}).get(PSA)


def _relabelled(rights: Rights) -> set[str]:
    """The namespaces whose level somebody can lift who may not do everything anyway."""
    found = set()
    for verb in ("update", "patch"):
        bound = [right for right in rights.stored(verb, "namespaces", bind_here=True) if right.space is not None]
        for right in (*rights.may(verb, "namespaces"), *bound):
            for space in rights.world.namespaces if right.subject not in (MASTERS, ADMIN) else ():
                if right.space in (None, space) and (right.names is None or space in right.names):
                    found.add(space)
    return {space for space in found if _level(rights.world, space) in ("baseline", "restricted")}


def _token_secrets(rights: Rights, makers: Holders) -> Pairs:
    reads = [each for verb in ("get", "list", "watch", "patch") for each in rights.holders(verb, "secrets")]
    homes = [account.split("/")[1] for account in rights.accounts]
    for who, space in _meeting(rights.world, rights.holders("create", "secrets"), [*reads, *makers], more=homes):
        for account in rights.accounts:
            if account.split("/")[1] == space:
                yield "TOKEN_SECRET_CREATE", who, account
