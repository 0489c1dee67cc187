"""The raw document that a fact names, whatever printed it, and edits of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from kpath.evidence import Fact
from kpath.model.kinds import CLUSTER_SCOPED, KINDS

Json = dict[str, Any]
# In place of a value: nothing, or not even what holds the field.
ABSENT, NO_PARENT = object(), object()

# What a fact may name though no document holds it, and why.
SYNTHETIC = {
    "group/system:masters": "built into the API server",
    "cluster-admin": "a goal, no object",
    "node/*": "the node of pods that only manifests describe",
    "clusterrole/": "every API server has it, and the snapshot does not",
    "arn:aws:iam::aws:policy/": "AWS's own policy, which the snapshot does not hold",
    "node/": "a node that is known by its pods alone",
    "ns/": "a namespace that is known by its objects alone",
}  # fmt: skip


# Answers of EKS about one thing, and which field names it.
EKS = (("cluster", "arn"), ("nodegroup", "nodegroupArn"), ("accessEntry", "accessEntryArn"),
       ("association", "associationArn"))  # fmt: skip

# Lists of what runs as a role, and which field names each.
RUNNING = (("Functions", "FunctionArn"), ("projects", "arn"), ("Stacks", "StackId"), ("tasks", "taskArn"))


class Documents:
    """The objects of a snapshot by ref: each with every copy of it, in place."""

    def __init__(self, documents: list[Json]) -> None:
        self.by_ref: dict[str, list[Json]] = {}
        for document in documents:
            for ref, found in _objects(document):
                self.by_ref.setdefault(ref, []).append(found)

    def holds(self, fact: Fact) -> bool:
        """Whether the field is there, with that value."""
        return any(_cited(looked_up(each, fact.at)) == fact.value for each in self.by_ref[fact.of])

    def is_synthetic(self, fact: Fact) -> bool:
        return fact.of not in self.by_ref and any(
            fact.of == name or (name.endswith("/") and fact.of.startswith(name)) for name in SYNTHETIC
        )


def _objects(document: Json) -> Iterator[tuple[str, Json]]:
    kind = document.get("kind")
    if kind in KINDS:
        meta = document["metadata"]
        space = [] if kind in CLUSTER_SCOPED else [meta.get("namespace") or "default"]
        yield "/".join([KINDS[kind].ref, *space, meta["name"]]), document
    yield from _of_iam(document)
    yield from _of_eks(document)
    for reservation in document.get("Reservations") or ():
        for each in reservation["Instances"]:
            region = each["Placement"]["AvailabilityZone"][:-1]
            yield f"arn:aws:ec2:{region}:{reservation['OwnerId']}:instance/{each['InstanceId']}", each
    yield from _of_running(document)
    for each in document.get("AccessKeyMetadata") or ():
        yield f"accesskey/{each['AccessKeyId']}", each
    yield from _of_data(document)
    if isinstance(document.get("Policy"), dict):
        yield document["Policy"]["PolicySummary"]["Arn"], document
    elif "Policy" in document and not {"KeyId", "ResourceArn"} & document.keys():
        resource = json.loads(document["Policy"])["Statement"]["Resource"]
        yield resource.split("/")[0], document
    for each in document.get("Buckets") or ():
        yield f"arn:aws:s3:::{each['Name']}", each
    for each in document.get("SecretList") or ():
        yield each["ARN"], each
    if "ResourcePolicy" in document:
        yield document["ARN"], document


HERE = "arn:aws:{}:eu-west-1:111122223333:{}"


def _of_data(document: Json) -> Iterator[tuple[str, Json]]:
    """Parameters, tables, snapshots, keys and repositories, and what answers beside say of them."""
    for key, arn in (("Parameters", "ARN"), ("repositories", "repositoryArn"), ("DBSnapshots", "DBSnapshotArn"),
                     ("DBClusterSnapshots", "DBClusterSnapshotArn"), ("Keys", "KeyArn")):  # fmt: skip
        yield from ((each[arn], each) for each in document.get(key) or ())
    if "Table" in document:
        yield document["Table"]["TableArn"], document["Table"]
    if "ResourceArn" in document:
        yield document["ResourceArn"], document
    if "KeyId" in document:
        name = document["KeyId"]
        yield name if name.startswith("arn:") else HERE.format("kms", f"key/{name}"), document
    if "policyText" in document:
        yield HERE.format("ecr", f"repository/{document['repositoryName']}"), document
    if "DBSnapshotAttributesResult" in document:
        found = document["DBSnapshotAttributesResult"]
        yield HERE.format("rds", f"snapshot:{found['DBSnapshotIdentifier']}"), found


def _of_iam(document: Json) -> Iterator[tuple[str, Json]]:
    for key in ("RoleDetailList", "UserDetailList", "GroupDetailList", "Policies", "InstanceProfiles"):
        for each in (document.get(key) or ()) if "ResourceArn" not in document else ():
            yield each["Arn"], each
            for profile in each.get("InstanceProfileList") or ():
                yield profile["Arn"], profile


def _of_running(document: Json) -> Iterator[tuple[str, Json]]:
    """What runs as a role."""
    for key, arn in RUNNING:
        for each in document.get(key) or ():
            if isinstance(each, dict):
                yield each[arn], each
    for each in document.get("DevEndpoints") or ():
        head = f"arn:aws:glue:{each['AvailabilityZone'][:-1]}:{each['RoleArn'].split(':')[4]}"
        yield f"{head}:devEndpoint/{each['EndpointName']}", each
    for arn in ("NotebookInstanceArn", "stateMachineArn", "codeInterpreterArn"):
        if arn in document:
            yield document[arn], document
    for key, arn in (("Service", "ServiceArn"), ("taskDefinition", "taskDefinitionArn")):
        if key in document:
            yield document[key][arn], document[key]


def _of_eks(document: Json) -> Iterator[tuple[str, Json]]:
    for key, arn in EKS:
        if key in document:
            yield document[key][arn], document[key]
    for each in document.get("associations") or ():
        yield each["associationArn"], each
    for each in document.get("accessEntries") or ():
        yield each, document
    if "associatedAccessPolicies" in document:
        # The policies of an entry are an answer of their own, and facts of the entry.
        kind, name = document["principalArn"].split(":")[5].split("/", 1)
        account = document["principalArn"].split(":")[4]
        yield f"arn:aws:eks:eu-west-1:{account}:access-entry/shop/{kind}/{account}/{name}/1", document
        yield document["principalArn"], document


def tokens(at: str) -> list[str]:
    """RFC 6901."""
    return [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]


def looked_up(document: Any, at: str) -> Any:
    """What a pointer points at; it leads on through a policy that is written as text."""
    for token in tokens(at):
        document = _opened(document)
        if isinstance(document, list):
            document = document[int(token)] if token.isdigit() and int(token) < len(document) else ABSENT
        elif isinstance(document, dict):
            document = document.get(token, ABSENT)
        else:
            return ABSENT
    return document


def _opened(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) and document.startswith("{") else document


def _cited(value: Any) -> str | None:
    if value is ABSENT or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def edited(documents: list[Json], fact: Fact, value: Any) -> list[Json]:
    """The documents with that one field overwritten or unset in every copy of its object."""
    result = copy.deepcopy(documents)
    found = Documents(result)
    for each in found.by_ref[fact.of]:
        path = tokens(fact.at)
        _set(each, path[:-1] if value is NO_PARENT else path, ABSENT if value is NO_PARENT else value)
    return result


def without(documents: list[Json], of: str) -> list[Json]:
    """The documents without an object and what goes with it: all that is in a namespace, the pods on a node."""
    return [each for each in documents if not _is_of(each, of)]


def _is_of(document: Json, of: str) -> bool:
    kind, _, name = of.partition("/")
    space = (document.get("metadata") or {}).get("namespace")
    place = (document.get("spec") or {}).get("nodeName")
    return name in {"ns": (space,), "node": (place,)}.get(kind, ()) or any(ref == of for ref, _ in _objects(document))


def _set(holder: Any, path: list[str], value: Any) -> None:
    token, rest = path[0], path[1:]
    key: Any = int(token) if isinstance(holder, list) else token
    if isinstance(holder, list) and key >= len(holder):
        return
    inner = holder[key] if isinstance(holder, list) else holder.get(key)
    if not rest:
        if value is ABSENT:
            holder.pop(key) if isinstance(holder, list) else holder.pop(key, None)
        else:
            holder[key] = value
    elif isinstance(inner, str):
        text = json.loads(inner)
        _set(text, rest, value)
        holder[key] = json.dumps(text)
    else:
        if inner is None:
            inner = holder[key] = {}
        _set(inner, rest, value)
