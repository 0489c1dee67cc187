"""S20 and the catalogue's sections 7, 10 and 13: metadata service, node roles, and AWS principals in the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from oracle import interceptors
from oracle.connections import METADATA, connections
from oracle.containers import Pairs
from oracle.world import Json, World

NODE_TYPES = ["EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "FARGATE_LINUX", "HYPERPOD_LINUX"]


@dataclass(frozen=True)
class Mapping:
    """What an AWS principal is in the cluster."""

    principal: str
    user: str | None
    groups: tuple[str, ...]
    # Whether somebody has to name the session so.
    picked: bool = False


def steps(world: World) -> Pairs:
    """Step, source and target."""
    for each in mappings(world):
        for target in (each.user, *each.groups):
            if target is not None:
                yield "AWS_MAPPED_IDENTITY", each.principal, target
    for node in world.nodes:
        if not _has_metadata(world, node):
            continue
        options = _options(world, node)
        found = _session(world, node)
        if options.get("HttpEndpoint") != "disabled":
            yield from _answered(world, node, options, found)
        if found:
            # A node that is there has joined, so its role is mapped, wherever that is written.
            yield "NODE_IDENTITY", found[0], f"user/system:node:{node}"


def _answered(world: World, node: str, options: Json, credentials: list[str]) -> Pairs:
    for pod in world.pods:
        ordinary = _answers_pods(world, node, options) and interceptors.gets_past(world, node)
        answers = pod.spec.get("hostNetwork") or ordinary
        if node in pod.nodes and answers and connections(world).to(pod, [METADATA], 80):
            yield "IMDS_REACH", pod.ref, f"imds/{node}"
            if interceptors.exist(world):
                yield "KUBE2IAM_BYPASS", pod.ref, f"imds/{node}"
    for credential in credentials:
        yield "IMDS_CRED", f"imds/{node}", credential
        yield "NODE_ROLE_CRED", f"node/{node}", credential


def _has_metadata(world: World, node: str) -> bool:
    provider = (world.node(node).get("spec") or {}).get("providerID") or "aws:"
    return world.compute(node) not in ("fargate", "hybrid") and provider.startswith("aws:")


def _instance(world: World, node: str) -> tuple[str, Json] | None:
    """The account of an instance, and the instance, by provider id or else by private name."""
    provider = (world.node(node).get("spec") or {}).get("providerID") or ""
    running = [
        (reservation["OwnerId"], instance)
        for reservation in world.said_each("Reservations")
        for instance in reservation["Instances"]
        if (instance.get("State") or {}).get("Name") not in ("terminated", "shutting-down")
    ]
    for key, value in (("InstanceId", provider.rpartition("/")[2]), ("PrivateDnsName", node)):
        for owner, instance in running:
            if value and instance.get(key) == value:
                return owner, instance
    return None


def _options(world: World, node: str) -> Json:
    found = _instance(world, node)
    return (found[1].get("MetadataOptions") or {}) if found else {}


def _answers_pods(world: World, node: str, options: Json) -> bool:
    """S20: what is not known may well be so."""
    if world.compute(node) == "auto":
        return False
    return options.get("HttpTokens") != "required" or (options.get("HttpPutResponseHopLimit") or 2) >= 2


def _session(world: World, node: str) -> list[str]:
    """The session that a node's metadata service hands out, and its role where that is known."""
    found = _instance(world, node)
    if found is None:
        return _by_group(world, node, node) or [_assumed("unknown", "unknown", node)]
    instance = found[1]
    if not instance.get("IamInstanceProfile"):
        return []
    wanted = instance["IamInstanceProfile"]["Arn"]
    profiles = [*world.said_each("InstanceProfiles")]
    for role in world.said_each("RoleDetailList"):
        profiles += role.get("InstanceProfileList") or ()
    for profile in profiles:
        if profile["Arn"] == wanted:
            if not profile["Roles"]:
                return []
            role = profile["Roles"][0]
            return [_assumed(role["Arn"].split(":")[4], role["RoleName"], instance["InstanceId"]), role["Arn"]]
    by_group = _by_group(world, node, instance["InstanceId"])
    return by_group or [_assumed(wanted.split(":")[4], "unknown", instance["InstanceId"])]


def _by_group(world: World, node: str, session: str) -> list[str]:
    """The session and the role of a node whose group is known."""
    label = (world.node(node)["metadata"].get("labels") or {}).get("eks.amazonaws.com/nodegroup")
    for group in world.said("nodegroup"):
        if label and group["nodegroupName"] == label and group.get("nodeRole"):
            arn = group["nodeRole"]
            return [_assumed(arn.split(":")[4], arn.rpartition("/")[2], session), arn]
    return []


def _assumed(account: str, role: str, session: str) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session}"


# AWS principals in the cluster.


def mode(world: World) -> str:
    """The authentication mode, or nothing where no cluster tells it."""
    for cluster in world.said("cluster"):
        return (cluster.get("accessConfig") or {}).get("authenticationMode") or ""
    return ""


def entered(world: World) -> set[str]:
    """The principals that have an access entry, which only the newer modes know."""
    found = {entry["principalArn"] for entry in world.said("accessEntry")} | {*world.said_each("accessEntries")}
    return found | {answer["principalArn"] for answer in world.answers if "associatedAccessPolicies" in answer}


def mappings(world: World) -> list[Mapping]:
    """Every mapping in force: an access entry wins over aws-auth."""
    entries = list(_entries(world)) if mode(world) != "CONFIG_MAP" else []
    listed = list(_aws_auth(world)) if mode(world) != "API" else []
    taken = entered(world) if mode(world) != "CONFIG_MAP" else set()
    found = entries + [each for each in listed if each.principal not in taken]
    return [plain for each in found for plain in _plainly(each)] + [
        picked for each in found for picked in _picked(world, each)
    ]


def _plainly(each: Mapping) -> Iterator[Mapping]:
    """What a principal is under any name of its session."""
    groups = tuple(_filled(each.principal, group) for group in each.groups)
    user = _filled(each.principal, each.user) if each.user else None
    yield Mapping(each.principal, user, tuple(group for group in groups if "{{Session" not in group))


def _filled(principal: str, text: str) -> str:
    text = text.replace("{{AccountID}}", principal.split(":")[4])
    return text if ":role/" in principal else re.sub(r"{{SessionName(Raw)?}}", "", text)


def _picked(world: World, each: Mapping) -> Iterator[Mapping]:
    """What else it is, where whoever takes the role names the session so."""
    bound = {
        f"{subject['kind'].lower()}/{subject['name']}"
        for _, _, binding in world.all("RoleBinding", "ClusterRoleBinding")
        for subject in binding.get("subjects") or ()
        if subject["kind"] in ("User", "Group")
    }
    plain = next(_plainly(each)).groups
    for template in (each.user or "", *each.groups) if ":role/" in each.principal else ():
        head, mark, tail = _filled(each.principal, template).partition("{{SessionName")
        is_raw, tail = tail.startswith("Raw}}"), tail.partition("}}")[2]
        for name in sorted(bound) if mark else ():
            middle = name[len(head) : len(name) - len(tail)]
            fits = all(letter.isalnum() or letter in "_+=,.-" + "@" * is_raw for letter in middle)
            if name == head + middle + tail and 2 <= len(middle) <= 64 and fits:
                is_user = name.startswith("user/")
                yield Mapping(each.principal, name if is_user else None, plain if is_user else (name,), picked=True)


def access(world: World) -> Iterator[tuple[str, str, list[str]]]:
    """The user, the policy and the namespaces (none for all) of every access policy in force."""
    if mode(world) == "CONFIG_MAP":
        return
    users = {entry["principalArn"]: entry.get("username") for entry in world.said("accessEntry")}
    for answer in world.answers:
        for each in answer.get("associatedAccessPolicies") or ():
            user = users.get(answer["principalArn"]) or answer["principalArn"]
            scope = each["accessScope"]
            spaces = scope.get("namespaces") if scope["type"] == "namespace" else []
            yield f"user/{user}", each["policyArn"].rpartition("/")[2], list(spaces or ())


def _entries(world: World) -> Iterator[Mapping]:
    known = set()
    for entry in world.said("accessEntry"):
        known.add(entry["principalArn"])
        is_node = entry.get("type") in NODE_TYPES
        # Where no name is given, EKS takes the principal's ARN.
        user = None if is_node else f"user/{entry.get('username') or entry['principalArn']}"
        yield Mapping(
            entry["principalArn"], user, tuple(f"group/{each}" for each in entry.get("kubernetesGroups") or ())
        )
    for principal in entered(world) - known:
        yield Mapping(principal, f"user/{principal}", ())


def _aws_auth(world: World) -> Iterator[Mapping]:
    data = (world.one("ConfigMap", "kube-system", "aws-auth") or {}).get("data") or {}
    roles = [role["Arn"] for role in world.said_each("RoleDetailList")]
    for field, key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for each in yaml.safe_load(data.get(field) or "[]") or ():
            name = each.get("username") or ""
            user = f"user/{name}" if name and not name.startswith("system:node:{{") else None
            groups = tuple(f"group/{group}" for group in each.get("groups") or ())
            for principal in [arn for arn in roles if _plain(arn) == each[key]] or [each[key]]:
                yield Mapping(principal, user, groups)
    people = [user["Arn"] for user in world.said_each("UserDetailList")]
    for account in yaml.safe_load(data.get("mapAccounts") or "[]") or ():
        for arn in (*roles, *people):
            if arn.split(":")[4] == str(account):
                yield Mapping(arn, f"user/{arn}", ())


def mapped_roles(world: World) -> Iterator[tuple[str, str, list[str]]]:
    """The roles in aws-auth, each with its username and groups."""
    data = (world.one("ConfigMap", "kube-system", "aws-auth") or {}).get("data") or {}
    roles = [role["Arn"] for role in world.said_each("RoleDetailList")]
    for each in yaml.safe_load(data.get("mapRoles") or "[]") or ():
        for principal in [arn for arn in roles if _plain(arn) == each["rolearn"]] or [each["rolearn"]]:
            yield principal, each.get("username") or "", each.get("groups") or []


def _plain(arn: str) -> str:
    """A role's ARN without its path, as aws-auth has it."""
    head, marked, rest = arn.partition(":role/")
    return head + marked + rest.rpartition("/")[2]
