"""What one answer of the AWS CLI says about data, whatever it is named by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import pointer
from kpath.model import wire_aws, wire_data

# What an ARN of each kind says before the name: service and resource.
BUCKET, TABLE, SNAPSHOT, CLUSTER_SNAPSHOT = "s3:", "dynamodb:table/", "rds:snapshot:", "rds:cluster-snapshot:"
KEY, REPOSITORY, PARAMETER = "kms:key/", "ecr:repository/", "ssm:parameter"
TABLES = {
    BUCKET: "buckets", TABLE: "aws_tables", SNAPSHOT: "aws_snapshots", CLUSTER_SNAPSHOT: "aws_snapshots",
    KEY: "aws_keys", REPOSITORY: "aws_repositories", PARAMETER: "aws_parameters",
}  # fmt: skip
_NAMED = re.compile(r'"(arn:[a-z-]+:(?:s3:::[^/"*?]+|dynamodb:[a-z0-9-]+:[0-9]+:table/[^/"*?]+))')
_IN_SSM = ":parameter/"
_TYPES = frozenset({"String", "StringList", "SecureString"})
# The alias of a key that AWS manages for a service.
OF_AWS = "alias/aws/"


class Said(Struct, frozen=True):
    """What an answer says of something that it names, by its ARN or without.

    `field` is where that stands, if it has to be an ARN; `at` where a policy does.
    """

    form: str
    name: str
    file: str
    account: str = ""
    policy: str | None = None
    at: str = ""
    field: str = ""
    key: str = ""
    shared: tuple[tuple[str, str], ...] | None = None


def calls(answer: wire_aws.Answer) -> tuple[tuple[str, object], ...]:
    """The calls that list a kind as a whole, with what such an answer has."""
    return (
        ("s3api list-buckets", answer.buckets),
        ("secretsmanager list-secrets", answer.secrets),
        ("ssm describe-parameters", answer.parameters),
        ("dynamodb list-tables", answer.table_names),
        ("rds describe-db-snapshots", answer.db_snapshots),
        ("rds describe-db-cluster-snapshots", answer.db_cluster_snapshots),
        ("kms list-keys", answer.keys),
        ("ecr describe-repositories", answer.repositories),
    )


def is_of_data(answer: wire_aws.Answer) -> bool:
    """Whether an answer is of a kind that is known, whatever is in it."""
    told = (answer.encryption, answer.aliases, answer.key_metadata, answer.resource_policy)
    return any(value is not None for value in (*told, *(value for _, value in calls(answer))))


def policies(answer: wire_aws.Answer, file: str) -> Iterator[Said]:
    """The policies that data has of its own; what they are of stands beside them, or in them."""
    text = answer.policy if isinstance(answer.policy, str) else None
    if text is not None and (named := _holder(answer, text)):
        yield Said(*named, file, policy=text, at="/Policy")
    for index, each in enumerate(answer.policies or ()):
        if each.arn == "" and each.policy is not None and answer.resource_arn and _IN_SSM in answer.resource_arn:
            at = pointer("Policies", index, "Policy")
            yield Said(PARAMETER, answer.resource_arn, file, policy=each.policy, at=at)
    if answer.policy_text is not None and answer.repository_name:
        account = answer.registry_id or ""
        yield Said(REPOSITORY, answer.repository_name, file, account, answer.policy_text, "/policyText")
    if answer.encryption is not None and answer.bucket:
        for rule in answer.encryption.rules or ():
            by = rule.apply_server_side_encryption_by_default
            yield Said(BUCKET, answer.bucket, file, key=(by and by.key) or "")


def _holder(answer: wire_aws.Answer, text: str) -> tuple[str, str] | None:
    """What a policy is of: a key's has a name, and stands beside the key's id; a bucket's names the bucket."""
    if answer.key_id:
        return KEY, answer.key_id
    if answer.policy_name:
        return None
    if answer.bucket:
        return BUCKET, answer.bucket
    named = answer.resource_arn or (found[1] if (found := _NAMED.search(text)) else "")
    if ":dynamodb:" in named:
        return TABLE, named
    return (BUCKET, named) if ":s3:::" in named else None


def snapshots(answer: wire_aws.Answer, file: str) -> Iterator[Said]:
    for form, listed in ((SNAPSHOT, answer.db_snapshots), (CLUSTER_SNAPSHOT, answer.db_cluster_snapshots)):
        name = "DBSnapshots" if form == SNAPSHOT else "DBClusterSnapshots"
        for index, each in enumerate(listed or ()):
            if each.arn:
                at = pointer(name, index, f"{name[:-1]}Arn")
                yield Said(form, each.arn, file, field=at, key=each.kms_key_id or "")
    for form, listed_in, found in (
        (SNAPSHOT, "DBSnapshotAttributes", answer.snapshot_attributes),
        (CLUSTER_SNAPSHOT, "DBClusterSnapshotAttributes", answer.cluster_snapshot_attributes),
    ):
        if found is not None and found.name:
            yield Said(form, found.name, file, shared=tuple(_shared(listed_in, found.attributes)))


def _shared(listed_in: str, attributes: tuple[wire_data.SnapshotAttribute, ...] | None) -> Iterator[tuple[str, str]]:
    """With whom, and where that is said."""
    for index, each in enumerate(attributes or ()):
        for number, value in enumerate(each.attribute_values or () if each.attribute_name == "restore" else ()):
            yield value, pointer(listed_in, index, "AttributeValues", number)


def listings(answer: wire_aws.Answer, file: str) -> Iterator[Said]:
    """What there is, and the keys that it is encrypted with."""
    yield from (Said(BUCKET, each.name, file) for each in answer.buckets or ())
    for index, each in enumerate(answer.parameters or ()):
        if each.type in _TYPES:
            at = pointer("Parameters", index, "ARN") if each.arn else ""
            yield Said(PARAMETER, each.arn or f"/{each.name.lstrip('/')}", file, field=at, key=each.key_id or "")
    yield from (Said(TABLE, name, file) for name in answer.table_names or ())
    if answer.table is not None and answer.table.table_arn:
        key = (answer.table.sse and answer.table.sse.key) or ""
        yield Said(TABLE, answer.table.table_arn, file, field="/Table/TableArn", key=key)
    for index, key_ in enumerate(answer.keys or ()):
        if key_.key_arn:
            yield Said(KEY, key_.key_arn, file, field=pointer("Keys", index, "KeyArn"))
    if answer.key_metadata is not None and answer.key_metadata.arn:
        yield Said(KEY, answer.key_metadata.arn, file, field="/KeyMetadata/Arn")
    for index, repository in enumerate(answer.repositories or ()):
        if repository.repository_arn:
            at = pointer("repositories", index, "repositoryArn")
            yield Said(REPOSITORY, repository.repository_arn, file, field=at)
