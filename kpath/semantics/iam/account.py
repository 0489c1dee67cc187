"""The policies that bind each principal of the snapshot, compiled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from kpath.evidence import Evidence, Fact, pointer
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import organization
from kpath.semantics.iam.case import is_service_linked
from kpath.semantics.iam.document import Policy, cited, policy, unknown
from kpath.semantics.iam.managed import known
from kpath.semantics.iam.organization import standing, standings
from kpath.semantics.iam.request import Policies

READS = frozenset({"aws_roles", "aws_users", "aws_groups", "aws_policies", "coverage"}) | organization.READS
ACCOUNT_DETAILS = "iam get-account-authorization-details"


@memoised
def principals(model: Model) -> Mapping[Ref, Policies]:
    """Every role and user, with its policies, its groups', its boundary and what its organisation binds it by."""
    found: dict[Ref, Policies] = {}
    groups = {(ref.account, group.group_name): (ref, group) for ref, group in model.aws_groups.items()}
    for ref, role in model.aws_roles.items():
        inline = _inline(ref, "RolePolicyList", role.role_policy_list)
        attached = _attached(model, ref, role.attached_managed_policies)
        found[ref] = _bound(model, ref, (*inline, *attached), _boundary(model, ref, role.permissions_boundary))
    for ref, user in model.aws_users.items():
        own = [*_inline(ref, "UserPolicyList", user.user_policy_list)]
        own += _attached(model, ref, user.attached_managed_policies)
        for index, name in enumerate(user.group_list or ()):
            if (ref.account, name) not in groups:
                own.append(_unknown(ref, (Fact(ref, pointer("GroupList", index), name),), "/GroupList"))
                continue
            group_ref, group = groups[ref.account, name]
            own += _inline(group_ref, "GroupPolicyList", group.group_policy_list)
            own += _attached(model, group_ref, group.attached_managed_policies)
        found[ref] = _bound(model, ref, tuple(own), _boundary(model, ref, user.permissions_boundary))
    return found


def _bound(model: Model, of: Ref, identity: tuple[Policy, ...], boundary: Policy | None = None) -> Policies:
    levels = () if is_service_linked(of) else standing(model, of.account).scps
    return Policies(identity, boundary, scps=levels, standings=standings(model))


def uncollected(model: Model, of: Ref) -> Policies:
    """What binds a principal whose own policies are not there."""
    return _bound(model, of, (unknown(of, missing=ACCOUNT_DETAILS),))


def of_root(model: Model, of: Ref) -> Policies:
    """What binds the root user of an account, who may do everything else."""
    return _bound(model, of, (policy(of, "", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),))


@memoised
def group_policies(model: Model) -> Mapping[Ref, tuple[Policy, ...]]:
    """Every group, with its policies."""
    return {
        ref: (*_inline(ref, "GroupPolicyList", group.group_policy_list),
              *_attached(model, ref, group.attached_managed_policies))
        for ref, group in model.aws_groups.items()
    }  # fmt: skip


def held_by(model: Model, principal: Ref, because: Evidence) -> Evidence:
    """Facts of policies, with those by which a principal has these policies: attachments, groups."""
    ways = comes_by(model).get(principal, {})
    found = [fact for of in dict.fromkeys(fact.of for fact in because) for fact in ways.get(of, ())]
    return (*found, *because)


@memoised
def comes_by(model: Model) -> Mapping[Ref, Mapping[Ref, Evidence]]:
    """How each principal comes to each policy that is not its own."""
    groups = {(ref.account, group.group_name): (ref, group) for ref, group in model.aws_groups.items()}
    found: dict[Ref, dict[Ref, Evidence]] = {
        ref: dict(_attachments(ref, each.attached_managed_policies))
        for table in (model.aws_roles, model.aws_users)
        for ref, each in table.items()
    }
    for ref, user in model.aws_users.items():
        for index, name in enumerate(user.group_list or ()):
            if (ref.account, name) in groups:
                group_ref, group = groups[ref.account, name]
                member = Fact(ref, pointer("GroupList", index), name)
                found[ref].setdefault(group_ref, (member,))
                for policy_ref, facts in _attachments(group_ref, group.attached_managed_policies):
                    found[ref].setdefault(policy_ref, (member, *facts))
    return found


def _attachments(of: Ref, listed: tuple[wire_aws.AttachedPolicy, ...] | None) -> Iterator[tuple[Ref, Evidence]]:
    for index, each in enumerate(listed or ()):
        at = pointer("AttachedManagedPolicies", index, "PolicyArn")
        yield Ref(each.policy_arn), (Fact(of, at, each.policy_arn),)


@memoised
def trusts(model: Model) -> Mapping[Ref, Policy]:
    """The trust policy of every role."""
    at = "/AssumeRolePolicyDocument"
    found: dict[Ref, Policy] = {}
    for ref, role in model.aws_roles.items():
        found_ = document(role.assume_role_policy_document)
        trust = policy(ref, at, found_)
        # Of a trust that cannot be read, the whole document is the fact.
        whole = (Fact(ref, at, cited(found_)),)
        found[ref] = replace(
            trust, statements=tuple(replace(each, facts=each.facts or whole) for each in trust.statements)
        )
    return found


def is_known_to_lack(model: Model, role: Ref) -> bool:
    """Whether all roles of an account are known, and one is not among them; it reads the coverage."""
    return role not in model.aws_roles and role.account in model.coverage.accounts


def _inline(of: Ref, field: str, listed: tuple[wire_aws.InlinePolicy, ...] | None) -> Iterator[Policy]:
    for index, each in enumerate(listed or ()):
        yield policy(of, pointer(field, index, "PolicyDocument"), document(each.policy_document), each.policy_name)


def _attached(model: Model, of: Ref, listed: tuple[wire_aws.AttachedPolicy, ...] | None) -> Iterator[Policy]:
    for index, each in enumerate(listed or ()):
        yield _managed_by(model, of, pointer("AttachedManagedPolicies", index, "PolicyArn"), Ref(each.policy_arn))


def _boundary(model: Model, of: Ref, boundary: wire_aws.Boundary | None) -> Policy | None:
    if boundary is None:
        return None
    at = pointer("PermissionsBoundary", "PermissionsBoundaryArn")
    return _managed_by(model, of, at, Ref(boundary.permissions_boundary_arn))


def _managed_by(model: Model, of: Ref, at: str, arn: Ref) -> Policy:
    """A managed policy in its default version; one of AWS's own may be known where the snapshot lacks it.

    Of one that is not known, its attachment is the fact.
    """
    found = managed(model).get(arn) or well_known(arn)
    if found is not None:
        return found
    return _unknown(arn, (Fact(of, at, arn),))


def _unknown(of: Ref, facts: Evidence, at: str = "") -> Policy:
    """A policy that was not collected, with what says that it is there."""
    absent = unknown(of, at, missing=ACCOUNT_DETAILS)
    return replace(absent, statements=tuple(replace(each, facts=facts) for each in absent.statements))


@memoised
def managed(model: Model) -> Mapping[Ref, Policy]:
    """The managed policies of the snapshot, each in its default version."""
    found: dict[Ref, Policy] = {}
    for ref, each in model.aws_policies.items():
        for index, version in enumerate(each.policy_version_list or ()):
            if version.is_default_version:
                found[ref] = policy(ref, pointer("PolicyVersionList", index, "Document"), document(version.document))
    return found


def well_known(arn: Ref) -> Policy | None:
    """A managed policy of AWS's that kpath knows."""
    found = known(arn)
    return policy(arn, "/PolicyVersionList/0/Document", document(found.document)) if found is not None else None


def document(raw: Raw) -> object:
    """A policy document, which some answers hold as text."""
    return msgspec.json.decode(raw)
