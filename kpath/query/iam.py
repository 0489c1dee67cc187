"""Who may what in AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.iam import Request as Asked
from kpath.iam import Value, checked, known_keys
from kpath.model.aws import ACCOUNT_DETAILS
from kpath.model.tables import Data, Model
from kpath.refs import Ref
from kpath.semantics.iam import Policies, Policy, Request, decide, policy, unknown
from kpath.semantics.iam.account import held_by, of_root, principals, trusts
from kpath.semantics.iam.account import uncollected as unknown_policies
from kpath.semantics.iam.case import KEYLESS
from kpath.semantics.iam.datakeys import key_policy
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.request import account
from kpath.verdict import Denied, Undecided, Verdict

# The calls that tell a resource's own policy, by the service in its ARN.
OWN_POLICIES = {
    "backup": "backup get-backup-vault-access-policy", "dynamodb": "dynamodb get-resource-policy",
    "ecr": "ecr get-repository-policy", "elasticfilesystem": "efs describe-file-system-policy",
    "es": "es describe-elasticsearch-domain", "events": "events describe-event-bus", "kms": "kms get-key-policy",
    "kinesis": "kinesis get-resource-policy", "lambda": "lambda get-policy", "s3": "s3api get-bucket-policy",
    "secretsmanager": "secretsmanager get-resource-policy", "sns": "sns get-topic-attributes",
    "sqs": "sqs get-queue-attributes", "ssm": "ssm get-resource-policies",
}  # fmt: skip
_LISTS = {
    "s3": "s3api list-buckets", "secretsmanager": "secretsmanager list-secrets", "ssm": "ssm describe-parameters",
    "dynamodb": "dynamodb list-tables", "ecr": "ecr describe-repositories",
}  # fmt: skip
_TABLES = ("buckets", "aws_secrets", "aws_parameters", "aws_tables", "aws_keys", "aws_repositories")


class May(Struct, frozen=True):
    """A principal that may do something, or may if what the verdict assumes holds."""

    principal: Ref
    verdict: Verdict


def uncollected(model: Model, resource: str, principal: str = "") -> tuple[str, ...]:
    """The calls without which nobody is certain to lack a right, or to have one.

    They are about the account of the principal, or of everybody there is, and that of the resource.
    """
    asking = [_principal(model, principal)[0]] if principal else [*principals(model)]
    theirs = {each.account for each in asking}
    # Whoever else may is in the account of the resource, if anywhere.
    every = theirs | ({account(resource)} - {"", "aws"} if not principal else set())
    is_whole = all(map(model.coverage.has_all_of, every)) and bool(every or ACCOUNT_DETAILS in model.coverage.listed)
    lacking = () if is_whole else (ACCOUNT_DETAILS,)
    around = sorted(theirs | ({account(resource) or _owner(model, Ref(resource))} - {"", "aws"}))
    calls = {call for each in around or [""] for call in standing(model, each).missing}
    return (*lacking, *sorted(calls))


def can(
    model: Model,
    principal: str,
    action: str,
    resource: str,
    *,
    context: Mapping[str, Value | Sequence[Value]],
    absent: Iterable[str],
) -> Verdict:
    """Whether a principal may do something to a resource."""
    ref, session = _principal(model, principal)
    return _verdict(model, checked(Asked(ref, action, resource, context, absent, session=session)))


def who_can(
    model: Model,
    action: str,
    resource: str,
    *,
    context: Mapping[str, Value | Sequence[Value]],
    absent: Iterable[str],
) -> tuple[May, ...]:
    """Every role and user that may, or may under conditions."""
    found: list[May] = []
    for ref in principals(model):
        verdict = _verdict(model, checked(Asked(ref, action, resource, context, absent)))
        if not isinstance(verdict, Denied):
            found.append(May(ref, verdict))
    return tuple(sorted(found, key=lambda each: (isinstance(each.verdict, Undecided), each.principal)))


def _verdict(model: Model, asked: Asked) -> Verdict:
    ref, resource = Ref(asked.principal), Ref(asked.resource)
    policies = replace(_policies(model, ref), resource=_own_policy(model, asked.action, resource))
    request = Request(ref, asked.action, resource, known_keys(asked), asked.session, _owner(model, resource))
    verdict = decide(request, policies)
    if isinstance(verdict, Denied):
        return verdict
    return replace(verdict, because=held_by(model, ref, verdict.because))


def _policies(model: Model, ref: Ref) -> Policies:
    """What binds a principal; of one that was not collected, or not as a whole, something unknown does too."""
    found = principals(model).get(ref)
    if ref.endswith(":root"):
        return of_root(model, ref)
    if found is None:
        return unknown_policies(model, ref)
    role = model.aws_roles.get(ref)
    if role is not None and not role.is_whole:
        return replace(found, identity=(*found.identity, unknown(ref, missing=ACCOUNT_DETAILS)))
    return found


def _own_policy(model: Model, action: str, resource: Ref) -> Policy | None:
    """The policy of the resource itself, `None` where there is none or it has no say."""
    if action.lower().startswith("sts:"):
        return _trust(model, resource)
    parts = resource.split(":", 5)
    service = parts[2] if len(parts) > 2 else ""
    if service not in OWN_POLICIES or action.partition(":")[0].lower() != service:
        return None
    holder = _holder(resource, service)
    tables: Iterable[Mapping[Ref, Data]] = (getattr(model, table) for table in _TABLES)
    held = next((table[holder] for table in tables if holder in table), None)
    if service == "kms":
        return None if action.lower() in KEYLESS else key_policy(model, holder)
    if held is None:
        if _LISTS.get(service) in model.coverage.listed:
            return None
        return unknown(holder, missing=OWN_POLICIES[service], problem="may have a policy that is not in the snapshot")
    return policy(holder, held.at, held.policy) if held.policy is not None else None


def _holder(resource: Ref, service: str) -> Ref:
    """What has the policy that decides about a resource: the bucket of an object, the table of an index."""
    if service == "s3":
        return Ref(resource.partition("/")[0])
    return Ref("/".join(resource.split("/")[:2])) if service == "dynamodb" else resource


def _trust(model: Model, role: Ref) -> Policy | None:
    if role.kind != "aws-role":
        return None
    found = trusts(model).get(role)
    return found if found is not None else unknown(role, "/AssumeRolePolicyDocument", missing=ACCOUNT_DETAILS)


def _owner(model: Model, resource: Ref) -> str:
    """The account of a bucket: that of the snapshot, where it has but one."""
    if resource.kind != "aws-bucket":
        return ""
    accounts = {each.account for each in principals(model)}
    return next(iter(accounts)) if len(accounts) == 1 else ""


def _principal(model: Model, text: str) -> tuple[Ref, str]:
    """The role or user that a user names, with its session where it is one: an ARN, or a name that only one has."""
    known = principals(model)
    if text.startswith("arn:"):
        ref = Ref.parse(text)
        if ref.kind == "aws-session":
            name, _, session = ref.split(":", 5)[5].partition("/")[2].partition("/")
            # A session leaves out its role's path, so names of roles are unique.
            roles = [each for each in known if each.kind == "aws-role" and each.account == ref.account]
            return next((each for each in roles if each.name == name), None) or _listed(model, ref), session
        return (ref if ref in known or ref.endswith(":root") else _listed(model, ref)), ""
    named = [each for each in known if each.name == text or each.partition(":role/")[2] == text]
    if len(named) == 1:
        return named[0], ""
    if named:
        raise UsageError(f"`{text}` names several: {', '.join(named)}")
    raise UsageError(f"the snapshot has no role or user `{text}`{_near(text, [each.name for each in known])}")


def _listed(model: Model, ref: Ref) -> Ref:
    """The principal, unless the snapshot holds its whole account and not it."""
    if any(each.account == ref.account for each in principals(model)) and model.coverage.has_all_of(ref.account):
        raise UsageError(f"the snapshot has no `{ref}`{_near(ref, [str(each) for each in principals(model)])}")
    return ref


def _near(text: str, names: Sequence[str]) -> str:
    near = get_close_matches(text, names, n=1)
    return f"; did you mean {near[0]}?" if near else ""
