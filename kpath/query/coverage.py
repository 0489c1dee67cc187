"""What an answer could not know, since it was not collected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.model.aws import ACCOUNT_DETAILS
from kpath.model.aws import DECIDING as AWS_DECIDING
from kpath.model.kinds import DECIDING, GATEWAY, KINDS
from kpath.model.tables import Data, Diagnostic, Model
from kpath.query.select import ANYWHERE
from kpath.refs import Ref, within
from kpath.report import Kind, Snapshot
from kpath.semantics.netpol.engine import engines
from kpath.semantics.netpol.reading import reading


def missing(model: Model, to: str = "", source: str = "") -> tuple[str, ...]:
    """What would have to be collected before `no path` could be said: kinds not listed as a whole, files not read.

    What is exposed counts where a question starts outside; the policy that data in AWS has of its own, where that
    data is asked for.
    """
    listed = model.coverage.listed
    outside = _exposing(model) if any(place in source for place in ANYWHERE) else ()
    kinds = sorted(kind for kind in (*DECIDING, *outside) if kind not in listed)
    known = {*listed} - ({ACCOUNT_DETAILS} if any(_unknown_roles(model)) or any(_unknown_accounts(model)) else set())
    aws = sorted(call for call in AWS_DECIDING if call not in known) if _is_on_aws(model) else []
    unread = sorted({each.of for each in model.diagnostics if each.what.startswith("not read: template")})
    return (*kinds, *aws, *_data(model, to), *unread)


# The kinds that let packets in from outside.
EXPOSING = ("services", "ingresses")


def _exposing(model: Model) -> tuple[str, ...]:
    """They, and those of the Gateway API that the cluster has."""
    kinds = {kind.plural for kind in KINDS.values() if kind.groups == GATEWAY}
    known = {ref.name.partition(".")[0] for ref, each in model.custom_definitions.items() if each.spec.group in GATEWAY}
    if known or not kinds & model.coverage.seen:
        return (*EXPOSING, *kinds & known)
    # It has some, and nothing says which: their definitions would.
    return (*EXPOSING, *kinds, "customresourcedefinitions")


# Goals in AWS by kind: what their ARNs say, the table, the calls that list them, the call that shows their own policy.
_DATA = (
    ("aws-bucket", ":s3:", "buckets", ("s3api list-buckets",), "s3api get-bucket-policy"),
    (
        "aws-secret", ":secretsmanager:", "aws_secrets", ("secretsmanager list-secrets",),
        "secretsmanager get-resource-policy",
    ),
    ("aws-parameter", ":ssm:", "aws_parameters", ("ssm describe-parameters",), "ssm get-resource-policies"),
    ("aws-table", ":dynamodb:", "aws_tables", ("dynamodb list-tables",), "dynamodb get-resource-policy"),
    (
        "aws-snapshot", ":rds:", "aws_snapshots",
        ("rds describe-db-snapshots", "rds describe-db-cluster-snapshots"), "",
    ),
    ("aws-key", ":kms:", "aws_keys", ("kms list-keys",), "kms get-key-policy"),
    ("aws-repository", ":ecr:", "aws_repositories", ("ecr describe-repositories",), "ecr get-repository-policy"),
)  # fmt: skip
# What a snapshot has in place of a policy.
_SHARED = "rds describe-db-snapshot-attributes"


def _data(model: Model, to: str) -> Iterator[str]:
    for kind, service, table, listings, policy in _DATA:
        if to == kind or service in to:
            held: Mapping[Ref, Data] = getattr(model, table)
            yield from (listing for listing in listings if listing not in model.coverage.listed)
            asked = [each for ref, each in held.items() if to in (kind, ref) or "*" in to]
            if not asked or any(each.policy is None and each.shared is None for each in asked):
                yield policy or _SHARED


def _unknown_roles(model: Model) -> Iterator[Ref]:
    """Roles in use that no answer describes; what they may do cannot be told."""
    for node in model.nodes:
        instance = model.instances.get(node.instance) if node.instance is not None else None
        if instance is not None and instance.iam_instance_profile is not None:
            arn = Ref(instance.iam_instance_profile.arn)
            roles = [Ref(role.arn) for role in model.profiles[arn].roles] if arn in model.profiles else [arn]
            yield from (role for role in roles if role not in model.aws_roles)


def _unknown_accounts(model: Model) -> Iterator[str]:
    """The accounts of the cluster and its nodes of which not all of IAM was listed."""
    held = {ref.account for ref in model.instances} | {ref.account for ref in model.clusters if ref.startswith("arn:")}
    yield from (each for each in sorted(held - {""}) if not model.coverage.has_all_of(each))


def _is_on_aws(model: Model) -> bool:
    """Whether AWS has a say: unless every node says that it runs elsewhere."""
    providers = [node.provider_id for node in model.nodes]
    return not providers or any(not provider or provider.startswith("aws:") for provider in providers)


def diagnostics(model: Model) -> tuple[Diagnostic, ...]:
    """What kpath could not know of what it read: objects as a whole, and fields of network policies."""
    faults: list[Diagnostic] = []
    for cluster in model.clusters_apart or ("",):
        part = model.part(cluster)
        found = {fault for each in engines(part) for fault in reading(part, each.reads).faults}
        faults += (Diagnostic(f"{each.at} {each.what}", within(cluster, each.of)) for each in sorted(found))
    return (*model.diagnostics, *faults)


def snapshot(model: Model, name: str) -> Snapshot:
    """What an answer rests on."""
    listed, seen = model.coverage.listed, model.coverage.seen
    kinds = sorted({*(kind.plural for kind in KINDS.values()), *AWS_DECIDING, *listed, *(seen - {""})})
    states = tuple(Kind(kind, "listed" if kind in listed else "seen" if kind in seen else "missing") for kind in kinds)
    accounts = {ref.account for ref in model.aws_roles} | {ref.account for ref in model.instances}
    nodes = sum(not node.is_placeholder for node in model.nodes)
    return Snapshot(
        model.digest, states, name, len(model.pods), nodes, len(accounts - {""}), model.clusters_apart
    )  # fmt: skip
