"""Catalogue, sections 4 and 7: tokens and Secrets in pods, and what their node makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.containers import PODS, Pairs, exposed, is_root, mounts, near
from oracle.world import STS, Json, Pod, World

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
ROLE_ARN, AUDIENCE = "eks.amazonaws.com/role-arn", "eks.amazonaws.com/audience"


def steps(world: World) -> Pairs:
    """Step, source and target."""
    for secret, account in legacy_tokens(world).items():
        yield "TOKEN_STEAL", secret, account
    for pod in world.pods:
        for found in held(world, pod):
            yield "IDENTITY_ASSUME" if found.startswith("sa/") else "TOKEN_STEAL", pod.ref, found
        for container in pod.containers:
            for name in (*_files(pod, container), *_variables(container)):
                yield "SECRET_MOUNT_READ", pod.ref, f"secret/{pod.namespace}/{name}"
    # On Fargate there is no node to be root on, or whose identity could be had.
    for node in world.nodes:
        if world.compute(node) != "fargate":
            yield from _of_node(world, node)
    yield from _traversed(world)


def _of_node(world: World, node: str) -> Pairs:
    kubelet = f"user/system:node:{node}"
    if node != "*":
        yield "IDENTITY_ASSUME", f"node/{node}", kubelet
    for pod in world.pods:
        if node in pod.nodes:
            yield "POD_ATTACH", f"node/{node}", pod.ref
            for name in _referenced(pod):
                yield "NODE_OBJECT_READ", kubelet, f"secret/{pod.namespace}/{name}"
            for found in _of_claims(world, pod):
                yield "NODE_OBJECT_READ", kubelet, found
            for found in _minted(world, pod):
                yield "NODE_TOKEN_REQUEST", kubelet, found


def _traversed(world: World) -> Pairs:
    for pod in world.pods:
        windows = "windows" in (
            (pod.spec.get("os") or {}).get("name"), (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os"),
        )  # fmt: skip
        reads = any(
            near(path, PODS) and is_root(pod, container)
            for container in pod.containers
            for path, _, _ in mounts(pod, container)
        )
        for node in pod.nodes if reads and not windows else ():
            if world.info(node).get("operatingSystem") == "windows" or world.compute(node) == "fargate":
                continue
            for other in world.pods:
                if node in other.nodes:
                    for found in lying(world, other):
                        yield "EXPLOIT_HOST_TRAVERSE", pod.ref, found


def lying(world: World, pod: Pod) -> Iterator[str]:
    """The tokens and Secrets in a pod's volumes, which are files on its node whoever mounts them."""
    for volume in pod.spec.get("volumes") or ():
        yield from _projected(pod, volume)
        for name in _of_volume(volume):
            yield f"secret/{pod.namespace}/{name}"
    for container in pod.containers if pod.planned else ():
        yield from _injected(world, pod, container)


def legacy_tokens(world: World) -> dict[str, str]:
    """Secrets that hold a token, and whose it is."""
    found = {}
    for space, name, document in world.all("Secret"):
        owner = (document["metadata"].get("annotations") or {}).get("kubernetes.io/service-account.name")
        if document.get("type") == "kubernetes.io/service-account-token" and owner:
            found[f"secret/{space}/{name}"] = f"sa/{space}/{owner}"
    return found


def token(account: str, audience: str | None) -> str:
    """To hold a token for the API server is to be the account."""
    if not audience or audience.startswith("https://kubernetes.default"):
        return account
    return f"token/{account.removeprefix('sa/')}/{audience}"


def held(world: World, pod: Pod) -> Iterator[str]:
    """S10: the tokens in a pod, mounted or still to be injected."""
    legacy = legacy_tokens(world)
    for container in pod.containers:
        for volume in _mounted(pod, container):
            yield from _projected(pod, volume)
        for name in _files(pod, container):
            owner = legacy.get(f"secret/{pod.namespace}/{name}")
            if owner:
                yield owner
        if pod.planned:
            yield from _injected(world, pod, container)


def _mounted(pod: Pod, container: Json) -> Iterator[Json]:
    names = {mount["name"] for mount in container.get("volumeMounts") or ()}
    for volume in pod.spec.get("volumes") or ():
        if volume["name"] in names:
            yield volume


def _sources(volume: Json) -> list[Json]:
    return list((volume.get("projected") or {}).get("sources") or ())


def _projected(pod: Pod, volume: Json) -> Iterator[str]:
    for source in _sources(volume):
        if source.get("serviceAccountToken") is not None:
            yield token(pod.account, source["serviceAccountToken"].get("audience"))


def _injected(world: World, pod: Pod, container: Json) -> Iterator[str]:
    """What admission adds to a pod that is not there yet."""
    account = world.one("ServiceAccount", pod.namespace, pod.account.rpartition("/")[2]) or {}
    wanted = pod.spec.get("automountServiceAccountToken")
    if wanted is None:
        wanted = account.get("automountServiceAccountToken")
    paths = [exposed(mount.get("mountPath", "")) for mount in container.get("volumeMounts") or ()]
    if wanted is not False and exposed(TOKEN_PATH) not in paths:
        yield pod.account
    annotations = (account.get("metadata") or {}).get("annotations") or {}
    if annotations.get(ROLE_ARN):
        yield token(pod.account, annotations.get(AUDIENCE) or STS)


def _files(pod: Pod, container: Json) -> Iterator[str]:
    """The Secrets that a container mounts."""
    for volume in _mounted(pod, container):
        yield from _of_volume(volume)


def _of_volume(volume: Json) -> Iterator[str]:
    if (volume.get("secret") or {}).get("secretName"):
        yield volume["secret"]["secretName"]
    for source in _sources(volume):
        if (source.get("secret") or {}).get("name"):
            yield source["secret"]["name"]


def _variables(container: Json) -> Iterator[str]:
    """The Secrets in a container's environment."""
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
        if reference and reference.get("name"):
            yield reference["name"]
    for group in container.get("envFrom") or ():
        if (group.get("secretRef") or {}).get("name"):
            yield group["secretRef"]["name"]


def _of_claims(world: World, pod: Pod) -> Iterator[str]:
    """The Secrets that drivers on the node are given for the volumes of a pod's claims."""
    for volume in pod.spec.get("volumes") or ():
        named = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        claim = world.one("PersistentVolumeClaim", pod.namespace, named) if named else None
        stored = world.one("PersistentVolume", "", (claim or {"spec": {}})["spec"].get("volumeName") or "")
        driver = ((stored or {}).get("spec") or {}).get("csi") or {}
        for use in ("Publish", "Stage", "Expand"):
            if f"node{use}SecretRef" in driver:
                yield "secret/{namespace}/{name}".format(**driver[f"node{use}SecretRef"])


def _referenced(pod: Pod) -> Iterator[str]:
    """The Secrets that the node authorizer sees a reference to: in any container, mounted or not, to pull images."""
    for volume in pod.spec.get("volumes") or ():
        yield from _of_volume(volume)
        if "nodePublishSecretRef" in (volume.get("csi") or {}):
            yield volume["csi"]["nodePublishSecretRef"]["name"]
    for key in ("containers", "initContainers", "ephemeralContainers"):
        for container in pod.spec.get(key) or ():
            yield from _variables(container)
    for reference in pod.spec.get("imagePullSecrets") or ():
        if reference.get("name"):
            yield reference["name"]


def secrets(world: World) -> set[str]:
    """Every Secret that is known: collected, or named by a pod."""
    found = {f"secret/{space}/{name}" for space, name, _ in world.all("Secret")}
    return found | {f"secret/{pod.namespace}/{name}" for pod in world.pods for name in _referenced(pod)}


def audiences(world: World) -> list[str]:
    """For whom tokens of this cluster are worth something."""
    known = {audience for each in providers(world).values() for audience in each} or {STS}
    return sorted(known | {"pods.eks.amazonaws.com" for _ in world.associations()})


def providers(world: World) -> dict[str, list[str]]:
    """The OIDC providers of the account, with their audiences."""
    known = {
        answer["Url"].removeprefix("https://"): answer["ClientIDList"] for answer in world.answers if "Url" in answer
    }
    arns = [each["Arn"] for each in world.said_each("OpenIDConnectProviderList")]
    return {arn: known.get(arn.partition(":oidc-provider/")[2]) or [STS] for arn in arns}


def _minted(world: World, pod: Pod) -> Iterator[str]:
    """What a node may ask for on behalf of a pod: since 1.33, tokens that the pod itself has in a volume."""
    for volume in pod.spec.get("volumes") or ():
        yield from _projected(pod, volume)
    for container in pod.containers if pod.planned else ():
        yield from _injected(world, pod, container)
    if world.server_before(33):
        yield pod.account
        for audience in audiences(world):
            yield token(pod.account, audience)
