"""Data in AWS with policies and keys of its own, and rights over it."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from strategies.aws import SECRET, guard
from strategies.iam import details, policy
from strategies.rbac import Phrases
from strategies.words import HOME, Json, chance, few, one, role_arn

PHRASES: Phrases = (("get", "", "pods"),)

KEYS = ("k-1", "k-2", "k-aws")
ALIAS, AWS_ALIAS, LOST_ALIAS = "alias/data", "alias/aws/ssm", "alias/lost"
TABLE, REPOSITORY = "orders", "shop/web"
SNAPSHOT, CLUSTER_SNAPSHOT = "nightly", "weekly"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{HOME}:{rest}"


PARAMETERS = (arn("ssm", "parameter/prod/db"), arn("ssm", "parameter/plain"))
BUNDLES: tuple[tuple[str, ...], ...] = (
    ("ssm:GetParameter",), ("ssm:GetParameters",), ("ssm:GetParametersByPath",), ("dynamodb:Query",), ("dynamodb:*",),
    ("kms:Decrypt",), ("kms:Decrypt", "ssm:*"), ("kms:CreateGrant",), ("kms:*",), ("kms:Decrypt", "s3:GetObject"),
    ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken"), ("ecr:*",),
    ("rds:ModifyDBSnapshotAttribute",), ("rds:CopyDBSnapshot", "rds:ModifyDBSnapshotAttribute"),
    ("rds:RestoreDBInstanceFromDBSnapshot", "rds:ModifyDBInstance", "kms:CreateGrant"),
    ("rds:RestoreDBClusterFromSnapshot", "rds:ModifyDBCluster", "rds:CreateDBInstance"), ("rds:*",),
    ("rds:StartExportTask", "iam:PassRole"), ("secretsmanager:GetSecretValue", "kms:Decrypt"),
    ("kms:PutKeyPolicy",), ("s3:PutBucketPolicy", "kms:Decrypt"), ("secretsmanager:PutResourcePolicy",),
    ("ecr:SetRepositoryPolicy", "ecr:GetAuthorizationToken"), ("dynamodb:PutResourcePolicy",),
    ("ssm:PutResourcePolicy",), ("*",),
)  # fmt: skip
RESOURCES = (
    "*", "*", "*", arn("ssm", "parameter/prod"), arn("ssm", "parameter/prod/*"), arn("dynamodb", "table/*"),
    arn("kms", "key/k-1"), arn("kms", "key/*"), arn("ecr", "repository/shop/*"), arn("rds", "snapshot:*"),
    arn("rds", "*"), "arn:aws:s3:::logs", "arn:aws:s3:::logs/*", SECRET, role_arn("app"),
)  # fmt: skip
ASKED: tuple[Json, ...] = (
    {"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}},
    {"StringLike": {"kms:ViaService": "*.eu-west-1.amazonaws.com"}},
    {"Bool": {"kms:GrantIsForAWSResource": "true"}}, {"StringEquals": {"kms:CallerAccount": HOME}},
    {"StringEquals": {"kms:EncryptionContext:SecretARN": SECRET}},
)  # fmt: skip


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Rights, and what they are rights over."""
    if not any("RoleDetailList" in each for each in documents):
        documents.append(details(draw))
    for document in documents:
        for holder, field in (("RoleDetailList", "RolePolicyList"), ("UserDetailList", "UserPolicyList")):
            for each in document.get(holder, ()):
                if chance(draw, 80):
                    each[field].append({"PolicyName": "data", "PolicyDocument": policy(_statements(draw))})
        for role in document.get("RoleDetailList", ()):
            if chance(draw, 30):
                trust = {"Effect": "Allow", "Principal": {"Service": "export.rds.amazonaws.com"}}
                role["AssumeRolePolicyDocument"] = policy([trust | {"Action": "sts:AssumeRole"}])
        for secret in document.get("SecretList", ()):
            if chance(draw, 50):
                secret["KmsKeyId"] = _key(draw)
    _keys(draw, documents)
    _stores(draw, documents)
    _databases(draw, documents)


def _statements(draw: st.DrawFn) -> list[Json]:
    found: list[Json] = []
    for _ in range(one(draw, 1, 2, 2)):
        actions = [*one(draw, *BUNDLES)]
        statement: Json = {"Effect": one(draw, "Allow", "Allow", "Allow", "Allow", "Deny"), "Action": actions}
        statement["Resource"] = one(draw, "*", one(draw, *RESOURCES), few(draw, RESOURCES[3:], 3, 1))
        if chance(draw, 15):
            statement["Condition"] = one(draw, *ASKED)
        found.append(statement)
    return found


def _key(draw: st.DrawFn) -> str:
    return one(draw, "k-1", arn("kms", "key/k-1"), arn("kms", "key/k-2"), ALIAS, arn("kms", ALIAS), AWS_ALIAS, "k-aws",
               LOST_ALIAS)  # fmt: skip


def _own(draw: st.DrawFn, action: str) -> str:
    statements = [guard(draw, one(draw, action, action, f"{action.partition(':')[0]}:*"), "*")]
    return json.dumps(policy(statements))


def _keys(draw: st.DrawFn, documents: list[Json]) -> None:
    if chance(draw, 70):
        documents.append({"Keys": [{"KeyId": each, "KeyArn": arn("kms", f"key/{each}")} for each in KEYS]})
    if chance(draw, 60):
        told = {"Arn": arn("kms", "key/k-aws"), "KeyId": "k-aws", "KeyManager": "AWS"}
        documents.append({"KeyMetadata": told})
    if chance(draw, 60):
        alias = {"AliasName": ALIAS, "AliasArn": arn("kms", ALIAS), "TargetKeyId": "k-2"}
        documents.append({"Aliases": [alias, {"AliasName": "alias/aws/rds", "AliasArn": arn("kms", "alias/aws/rds")}]})
    for number in few(draw, KEYS[:2], 2, 0):
        statements = []
        if chance(draw, 60):
            root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "kms:*"}
            statements.append(root | {"Resource": "*"})
        if chance(draw, 60) or not statements:
            found = guard(draw, one(draw, "kms:Decrypt", "kms:*", "kms:CreateGrant", "kms:PutKeyPolicy"), "*")
            if chance(draw, 30):
                found["Condition"] = one(draw, *ASKED)
            statements.append(found)
        by_id = any("Keys" in each for each in documents) and chance(draw, 50)
        key = number if by_id else arn("kms", f"key/{number}")
        documents.append({"KeyId": key, "PolicyName": "default", "Policy": json.dumps(policy(statements))})


def _stores(draw: st.DrawFn, documents: list[Json]) -> None:
    if chance(draw, 75):
        secure = {"Name": "/prod/db", "ARN": PARAMETERS[0], "Type": "SecureString", "KeyId": _key(draw)}
        documents.append({"Parameters": [secure, {"Name": "plain", "ARN": PARAMETERS[1], "Type": "String"}]})
    if chance(draw, 25):
        each = {"PolicyId": "p", "PolicyHash": "h", "Policy": _own(draw, "ssm:GetParameter")}
        documents.append({"ResourceArn": PARAMETERS[1], "Policies": [each]})
    if chance(draw, 75):
        table: Json = {"TableName": TABLE, "TableArn": arn("dynamodb", f"table/{TABLE}")}
        if chance(draw, 40):
            table["SSEDescription"] = {"Status": "ENABLED", "KMSMasterKeyArn": arn("kms", "key/k-1")}
        documents.append({"Table": table})
    if chance(draw, 40):
        own = _own(draw, "dynamodb:Scan")
        documents.append({"ResourceArn": arn("dynamodb", f"table/{TABLE}"), "Policy": own, "RevisionId": "1"})
    if chance(draw, 75):
        found = {"repositoryArn": arn("ecr", f"repository/{REPOSITORY}"), "repositoryName": REPOSITORY}
        documents.append({"repositories": [found | {"registryId": HOME}]})
    if any("repositories" in each for each in documents) and chance(draw, 50):
        own = json.loads(_own(draw, one(draw, "ecr:BatchGetImage", "ecr:*")))
        del own["Statement"]["Resource"]
        told = {"registryId": HOME, "repositoryName": REPOSITORY, "policyText": json.dumps(own)}
        documents.append(told)
    if chance(draw, 40):
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn("kms", f"key/{one(draw, 'k-1', 'k-2', 'k-aws')}")}
        rules = [{"ApplyServerSideEncryptionByDefault": by}]
        documents.append({"Bucket": "logs", "ServerSideEncryptionConfiguration": {"Rules": rules}})


def _databases(draw: st.DrawFn, documents: list[Json]) -> None:
    for kind, name, middle in (("snapshot", SNAPSHOT, ""), ("cluster-snapshot", CLUSTER_SNAPSHOT, "Cluster")):
        if chance(draw, 75):
            found: Json = {f"DB{middle}SnapshotArn": arn("rds", f"{kind}:{name}")}
            if chance(draw, 50):
                found["KmsKeyId"] = arn("kms", f"key/{one(draw, 'k-1', 'k-aws')}")
            documents.append({f"DB{middle}Snapshots": [found]})
    # Who it is shared with says its name and not where it is.
    if any("DBSnapshots" in each for each in documents) and chance(draw, 50):
        restore = {"AttributeName": "restore", "AttributeValues": one(draw, ["all"], [HOME], [])}
        told = {"DBSnapshotIdentifier": SNAPSHOT, "DBSnapshotAttributes": [restore]}
        documents.append({"DBSnapshotAttributesResult": told})
