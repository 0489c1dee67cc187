"""Catalogue, sections 3 and 4: volumes, and what else lies about that pods or their makers can read."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator

from oracle.containers import HARMLESS, Pairs, above, exposed, is_root, mounts, near
from oracle.escalations import escalations
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.tokens import lying, token
from oracle.world import Json, Pod, World

PSA = "pod-security.kubernetes.io/enforce"
MAKERS = [
    ("pods", ""), ("jobs", "batch"), ("cronjobs", "batch"), ("daemonsets", "apps"), ("deployments", "apps"),
    ("replicasets", "apps"), ("statefulsets", "apps"), ("replicationcontrollers", ""),
]  # fmt: skip

Holders = list[tuple[str, Right]]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = Rights(world)
    list(escalations(rights))
    makers = list(_makers(rights))
    yield from _claims(world)
    yield from _links(rights)
    yield from _shared(world)
    yield from _volumes(rights, makers)
    yield from _kubelets(rights, makers)
    yield from _token_secrets(rights, makers)
    yield from _config(rights)
    for who, right in rights.holders("get", "pods/log"):
        for pod in world.pods:
            if right.covers(pod.ref):
                what = pod.namespace if right.names is None else f"{pod.namespace}/{pod.name}"
                yield "POD_LOG_READ", who, f"logs/{what}"
    for who, _ in makers:
        for image in _images(world):
            yield "IMAGE_CACHE_READ", who, image


def _makers(rights: Rights) -> Iterator[tuple[str, Right]]:
    """Who can make pods, and where; the names are those of other objects."""
    for resource, group in MAKERS:
        for verb in ["create"] if resource in ("pods", "jobs") else ["create", "update", "patch"]:
            for who, right in rights.holders(verb, resource, group):
                yield who, Right(right.subject, right.space, None)


# Claims.


def _claims(world: World) -> Pairs:
    for pod in world.pods:
        for name, _, _ in _uses(pod):
            yield "VOLUME_DISCOVER", pod.ref, f"pvc/{pod.namespace}/{name}"
        for volume in pod.spec.get("volumes") or ():
            if "persistentVolumeClaim" in volume:
                for node in pod.nodes:
                    if world.compute(node) != "fargate":
                        claim = volume["persistentVolumeClaim"]["claimName"]
                        yield "VOLUME_ACCESS", f"node/{node}", f"pvc/{pod.namespace}/{claim}"


def _uses(pod: Pod) -> Iterator[tuple[str, str, bool]]:
    """Each way in which a container has a claim: its name, the part that is seen, whether it can be written."""
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]
        for volume in pod.spec.get("volumes") or ()
        if "persistentVolumeClaim" in volume
    }
    for container in pod.containers:
        for device in container.get("volumeDevices") or ():
            if device["name"] in claims:
                claim = claims[device["name"]]
                yield claim["claimName"], "/", not claim.get("readOnly")
        for mount in container.get("volumeMounts") or ():
            if mount["name"] in claims:
                claim = claims[mount["name"]]
                writable = not claim.get("readOnly") and not mount.get("readOnly")
                yield claim["claimName"], exposed(mount.get("subPath") or ""), writable


def _shared(world: World) -> Pairs:
    for pod in world.pods:
        for other in world.pods:
            if pod is not other and (_share_claim(world, pod, other) or _share_path(world, pod, other)):
                yield "SHARED_VOLUME_TAINT", pod.ref, other.ref


def _share_claim(world: World, pod: Pod, other: Pod) -> bool:
    for name, part, writable in _uses(pod):
        claim = world.one("PersistentVolumeClaim", pod.namespace, name)
        modes = (claim["spec"].get("accessModes") if claim else None) or ["ReadWriteMany"]
        if not writable or pod.namespace != other.namespace or not {"ReadWriteMany", "ReadWriteOnce"} & {*modes}:
            continue
        if any(name == used and near(part, seen) for used, seen, _ in _uses(other)):
            return True
    return False


def _share_path(world: World, pod: Pod, other: Pod) -> bool:
    if not any(world.compute(node) != "fargate" for node in pod.nodes & other.nodes):
        return False
    there = {path for container in other.containers for path, _, _ in mounts(other, container)}
    return any(
        path in there and not mount.get("readOnly") and not _is_harmless(path)
        for container in pod.containers
        for path, _, mount in mounts(pod, container)
    )


def _is_harmless(path: str) -> bool:
    return any(above(each, path) for each in HARMLESS) or (path.startswith("/run/") and path.endswith(".lock"))


# The log service.


def _links(rights: Rights) -> Pairs:
    world = rights.world
    for node in world.nodes:
        if world.compute(node) == "fargate" or world.info(node).get("operatingSystem") == "windows":
            continue
        there = [pod for pod in world.pods if node in pod.nodes]
        if any(map(_links_logs, there)):
            yield from _linked(rights, node, there)


def _linked(rights: Rights, node: str, there: list[Pod]) -> Pairs:
    """What follows where some pod can put links among the logs of its node."""
    for pod in there:
        if _links_logs(pod):
            yield "CE_VAR_LOG_SYMLINK", f"{pod.ref} & {_may_read(node)}", f"files/{node}"
        for found in lying(rights.world, pod):
            yield "EXPLOIT_HOST_TRAVERSE", f"files/{node}", found
    for resource in ("nodes/log", "nodes/proxy"):
        for who, right in rights.holders("get", resource):
            # What is of nodes is of no namespace.
            if right.space is None and (right.names is None or node in ("*", *right.names)):
                yield "CE_VAR_LOG_SYMLINK", who, _may_read(node)
    for who, right in rights.holders("get", "pods/log"):
        if any(right.covers(pod.ref) for pod in there):
            yield "CE_VAR_LOG_SYMLINK", who, _may_read(node)


def _may_read(node: str) -> str:
    return f"change/CE_VAR_LOG_SYMLINK/node/{node}"


def _links_logs(pod: Pod) -> bool:
    system = [(pod.spec.get("os") or {}).get("name"), (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os")]
    return "windows" not in system and any(
        path in ("/", "/var", "/var/log") and not mount.get("readOnly") and is_root(pod, container)
        for container in pod.containers
        for path, _, mount in mounts(pod, container)
    )


# Volumes of one's own making.


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
    for who, _ in _meeting(world, volumes, claims, makers):
        for node in world.nodes:
            if world.compute(node) != "fargate":
                yield "PV_HOSTPATH_CREATE", who, f"node/{node}"
    for who, _ in _meeting(world, volumes + contents, claims, makers):
        for _, name, document in world.all("PersistentVolume"):
            if "csi" in document["spec"]:
                yield "PV_CSI_HANDLE", who, f"pv/{name}"


def _images(world: World) -> set[str]:
    """The repositories of the images that pods name."""
    found = set()
    for pod in world.pods:
        for key in ("containers", "initContainers", "ephemeralContainers"):
            for container in pod.spec.get(key) or ():
                host, _, name = container.get("image", "").partition("/")
                part = host.split(".")
                if part[1:3] == ["dkr", "ecr"]:
                    partition = "aws-cn" if host.endswith(".cn") else "aws"
                    name = name.partition("@")[0].partition(":")[0]
                    found.add(f"arn:{partition}:ecr:{part[3]}:{part[0]}:repository/{name}")
    return found


# Kubelets that are open.


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


def _clones(world: World, who: str, right: Right, relabelled: set[str]) -> Iterator[str]:
    """Who may have a pod with a volume that the level `restricted` forbids: as it is, or after a change of the level.

    A right on all namespaces makes use of a change only before, by name, the first that is open without saying so.
    """
    if right.subject in (MASTERS, ADMIN):
        yield who
        return
    spaces = [space for space in sorted(world.namespaces) if _here(world, right, space)]
    if right.space is not None and not right.space.endswith("*"):
        spaces = [right.space] if right.space in world.namespaces else []
    if any(_level(world, space) != "restricted" for space in spaces) or (right.space is None and not world.namespaces):
        yield who
    for space in spaces:
        if space in relabelled:
            yield f"{who} & change/NS_LABEL_EDIT/ns/{space}"
        elif right.space is None and _level(world, space) not in ("privileged", "restricted"):
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


# Tokens and credentials.


def _token_secrets(rights: Rights, makers: Holders) -> Pairs:
    reads = [each for verb in ("get", "list", "watch", "patch") for each in rights.holders(verb, "secrets")]
    homes = [account.split("/")[1] for account in rights.accounts]
    for who, space in _meeting(rights.world, rights.holders("create", "secrets"), [*reads, *makers], more=homes):
        for account in rights.accounts:
            if account.split("/")[1] == space:
                yield "TOKEN_SECRET_CREATE", who, account


def _config(rights: Rights) -> Pairs:
    for space, name, document in rights.world.all("ConfigMap"):
        texts = [*(document.get("data") or {}).values(), *(document["metadata"].get("annotations") or {}).values()]
        owners = {owner for text in texts for owner in _owners(text)}
        has_key = any("AKIA" in text for text in texts) and any("wJalrXUtnFEMI" in text for text in texts)
        if not owners and not has_key:
            continue
        ref = f"configmap/{space}/{name}"
        for verb in ("get", "list", "watch"):
            for who, right in rights.holders(verb, "configmaps"):
                if right.covers(ref):
                    yield "CONFIG_CRED_READ", who, ref
        yield from (("CONFIG_CRED_READ", ref, owner) for owner in owners)


def _owners(text: str) -> Iterator[str]:
    """Whom the tokens in a text speak for: three words with dots between, the second of which is the payload."""
    for word in text.split():
        parts = word.split(".")
        if len(parts) == 3 and word.startswith("eyJ"):
            payload: Json = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
            subject, audience = payload["sub"].split(":"), payload.get("aud")
            if len(subject) == 4:
                for each in [audience] if isinstance(audience, str | None) else audience:
                    yield token(f"sa/{subject[2]}/{subject[3]}", each)
