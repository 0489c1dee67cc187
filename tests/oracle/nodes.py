"""The catalogue's sections 7 and 14: what a node's identity and role are good for, and a control plane of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import yaml

from oracle.aws import document, principals, strangers
from oracle.conditions import UNKNOWN
from oracle.connections import AGENT, connections
from oracle.containers import Pairs, above, is_root, mounts
from oracle.images import repositories
from oracle.mapping import NODE_TYPES, _has_metadata, _session, mappings, mode
from oracle.policies import Ask, allowed
from oracle.rights import ADMIN, EVERYBODY, Rights
from oracle.world import Json, Pod, World

PODS = "pods.eks.amazonaws.com"
LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def steps(world: World) -> Pairs:
    """Step, source and target."""
    roles = _node_roles(world)
    yield from _names(world, roles)
    yield from _labels(world)
    yield from _permissions(world, roles)
    yield from _pod_identity(world, roles)
    yield from _kubelets(world)
    yield from _control_plane(world)


def _node_roles(world: World) -> dict[str, list[tuple[str, str]]]:
    """Each role that nodes carry: the nodes, and the session of each."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in world.nodes:
        held = _session(world, node)
        if _has_metadata(world, node) and len(held) == 2:
            found.setdefault(held[1], []).append((node, held[0]))
    return found


# Names: which node, which user, which group.


def _names(world: World, roles: dict[str, list[tuple[str, str]]]) -> Pairs:
    everyone = set(world.nodes)
    instances = {node for node in everyone if _has_metadata(world, node)}
    reach: dict[str, set[str]] = {}
    for role, username in _as_nodes(world):
        reach.setdefault(role, set()).update(everyone if "{{SessionName" in username else instances)
    for role in roles:
        reach.setdefault(role, set(instances))
    for role, nodes in reach.items():
        for who in _takers(world, role):
            yield from (("NODE_SESSION_SPOOF", who, f"user/system:node:{node}") for node in nodes)
    for each in mappings(world):
        for target in (each.user, *each.groups) if not each.picked else ():
            for _, session in roles.get(each.principal, ()) if target and not _is_usual(target) else ():
                yield "NODE_GROUP_MISMAP", session, target or ""


def _takers(world: World, role: str) -> Iterator[str]:
    """Who else may assume a role."""
    for each in world.said_each("RoleDetailList"):
        if each["Arn"] == role:
            trust = document(each["AssumeRolePolicyDocument"])
            for who, policies, boundary in principals(world):
                if who != role and allowed(Ask(world, who, "sts:AssumeRole", role, policies, boundary, trust)):
                    yield who
            yield from strangers(world, role, trust)


def _is_usual(target: str) -> bool:
    """Whether it is what nodes are anyway."""
    kind, _, name = target.partition("/")
    if kind == "user":
        return name.startswith("system:node:")
    return name in ("system:nodes", "system:bootstrappers", "system:node-proxier", "eks:kube-proxy-windows")


def _as_nodes(world: World) -> Iterator[tuple[str, str]]:
    """The roles that are mapped to nodes, with the name that a node gets."""
    entries = []
    if mode(world) != "CONFIG_MAP":
        for entry in world.said("accessEntry"):
            entries.append(entry["principalArn"])
            if entry.get("type") in NODE_TYPES:
                named = entry.get("username") or ""
                yield entry["principalArn"], "{{SessionName}}" if entry["type"][:6] in ("HYBRID", "FARGAT") else named
    data = (world.one("ConfigMap", "kube-system", "aws-auth") or {}).get("data") or {}
    for each in yaml.safe_load(data.get("mapRoles") or "[]") if mode(world) != "API" else ():
        if each["rolearn"] not in entries and (each.get("username") or "").startswith("system:node:{{"):
            yield each["rolearn"], each["username"]


# Labels.


EVERYWHERE = {f"{domain}kubernetes.io/{name}" for domain in ("", "beta.") for name in ("os", "arch")}


def _labels(world: World) -> Pairs:
    for pod in world.pods:
        wanted = _wanted(pod.spec) if _has_owner(world, pod) else []
        for node in world.nodes if wanted and all(wanted) else ():
            if world.compute(node) == "fargate":
                continue
            free = [keys for keys in wanted if all(_is_free(key) for key in keys)]
            if any(keys - EVERYWHERE for keys in free):
                yield "NODE_LABEL_ATTRACT", f"user/system:node:{node}", pod.ref
            if not free and world.server_before(34):
                yield "NODE_RECREATE_CVE", f"user/system:node:{node}", pod.ref


def _wanted(spec: Json) -> list[set[str]]:
    """The labels that a pod asks for: one of these sets."""
    selected = set(spec.get("nodeSelector") or {})
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    if "requiredDuringSchedulingIgnoredDuringExecution" not in affinity:
        return [selected]
    found = []
    for term in affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]:
        each = term.get("matchExpressions") or ()
        found.append(selected | {one["key"] for one in each if one["operator"] not in ("NotIn", "DoesNotExist")})
    return found


def _has_owner(world: World, pod: Pod) -> bool:
    served = _served(world, pod)
    # Of what is not served as a pod, a template was found.
    return served is None or world._owner(pod.namespace, served) is not None


def _served(world: World, pod: Pod) -> Json | None:
    """The document of a pod, or nothing for one that a controller is yet to make."""
    found = world.one("Pod", pod.namespace, pod.name)
    return None if found is None or (found.get("status") or {}).get("phase") in ("Succeeded", "Failed") else found


def _is_free(key: str) -> bool:
    """Whether NodeRestriction leaves a label to the kubelet."""
    domain, name = key.split("/") if "/" in key else ("", key)
    parts = domain.split(".")
    if parts[-2:] not in (["kubernetes", "io"], ["k8s", "io"]):
        return True
    if parts[-3:] in (["node", "kubernetes", "io"], ["kubelet", "kubernetes", "io"]):
        return True
    return (domain, name) in {
        ("kubernetes.io", "hostname"), ("kubernetes.io", "os"), ("kubernetes.io", "arch"),
        ("beta.kubernetes.io", "os"), ("beta.kubernetes.io", "arch"), ("beta.kubernetes.io", "instance-type"),
        ("topology.kubernetes.io", "zone"), ("topology.kubernetes.io", "region"),
        ("failure-domain.beta.kubernetes.io", "zone"), ("failure-domain.beta.kubernetes.io", "region"),
    }  # fmt: skip


# What the role may do.


def _may(world: World, role: str, *actions: str, resource: str = "*") -> bool:
    """Whether a role may do all of these things; of one that was not collected, anything may be true."""
    held = {who: (policies, boundary) for who, policies, boundary in principals(world)}
    policies, boundary = held.get(role, ([UNKNOWN], None))
    # What is elsewhere has a policy that we do not see.
    own = UNKNOWN if resource != "*" and resource.split(":")[4] != role.split(":")[4] else None
    return all(allowed(Ask(world, role, action, resource, policies, boundary, own)) for action in actions)


def _permissions(world: World, roles: dict[str, list[tuple[str, str]]]) -> Pairs:
    pulled = {found for pod in world.pods for found in repositories(pod)}
    moves = ("CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute")
    for role, held in roles.items():
        for repository in pulled:
            if _may(world, role, "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", resource=repository):
                yield "NODE_ECR_PULL", role, repository
                yield from (("NODE_ECR_PULL", session, repository) for _, session in held)
        own = [session for node, session in held if world.compute(node) != "auto"]
        if own and _may(world, role, *(f"ec2:{each}" for each in moves)):
            yield from (("NODE_ENI_PIVOT", each, "vpc") for each in (role, *own))


def _pod_identity(world: World, roles: dict[str, list[tuple[str, str]]]) -> Pairs:
    clusters = [cluster["name"] for cluster in world.said("cluster")]
    for each in world.associations():
        if clusters and each["clusterName"] not in clusters:
            continue
        given, account = each["roleArn"], each["associationArn"].split(":")[4]
        cluster = f"arn:aws:eks:eu-west-1:{account}:cluster/{each['clusterName']}"
        if not _gives(world, each, cluster):
            continue
        given = each.get("targetRoleArn") or given
        token = f"token/{each['namespace']}/{each['serviceAccount']}/{PODS}"
        for pod in world.pods:
            if _reaches_agent(world, pod):
                yield "PODID_AGENT_REPLAY", f"{pod.ref} & {token}", given
        for role in roles:
            if _may(world, role, "eks-auth:AssumeRoleForPodIdentity", resource=cluster):
                yield "NODE_PODID_HARVEST", f"{token} & {role}", given


def _reaches_agent(world: World, pod: Pod) -> bool:
    on_fargate = any(world.compute(node) == "fargate" for node in pod.nodes) and pod.spec.get("nodeName")
    systems = [(pod.spec.get("os") or {}).get("name"), (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os")]
    there = pod.spec.get("nodeName")
    if "windows" in systems or (there and world.info(there).get("operatingSystem") == "windows"):
        return False
    return not on_fargate and connections(world).to(pod, [AGENT], 80)


def _gives(world: World, each: Json, cluster: str) -> bool:
    """Whether the trust of the role lets the service have it, and that of a target role the role."""
    trusts = {role["Arn"]: document(role["AssumeRolePolicyDocument"]) for role in world.said_each("RoleDetailList")}
    if each.get("isListed"):
        return True
    tags = {
        "eks-cluster-arn": cluster, "eks-cluster-name": each["clusterName"],
        "kubernetes-namespace": each["namespace"], "kubernetes-service-account": each["serviceAccount"],
    }  # fmt: skip
    known = {f"aws:requesttag/{name}": (value,) for name, value in tags.items()}
    if each.get("disableSessionTags"):
        known = dict.fromkeys(known, ())
    known |= {"aws:principalisawsservice": ("true",), "aws:principalservicename": (PODS,)}
    role, target = each["roleArn"], each.get("targetRoleArn")
    # Where an account's roles are all known, one that is not there is none.
    if any(arn and arn not in trusts and any(arn.split(":")[4] == other.split(":")[4] for other in trusts)
           for arn in (role, target)):  # fmt: skip
        return False
    for action in ("sts:AssumeRole", "sts:TagSession") if role in trusts else ():
        if not allowed(Ask(world, PODS, action, role, own=trusts[role], kind="Service", known=known)):
            return False
    for who, policies, boundary in principals(world):
        if who == role and target in trusts:
            return allowed(Ask(world, who, "sts:AssumeRole", target, policies, boundary, trusts[target]))
    return True


# A control plane of one's own.


def _is_eks(world: World) -> bool:
    versions = [world.info(node).get("kubeletVersion", "") for node in world.nodes]
    return any(True for _ in world.said("cluster")) or any("-eks-" in version for version in versions)


def _kubelets(world: World) -> Pairs:
    for space, name, stored in world.all("ConfigMap"):
        if space != "kube-system" or not name.startswith("kubelet-config") or _is_eks(world):
            continue
        found = yaml.safe_load((stored.get("data") or {}).get("kubelet") or "") or {}
        anonymous = (found.get("authentication") or {}).get("anonymous") or {}
        if anonymous.get("enabled") is True and (found.get("authorization") or {}).get("mode") == "AlwaysAllow":
            for pod in world.pods:
                for node in pod.nodes:
                    if world.compute(node) != "fargate":
                        yield "KUBELET_ANON", f"kubelet/{node}", pod.ref


def _control_plane(world: World) -> Pairs:
    if _is_eks(world):
        return
    own = {node for node in world.nodes if set(LABELS) & set(world.node(node)["metadata"].get("labels") or {})}
    for node in own:
        # Whether in a pod or not, an API server may well run there.
        yield "CP_NODE_ADMIN", f"node/{node}", ADMIN
    for pod in world.pods:
        for container in pod.containers:
            at_home = [node for node in pod.nodes & own if world.compute(node) != "fargate"]
            for step in _by_files(world, pod, container, at_home):
                yield step, pod.ref, ADMIN
            if pod.namespace == "kube-system":
                yield from _by_flags(world, pod, container)
    for bucket in _buckets(world):
        if "kops" in bucket and "state" in bucket:
            yield "CP_STATE_BUCKET", bucket, ADMIN


def _by_files(world: World, pod: Pod, container: Json, nodes: list[str]) -> Iterator[str]:
    systems = {(pod.spec.get("os") or {}).get("name"), (pod.spec.get("nodeSelector") or {}).get("kubernetes.io/os")}
    nodes = [node for node in nodes if world.info(node).get("operatingSystem") != "windows"]
    if not nodes or "windows" in systems or not is_root(pod, container):
        return
    for path, _, _ in mounts(pod, container):
        if above(path, "/var/lib/etcd") or above("/var/lib/etcd", path):
            yield "CP_ETCD_ACCESS"
        folder, _, name = path.rpartition("/")
        if above(path, "/etc/kubernetes/pki"):
            yield from ("CP_SIGNING_KEY", "CP_ETCD_ACCESS")
        if folder == "/etc/kubernetes/pki" and name in (
            "ca.key",
            "sa.key",
            "front-proxy-ca.key",
            "front-proxy-client.key",
        ):
            yield "CP_SIGNING_KEY"
        if folder == "/etc/kubernetes/pki" and name in ("etcd", "apiserver-etcd-client.key"):
            yield "CP_ETCD_ACCESS"
        if folder == "/etc/kubernetes/pki/etcd" and name.endswith(".key"):
            yield "CP_ETCD_ACCESS"


def _by_flags(world: World, pod: Pod, container: Json) -> Pairs:
    words = " ".join([*(container.get("command") or ()), *(container.get("args") or ())]).split()
    name = re.split("[:@]", (container.get("image") or "").split("/")[-1])[0]
    program = {"etcd": "etcd", "kube-apiserver": "kube-apiserver"}.get(name) or (
        words[0].split("/")[-1] if words else ""
    )
    if program == "etcd":
        urls = [urlsplit(url).hostname or "" for url in (_flag(words, "listen-client-urls") or "").split(",")]
        is_near = urls != [""] and all(host == "localhost" or host.startswith("127.") for host in urls)
        if _flag(words, "client-cert-auth", "true") in (None, "false") and not is_near:
            yield "CP_ETCD_ACCESS", _endpoint(world, pod), ADMIN
    if program == "kube-apiserver":
        if (_flag(words, "insecure-port") or "0") != "0":
            yield "CP_APISERVER_OPEN", "apiserver", ADMIN
        modes = _flag(words, "authorization-mode")
        if modes is None and _flag(words, "authorization-config") is None:
            modes = "AlwaysAllow"
        if "AlwaysAllow" in (modes or "").split(","):
            rights = Rights(world)
            for who in {*rights.members(EVERYBODY), EVERYBODY}:
                yield "CP_APISERVER_OPEN", who, ADMIN


def _flag(words: list[str], name: str, bare: str = "") -> str | None:
    """The last value of a flag, in one word or two; of a switch without a value, `bare`."""
    value = None
    for number, word in enumerate(words):
        if word.startswith(f"--{name}="):
            value = word.split("=", 1)[1]
        elif word == f"--{name}":
            value = bare or "".join(words[number + 1 : number + 2])
    return value


def _endpoint(world: World, pod: Pod) -> str:
    short = {"Deployment": "deploy", "DaemonSet": "ds", "StatefulSet": "sts", "ReplicaSet": "rs",
             "ReplicationController": "rc", "Job": "job", "CronJob": "cronjob"}  # fmt: skip
    served = _served(world, pod)
    top = world._top(pod.namespace, served) if served else None
    for kind in short if served is None else ():
        # A stand-in is called after its controller, and perhaps after its kind or its node.
        for space, name, _ in world.all(kind):
            names = (name, f"{name}@{short[kind]}")
            plain = pod.name.rpartition("@")[0] if kind == "DaemonSet" and pod.name not in names else pod.name
            if space == pod.namespace and plain in names:
                top = (kind, space, name)
    if top is None:
        return f"endpoint/{pod.namespace}/pod/{pod.name}"
    return f"endpoint/{pod.namespace}/{short[top[0]]}/{top[2]}"


def _buckets(world: World) -> Iterator[str]:
    yield from (f"arn:aws:s3:::{bucket['Name']}" for bucket in world.said_each("Buckets"))
    for answer in world.answers:
        if isinstance(answer.get("Policy"), str) and not {"KeyId", "ResourceArn"} & answer.keys():
            yield document(answer["Policy"])["Statement"]["Resource"].split("/")[0]
