"""What we decode of the AWS CLI's answers about data: buckets, secrets, parameters, tables, snapshots, keys, images.

Where an answer does not say what it is about, the request's parameter stands beside it, under its name in the API.
"""

from __future__ import annotations

from msgspec import Struct, field

from kpath.model import wire_org, wire_runs
from kpath.model.wire_parts import Aws, Camel


class Bucket(Aws, frozen=True):
    name: str = ""


class DefaultEncryption(Aws, frozen=True):
    key: str | None = field(default=None, name="KMSMasterKeyID")


class EncryptionRule(Aws, frozen=True):
    apply_server_side_encryption_by_default: DefaultEncryption | None = None


class Encryption(Aws, frozen=True):
    """`s3api get-bucket-encryption`."""

    rules: tuple[EncryptionRule, ...] | None = None


class SecretEntry(Aws, frozen=True):
    arn: str = field(default="", name="ARN")
    name: str = ""
    kms_key_id: str | None = None


class Parameter(Aws, frozen=True):
    """`ssm describe-parameters`; only a SecureString has a key."""

    name: str = ""
    arn: str = field(default="", name="ARN")
    type: str = ""
    key_id: str | None = None


class SseDescription(Aws, frozen=True):
    key: str | None = field(default=None, name="KMSMasterKeyArn")


class Table(Aws, frozen=True):
    """`dynamodb describe-table`."""

    table_arn: str = ""
    sse: SseDescription | None = field(default=None, name="SSEDescription")


class DbSnapshot(Aws, frozen=True):
    """`rds describe-db-snapshots`."""

    arn: str = field(default="", name="DBSnapshotArn")
    kms_key_id: str | None = None


class DbClusterSnapshot(DbSnapshot, frozen=True):
    """`rds describe-db-cluster-snapshots`."""

    arn: str = field(default="", name="DBClusterSnapshotArn")


class SnapshotAttribute(Aws, frozen=True):
    attribute_name: str = ""
    attribute_values: tuple[str, ...] | None = None


class SnapshotAttributes(Struct, frozen=True, gc=False):
    """`rds describe-db-snapshot-attributes`: who else may restore it, account by account, or `all`."""

    name: str = field(default="", name="DBSnapshotIdentifier")
    attributes: tuple[SnapshotAttribute, ...] | None = field(default=None, name="DBSnapshotAttributes")


class ClusterSnapshotAttributes(Struct, frozen=True, gc=False):
    """`rds describe-db-cluster-snapshot-attributes`."""

    name: str = field(default="", name="DBClusterSnapshotIdentifier")
    attributes: tuple[SnapshotAttribute, ...] | None = field(default=None, name="DBClusterSnapshotAttributes")


class Key(Aws, frozen=True):
    """`kms list-keys`."""

    key_id: str = ""
    key_arn: str = ""


class KeyMetadata(Aws, frozen=True):
    """`kms describe-key`; a key that AWS manages serves everyone in the account who may use the service."""

    arn: str = ""
    key_manager: str = ""


class Alias(Aws, frozen=True):
    """`kms list-aliases`."""

    alias_arn: str = ""
    target_key_id: str = ""


class Repository(Camel, frozen=True):
    """`ecr describe-repositories`."""

    repository_arn: str = ""


class DataAnswer(wire_runs.Answer, frozen=True):
    """What an answer of the AWS CLI may hold about data, and the parameters that stand beside it."""

    buckets: tuple[Bucket, ...] | None = field(default=None, name="Buckets")
    policy: str | wire_org.Described | None = field(default=None, name="Policy")
    policy_name: str | None = field(default=None, name="PolicyName")
    encryption: Encryption | None = field(default=None, name="ServerSideEncryptionConfiguration")
    secrets: tuple[SecretEntry, ...] | None = field(default=None, name="SecretList")
    resource_policy: str | None = field(default=None, name="ResourcePolicy")
    parameters: tuple[Parameter, ...] | None = field(default=None, name="Parameters")
    table_names: tuple[str, ...] | None = field(default=None, name="TableNames")
    table: Table | None = field(default=None, name="Table")
    db_snapshots: tuple[DbSnapshot, ...] | None = field(default=None, name="DBSnapshots")
    db_cluster_snapshots: tuple[DbClusterSnapshot, ...] | None = field(default=None, name="DBClusterSnapshots")
    snapshot_attributes: SnapshotAttributes | None = field(default=None, name="DBSnapshotAttributesResult")
    cluster_snapshot_attributes: ClusterSnapshotAttributes | None = field(
        default=None, name="DBClusterSnapshotAttributesResult"
    )
    keys: tuple[Key, ...] | None = field(default=None, name="Keys")
    key_metadata: KeyMetadata | None = field(default=None, name="KeyMetadata")
    aliases: tuple[Alias, ...] | None = field(default=None, name="Aliases")
    repositories: tuple[Repository, ...] | None = None
    registry_id: str | None = field(default=None, name="registryId")
    repository_name: str | None = field(default=None, name="repositoryName")
    policy_text: str | None = field(default=None, name="policyText")
    # Parameters of the request.
    arn: str | None = field(default=None, name="ARN")
    bucket: str | None = field(default=None, name="Bucket")
    key_id: str | None = field(default=None, name="KeyId")
    resource_arn: str | None = field(default=None, name="ResourceArn")
