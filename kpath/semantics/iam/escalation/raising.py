"""Who can give itself everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec.structs import replace

from kpath.evidence import Evidence, pointer
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import comes_by, document, group_policies, managed, well_known
from kpath.semantics.iam.admin import every_write, everything
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.document import Policy, policy
from kpath.semantics.iam.escalation.asking import Asker, askers
from kpath.semantics.iam.escalation.table import Way, granted, of_rule
from kpath.semantics.iam.escalation.targets import given_everything
from kpath.semantics.iam.managed import names
from kpath.semantics.iam.request import Policies, known_of
from kpath.verdict import Allowed, Denied, Verdict, all_of, any_of

ADMINISTRATORS = "AdministratorAccess"
# Requests of these know the boundary of whom they change.
_OF_HOLDERS = ("AttachRolePolicy", "AttachUserPolicy", "PutRolePolicy", "PutUserPolicy")
_NONE = Denied()


@memoised
def raised(model: Model) -> Mapping[Ref, Mapping[str, Verdict]]:
    """Who can come to do everything by itself, by the id of the way."""
    found: dict[Ref, dict[str, Verdict]] = {}
    for principal, (asker, actions) in askers(model).items():
        for way in of_rule("IAM_SELF_ESCALATE"):
            if actions.issuperset(way.actions):
                verdict = _raised(model, asker, way)
                if not isinstance(verdict, Denied):
                    found.setdefault(principal, {})[way.id] = verdict
    return found


def _raised(model: Model, asker: Asker, way: Way) -> Verdict:
    action = way.actions[0]
    if action.endswith("PermissionsBoundary"):
        return _lifted(model, asker, action)
    if action == "iam:SetDefaultPolicyVersion":
        return any_of(_NONE, *_by_version(model, asker, action))
    if action == "iam:AddUserToGroup":
        return any_of(_NONE, *_by_joining(model, asker, action))
    written = any_of(_NONE, *_by_writing(model, asker, action))
    if isinstance(written, Denied) and ":Attach" in action:
        return any_of(_NONE, *_in_two_steps(model, asker, action))
    if isinstance(written, Denied):
        return written
    return all_of(written, given_everything(asker.principal, asker.policies))


def _by_writing(model: Model, asker: Asker, action: str) -> Iterator[Verdict]:
    """Whether it may write a policy that it has: its own, a group's of its own, or one that is attached."""
    principal = asker.principal
    if f"aws-{_kind(action)}" == principal.kind:
        yield writes(model, asker, action, principal)
    for ref, why in comes_by(model).get(principal, {}).items():
        if ref.kind == f"aws-{_kind(action)}":
            yield all_of(Allowed(why), writes(model, asker, action, ref))


def _kind(action: str) -> str:
    """What an action writes to."""
    kinds = {"Role": "role", "User": "user", "Group": "group", "PolicyVersion": "policy"}
    return next(kind for word, kind in kinds.items() if word in action)


def writes(model: Model, asker: Asker, action: str, of: Ref) -> Verdict:
    """Whether it may write a policy that allows everything to one thing."""
    boundary = _boundary(model, of)
    return any_of(
        *(all_of(asker.may(action, of, each), then) for each, then in writing(model, asker, action, boundary))
    )  # fmt: skip


def writing(model: Model, asker: Asker, action: str, boundary: str) -> Iterator[tuple[Context, Verdict]]:
    """What is known of a request that gives everything to somebody with a boundary, and whether it does.

    Where a policy is attached, that may be AWS's or one of the account's that allows as much, or to write policies.
    """
    known: dict[str, tuple[str, ...]] = {}
    if any(each in action for each in _OF_HOLDERS):
        known["iam:permissionsboundary"] = (boundary,) if boundary else ()
    if ":Attach" not in action:
        yield Context(known), Allowed(())
        return
    # What AWS's policies say is in no document of the snapshot, unless they are in use.
    yield from ((Context({**known, "iam:policyarn": (arn,)}), Allowed(())) for arn in raising_of_aws(asker.partition))
    for arn, verdict in _administrative(model).get(asker.principal.account, {}).items():
        yield Context({**known, "iam:policyarn": (arn,)}), verdict


@memoised
def _administrative(model: Model) -> Mapping[str, Mapping[Ref, Verdict]]:
    """By account, its own policies that allow everything, or to write every policy."""
    found: dict[str, dict[Ref, Verdict]] = {}
    for ref, each in managed(model).items():
        if ref.account != "aws":
            verdict = any_of(everything(Policies((each,))), every_write(each))
            if not isinstance(verdict, Denied):
                found.setdefault(ref.account, {})[ref] = verdict
    return found


@lru_cache(maxsize=8)
def raising_of_aws(partition: str) -> tuple[Ref, ...]:
    """AWS's own policies that allow everything, or to write every policy; the one that allows everything first."""
    arns = [Ref(f"arn:{partition}:iam::aws:policy/{name}") for name in names()]
    found = [arn for arn in arns if (each := well_known(arn)) and isinstance(every_write(each), Allowed)]
    return tuple(sorted(found, key=lambda arn: (arn.name != ADMINISTRATORS, arn)))


def _in_two_steps(model: Model, asker: Asker, action: str) -> Iterator[Verdict]:
    """Whether it may attach to itself, or to a group of its own, a policy of the account by which it writes more."""
    principal = asker.principal
    holders: dict[Ref, Evidence] = {principal: ()} if f"aws-{_kind(action)}" == principal.kind else {}
    came = comes_by(model).get(principal, {}).items()
    holders |= {ref: why for ref, why in came if ref.kind == f"aws-{_kind(action)}"}
    for given in _helpful(model).get(principal.account, ()):
        for ref, why in holders.items():
            fence = _boundary(model, ref)
            known = {"iam:permissionsboundary": (fence,) if fence else ()} if "Group" not in action else {}
            may = asker.may(action, ref, Context({**known, "iam:policyarn": (str(given.of),)}))
            if not isinstance(may, Denied):
                then = Asker(principal, replace(asker.policies, identity=(*asker.policies.identity, given)))
                yield all_of(Allowed(why), may, any_of(*(_raised(model, then, way) for way in _of_words())))


@memoised
def _helpful(model: Model) -> Mapping[str, tuple[Policy, ...]]:
    """By account, its own policies that allow to write some policy."""
    found: dict[str, list[Policy]] = {}
    for ref, each in managed(model).items():
        if ref.account != "aws" and granted(Policies((each,))) & {way.actions[0] for way in _of_words()}:
            found.setdefault(ref.account, []).append(each)
    return {account: tuple(each) for account, each in found.items()}


@lru_cache(maxsize=1)
def _of_words() -> tuple[Way, ...]:
    """The ways in which somebody writes itself a policy of its own words."""
    return tuple(
        way for way in of_rule("IAM_SELF_ESCALATE") if ":Put" in way.actions[0] and "Bound" not in way.actions[0]
    )


def administrators(asker: Asker) -> str:
    """AWS's own policy that allows everything."""
    return f"arn:{asker.partition}:iam::aws:policy/{ADMINISTRATORS}"


def _boundary(model: Model, of: Ref) -> str:
    holder = model.aws_roles.get(of) or model.aws_users.get(of)
    found = holder.permissions_boundary if holder is not None else None
    return found.permissions_boundary_arn if found is not None else ""


def _by_joining(model: Model, asker: Asker, action: str) -> Iterator[Verdict]:
    """A user may join a group that may do everything."""
    if asker.principal.kind != "aws-user":
        return
    mine = asker.policies
    for name, policies in _administering(model).get(asker.principal.account, {}).items():
        joined = replace(mine, identity=(*policies, *mine.identity))
        yield all_of(asker.may(action, name), everything(joined, context=known_of(asker.principal, asker.policies)))


@memoised
def _administering(model: Model) -> Mapping[str, Mapping[Ref, tuple[Policy, ...]]]:
    """By account, the groups whose policies allow everything."""
    found: dict[str, dict[Ref, tuple[Policy, ...]]] = {}
    for ref, policies in group_policies(model).items():
        if not isinstance(everything(Policies(policies)), Denied):
            found.setdefault(ref.account, {})[ref] = policies
    return found


def _by_version(model: Model, asker: Asker, action: str) -> Iterator[Verdict]:
    """A policy that it has was once everything, and that version is still there."""
    for ref, why in comes_by(model).get(asker.principal, {}).items():
        for version in _earlier(model).get(ref, ()):
            others = tuple(each for each in asker.policies.identity if each.of != ref)
            then = replace(asker.policies, identity=(version, *others))
            after = everything(then, context=known_of(asker.principal, asker.policies))
            yield all_of(Allowed(why), asker.may(action, ref), after)


@memoised
def _earlier(model: Model) -> Mapping[Ref, tuple[Policy, ...]]:
    """The versions of policies that allow everything and are not the default."""
    found: dict[Ref, list[Policy]] = {}
    for ref, each in model.aws_policies.items():
        for index, version in enumerate(each.policy_version_list or ()):
            if not version.is_default_version:
                at = pointer("PolicyVersionList", index, "Document")
                earlier = policy(ref, at, document(version.document))
                if not isinstance(everything(Policies((earlier,))), Denied):
                    found.setdefault(ref, []).append(earlier)
    return {ref: tuple(each) for ref, each in found.items()}


def _lifted(model: Model, asker: Asker, action: str) -> Verdict:
    """Without its boundary it can do everything, or give itself everything."""
    boundary = asker.policies.boundary
    if boundary is None or f"aws-{_kind(action)}" != asker.principal.kind:
        return _NONE
    put = administrators(asker) if ":Put" in action else _boundary(model, asker.principal)
    may = asker.may(action, asker.principal, Context({"iam:permissionsboundary": (put,)}))
    if isinstance(may, Denied):
        return may
    free = Asker(asker.principal, replace(asker.policies, boundary=None))
    after = [everything(free.policies, context=known_of(free.principal, free.policies))]
    for way in of_rule("IAM_SELF_ESCALATE"):
        if not way.actions[0].endswith("PermissionsBoundary"):
            after.append(_raised(model, free, way))
    return all_of(may, any_of(*after))
