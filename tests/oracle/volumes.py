"""Catalogue, sections 3 and 4: volumes, and what else lies about for pods and people to read."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from oracle.containers import HARMLESS, Pairs, above, exposed, is_root, mounts, near
from oracle.escalations import escalations
from oracle.makers import made
from oracle.rights import Rights
from oracle.tokens import lying, token
from oracle.world import Json, Pod, World


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = Rights(world)
    list(escalations(rights))
    yield from _claims(world)
    yield from _links(rights)
    yield from _shared(world)
    yield from made(rights)
    yield from _config(rights)
    for who, right in rights.holders("get", "pods/log"):
        for pod in world.pods:
            if right.covers(pod.ref):
                what = pod.namespace if right.names is None else f"{pod.namespace}/{pod.name}"
                yield "POD_LOG_READ", who, f"logs/{what}"


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
        if "ReadWriteMany" not in modes and not pod.nodes & other.nodes:
            continue
        if any(name == used and near(part, seen) for used, seen, _ in _uses(other)):
            return True
    return False


def _share_path(world: World, pod: Pod, other: Pod) -> bool:
    if not any(world.compute(node) != "fargate" for node in pod.nodes & other.nodes):
        return False
    there = {path for container in other.containers for path, _, _ in mounts(other, container)}
    there = {path for path in there if not _is_harmless(path)}
    return any(
        any(near(path, each) for each in there) and not mount.get("readOnly") and not _is_harmless(path)
        for container in pod.containers
        for path, _, mount in mounts(pod, container)
    )


def _is_harmless(path: str) -> bool:
    tells = path.startswith("/run/") and path.endswith(".lock")
    return tells or any(above(each, path) for each in HARMLESS)


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


# Credentials.


def _config(rights: Rights) -> Pairs:
    for space, name, document in rights.world.all("ConfigMap"):
        texts = [*(document.get("data") or {}).values(), *(document["metadata"].get("annotations") or {}).values()]
        owners = {owner for text in texts for owner in _owners(text)}
        has_key = any("AKIA" in text for text in texts) and any("wJalrXUtnFEMI" in text for text in texts)
        has_certificate = all(any(f"client-{half}-data" in text for text in texts) for half in ("certificate", "key"))
        if not owners and not has_key and not has_certificate:
            continue
        ref = f"configmap/{space}/{name}"
        for pod in rights.world.pods:
            if pod.namespace == space and any(name in _configured(pod, container) for container in pod.containers):
                yield "CONFIG_CRED_READ", pod.ref, ref
        for verb in ("get", "list", "watch"):
            for who, right in rights.holders(verb, "configmaps"):
                if right.covers(ref):
                    yield "CONFIG_CRED_READ", who, ref
        yield from (("CONFIG_CRED_READ", ref, owner) for owner in owners)


def _configured(pod: Pod, container: Json) -> Iterator[str]:
    """The ConfigMaps that a container sees."""
    mounted = {mount["name"] for mount in container.get("volumeMounts") or ()}
    for volume in pod.spec.get("volumes") or ():
        sources = [volume, *(volume.get("projected") or {}).get("sources", ())] if volume["name"] in mounted else []
        yield from (each["configMap"]["name"] for each in sources if "configMap" in each)
    for each in container.get("envFrom") or ():
        if "configMapRef" in each:
            yield each["configMapRef"]["name"]
    for each in container.get("env") or ():
        if "configMapKeyRef" in each.get("valueFrom", {}):
            yield each["valueFrom"]["configMapKeyRef"]["name"]


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
