"""Data in AWS beyond buckets and secrets: parameters, tables, snapshots, keys, images; and the policies it has."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.aws import PULL, buckets, document, principals, secrets
from oracle.containers import Pairs
from oracle.keys import HEAD, decrypts, keys
from oracle.pivot import Caller, trusts
from oracle.world import Json, World

# A key policy as KMS makes them; those that were not collected are taken for such.
LEFT: Json = {
    "Statement": {"Effect": "Allow", "Principal": {"AWS": ["111122223333", "999988887777"]}, "Action": "kms:*",
                  "Resource": "*"}
}  # fmt: skip
OPEN: Json = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
READS: dict[str, list[tuple[str, ...]]] = {
    "SSM_PARAMETER_READ": [(f"ssm:Get{each}",) for each in ("Parameter", "Parameters", "ParameterHistory",
                                                            "ParametersByPath")],
    "DYNAMODB_READ": [(f"dynamodb:{each}",) for each in ("Scan", "Query", "GetItem", "BatchGetItem", "PartiQLSelect")],
    "KMS_DECRYPT": [("kms:Decrypt",), ("kms:CreateGrant",)],
    "ECR_PULL": [PULL],
}  # fmt: skip
TOKEN = "ecr:GetAuthorizationToken"


class Store:
    """Data of a kind: each with its own policy and its key."""

    def __init__(self, data: dict[str, Json | None], encrypted: dict[str, str], service: str) -> None:
        self.data, self.encrypted, self.service = data, encrypted, service


def steps(world: World) -> Pairs:
    """Step, source and target."""
    stores = _stores(world)
    for who, policies, boundary in principals(world):
        caller = Caller(world, who, policies, boundary)
        for step, ways in READS.items():
            service = ways[0][0].partition(":")[0]
            store = stores[service]
            for arn, own in store.data.items():
                found = any(all(_may(caller, each, arn, own) for each in way) for way in ways)
                if service == "ssm":
                    found |= _may(caller, "ssm:GetParametersByPath", arn.rpartition("/")[0], own)
                if service == "ecr":
                    found &= caller.may(TOKEN, "*")
                if found and _opens(world, caller, store, arn):
                    yield step, who, arn
        yield from _rewritten(world, caller, stores)
        yield from _snapshots(world, caller)
    for arn, result in _attributes(world):
        if any("all" in each["AttributeValues"] for each in result if each["AttributeName"] == "restore"):
            yield "RDS_SNAPSHOT_READ", "internet", arn


def _may(caller: Caller, action: str, name: str, own: Json | None) -> bool:
    """Whether somebody may do something itself, and not a service for it."""
    known = {"kms__calleraccount": (caller.arn.split(":")[4],)}
    if action.startswith("kms:"):
        known |= {"kms__viaservice": (), "kms__grantisforawsresource": ("false",)}
    return caller.may(action, name, own, **known)


def _stores(world: World) -> dict[str, Store]:
    answers = [each for each in world.answers if "ResourceArn" in each]
    parameters: dict[str, Json | None] = {each["ARN"]: None for each in world.said_each("Parameters")}
    parameters |= {
        each["ResourceArn"]: document(each["Policies"][0]["Policy"]) for each in answers if "Policies" in each
    }
    tables: dict[str, Json | None] = {each["TableArn"]: None for each in world.said("Table")}
    tables |= {each["ResourceArn"]: document(each["Policy"]) for each in answers if "Policy" in each}
    images: dict[str, Json | None] = {each["repositoryArn"]: None for each in world.said_each("repositories")}
    for each in world.answers:
        if "policyText" in each:
            images[f"{HEAD.format('ecr')}repository/{each['repositoryName']}"] = document(each["policyText"])
    under = {each["ARN"]: each["KeyId"] for each in world.said_each("Parameters") if each.get("KeyId")}
    sealed = {
        each["TableArn"]: each["SSEDescription"]["KMSMasterKeyArn"]
        for each in world.said("Table")
        if each.get("SSEDescription")
    }
    return {
        "ssm": Store(parameters, under, "ssm"), "dynamodb": Store(tables, sealed, "dynamodb"),
        "ecr": Store(images, {}, ""), "kms": Store({key: own or LEFT for key, own in keys(world).items()}, {}, ""),
        "s3": Store(buckets(world), bucket_keys(world), "s3"),
        "secretsmanager": Store(secrets(world), secret_keys(world), "secretsmanager"),
    }  # fmt: skip


def bucket_keys(world: World) -> dict[str, str]:
    """The key that each bucket encrypts with."""
    return {
        f"arn:aws:s3:::{each['Bucket']}": rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
        for each in world.answers
        for rule in (each.get("ServerSideEncryptionConfiguration") or {}).get("Rules", ())
    }


def secret_keys(world: World) -> dict[str, str]:
    """The key of each secret that has one of its own."""
    return {each["ARN"]: each["KmsKeyId"] for each in world.said_each("SecretList") if each.get("KmsKeyId")}


def _opens(world: World, caller: Caller, store: Store, arn: str) -> bool:
    """Whether what is encrypted is opened for a caller."""
    key = store.encrypted.get(arn)
    return key is None or not store.service or decrypts(world, *caller.parts, key, store.service)


# What writes a policy, by the service; and what reads then.
WRITES = {
    "s3": ("PutBucketPolicy", ("s3:GetObject",)), "ssm": ("PutResourcePolicy", ("ssm:GetParameter",)),
    "secretsmanager": ("PutResourcePolicy", ("secretsmanager:GetSecretValue",)), "ecr": ("SetRepositoryPolicy", PULL),
    "dynamodb": ("PutResourcePolicy", ("dynamodb:Scan",)), "kms": ("PutKeyPolicy", ("kms:Decrypt",)),
}  # fmt: skip


def _rewritten(world: World, caller: Caller, stores: dict[str, Store]) -> Pairs:
    account = {"kms__calleraccount": (caller.arn.split(":")[4],)}
    for service, (write, reads) in WRITES.items():
        for arn, own in stores[service].data.items():
            name = f"{arn}/object" if service == "s3" else arn
            then = [caller.may(each, name, OPEN, **account, **_direct(service)) for each in reads]
            has_token = service != "ecr" or caller.may(TOKEN, "*")
            is_writer = caller.may(f"{service}:{write}", arn, own, **account)
            if is_writer and all(then) and has_token and _opens(world, caller, stores[service], arn):
                yield "RESOURCE_POLICY_WRITE", caller.arn, arn


def _direct(service: str) -> dict[str, tuple[str, ...]]:
    return {"kms__viaservice": ()} if service == "kms" else {}


# RDS.


def _attributes(world: World) -> Iterator[tuple[str, list[Json]]]:
    for each in world.said("DBSnapshotAttributesResult"):
        yield f"{HEAD.format('rds')}snapshot:{each['DBSnapshotIdentifier']}", each["DBSnapshotAttributes"]


def _snapshots(world: World, caller: Caller) -> Pairs:
    known: dict[str, str | None] = {arn: None for arn, _ in _attributes(world)}
    known |= {each["DBSnapshotArn"]: each.get("KmsKeyId") for each in world.said_each("DBSnapshots")}
    known |= {each["DBClusterSnapshotArn"]: each.get("KmsKeyId") for each in world.said_each("DBClusterSnapshots")}
    for arn, key in known.items():
        is_open = key is None or decrypts(world, *caller.parts, key, "rds", "kms:CreateGrant")
        if is_open and any(_copies(world, caller, arn)):
            yield "RDS_SNAPSHOT_READ", caller.arn, arn


def _copies(world: World, caller: Caller, arn: str) -> Iterator[bool]:
    where, kind = ":".join(arn.split(":")[:5]), arn.split(":")[5]
    is_cluster = kind == "cluster-snapshot"
    middle = "Cluster" if is_cluster else ""
    share = f"rds:ModifyDB{middle}SnapshotAttribute"
    yield caller.may(share, arn)
    yield caller.may(f"rds:CopyDB{middle}Snapshot", arn) and caller.may(share, f"{where}:{kind}:kpath-new")
    if is_cluster:
        yield (
            caller.may("rds:RestoreDBClusterFromSnapshot", arn)
            and caller.may("rds:ModifyDBCluster", f"{where}:cluster:kpath-new")
            and caller.may("rds:CreateDBInstance", f"{where}:db:kpath-new")
        )
    else:
        yield caller.may("rds:RestoreDBInstanceFromDBSnapshot", arn) and caller.may(
            "rds:ModifyDBInstance", f"{where}:db:kpath-new"
        )
    for role in world.said_each("RoleDetailList"):
        exporter = "export.rds.amazonaws.com"
        if caller.may("rds:StartExportTask", arn) and caller.passes(role["Arn"], exporter):
            yield trusts(world, role["Arn"], exporter)
