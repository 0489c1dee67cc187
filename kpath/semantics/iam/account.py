"""The policies that bind each principal of the snapshot, compiled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.evidence import pointer
from kpath.model import wire_aws
from kpath.model.tables import Model, memoised
from kpath.refs import Ref
from kpath.semantics.iam.document import Policy, policy, unknown
from kpath.semantics.iam.managed import MANAGED
from kpath.semantics.iam.request import Policies

READS = frozenset({"aws_roles", "aws_users", "aws_groups", "aws_policies"})
ACCOUNT_DETAILS = "iam get-account-authorization-details"


@memoised
def principals(model: Model) -> Mapping[Ref, Policies]:
    """Every role and user, with its policies, its groups' and its boundary."""
    found: dict[Ref, Policies] = {}
    groups = {(ref.account, group.group_name): (ref, group) for ref, group in model.aws_groups.items()}
    for ref, role in model.aws_roles.items():
        inline = _inline(ref, "RolePolicyList", role.role_policy_list)
        attached = _attached(model, role.attached_managed_policies)
        found[ref] = Policies((*inline, *attached), _boundary(model, role.permissions_boundary))
    for ref, user in model.aws_users.items():
        own = [
            *_inline(ref, "UserPolicyList", user.user_policy_list),
            *_attached(model, user.attached_managed_policies),
        ]
        for name in user.group_list or ():
            if (ref.account, name) not in groups:
                own.append(unknown(ref, "/GroupList", missing=ACCOUNT_DETAILS))
                continue
            group_ref, group = groups[ref.account, name]
            own += _inline(group_ref, "GroupPolicyList", group.group_policy_list)
            own += _attached(model, group.attached_managed_policies)
        found[ref] = Policies(tuple(own), _boundary(model, user.permissions_boundary))
    return found


@memoised
def trusts(model: Model) -> Mapping[Ref, Policy]:
    """The trust policy of every role."""
    return {
        ref: policy(ref, "/AssumeRolePolicyDocument", bytes(role.assume_role_policy_document))
        for ref, role in model.aws_roles.items()
    }


def _inline(of: Ref, field: str, listed: tuple[wire_aws.InlinePolicy, ...] | None) -> Iterator[Policy]:
    for index, each in enumerate(listed or ()):
        yield policy(of, pointer(field, index, "PolicyDocument"), bytes(each.policy_document))


def _attached(model: Model, listed: tuple[wire_aws.AttachedPolicy, ...] | None) -> Iterator[Policy]:
    for each in listed or ():
        yield managed(model, Ref(each.policy_arn))


def _boundary(model: Model, boundary: wire_aws.Boundary | None) -> Policy | None:
    return managed(model, Ref(boundary.permissions_boundary_arn)) if boundary is not None else None


def managed(model: Model, arn: Ref) -> Policy:
    """A managed policy in its default version; one of AWS's own may be known where the snapshot lacks it."""
    return _managed(model).get(arn) or _known(arn)


@memoised
def _managed(model: Model) -> Mapping[Ref, Policy]:
    found: dict[Ref, Policy] = {}
    for ref, each in model.aws_policies.items():
        for index, version in enumerate(each.policy_version_list or ()):
            if version.is_default_version:
                found[ref] = policy(ref, pointer("PolicyVersionList", index, "Document"), bytes(version.document))
    return found


def _known(arn: Ref) -> Policy:
    document = MANAGED.get(arn.name) if arn.account == "aws" else None
    if document is None:
        return unknown(arn, missing=ACCOUNT_DETAILS)
    return policy(arn, "/PolicyVersionList/0/Document", document)
