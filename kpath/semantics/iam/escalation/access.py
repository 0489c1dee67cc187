"""Who comes to another principal: by credentials for it, by its trust, and what it can then be made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import nsmallest

from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, confidence, moved
from kpath.model.aws import PROVIDERS
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import account
from kpath.semantics.iam.chains import assumptions
from kpath.semantics.iam.context import CHOSEN, Context
from kpath.semantics.iam.document import Policy
from kpath.semantics.iam.escalation.asking import Asker, Groups, Taken, askers, given, meet, simplest
from kpath.semantics.iam.escalation.raising import writing
from kpath.semantics.iam.escalation.table import Need, Way, of_rule
from kpath.semantics.iam.escalation.targets import TRUSTING, accounts, holders, of_target, uncapped
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.sets import Group, Names, allowed
from kpath.semantics.iam.trust import federation, token_keys
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = account.READS | {"providers", "coverage"}
ASSUME = "sts:AssumeRole"
# These give everything to whom they are written to.
RAISING = frozenset({
    "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreatePolicyVersion", "iam:PutRolePolicy",
    "iam:PutUserPolicy",
})  # fmt: skip
# Nobody can have the host of an issuer that AWS runs.
_EKS = "oidc.eks."
# As many attachments are told one by one.
_MANY = 8


def reached(model: Model) -> Iterator[tuple[Ref, Taken]]:
    """Who can come to be another user or role."""
    for principal, each in _taken(model).items():
        yield from ((principal, taken) for taken in simplest(each))


def raised_through(model: Model) -> Iterator[tuple[Ref, Way, Verdict]]:
    """Who can come to do everything through another user or role, to which it gives that."""
    for principal, each in _taken(model).items():
        best: dict[str, tuple[Way, Verdict]] = {}
        for taken in each:
            if RAISING.intersection(taken.way.actions):
                for verdict in _through(model, principal, taken):
                    held = best.get(taken.way.id)
                    if held is None or confidence(verdict.assumes) > confidence(held[1].assumes):
                        best[taken.way.id] = taken.way, verdict
        for way, verdict in best.values():
            yield principal, way, verdict


def _through(model: Model, principal: Ref, taken: Taken) -> Iterator[Verdict]:
    """For each cap, the first of those whom a way reaches that has it."""
    for group in uncapped(model).get(principal.account, ()):
        first = next((name for name in _first_two(taken.names, group.names) if name != principal), None)
        if first is not None:
            verdict = all_of(taken.verdict, group.verdict)
            because = moved(verdict.because, TARGET, Ref(first))
            yield Undecided(because, verdict.assumes) if verdict.assumes else Allowed(because)


@lru_cache(maxsize=4096)
def _first_two(some: Names, others: Names) -> tuple[str, ...]:
    """The first names that are in both, two of them since one may be the principal's own."""
    return tuple(nsmallest(2, some & others))


@memoised
def _taken(model: Model) -> Mapping[Ref, tuple[Taken, ...]]:
    found: dict[Ref, tuple[Taken, ...]] = {}
    for principal, (asker, actions) in askers(model).items():
        taken = [
            Taken(way, all_of(group.verdict, _provided(way)), group.names)
            for way in of_rule("IAM_PRINCIPAL_ACCESS") if actions.issuperset({*way.actions} - {ASSUME})
            for group in _groups(model, asker, way.needs) if group.names != {principal}
        ]  # fmt: skip
        if taken:
            found[principal] = tuple(taken)
    return found


def _groups(model: Model, asker: Asker, needs: Iterable[Need]) -> Groups:
    """Those for whom everything that a way takes is allowed."""
    found: Groups | None = None
    for need in needs:
        groups = _allowed(model, asker, need.action)
        found = groups if found is None else meet(found, groups)
        if not found:
            break
    return found or ()


def _allowed(model: Model, asker: Asker, action: str) -> Groups:
    there = accounts(model)[asker.principal.account]
    if action == ASSUME:
        return _assumable(model).get(asker.principal, ())
    if action == "iam:CreatePolicyVersion":
        return tuple(_by_policy(model, asker.over(action, there.attached)))
    if action.startswith("iam:") and "OpenIDConnectProvider" in action:
        return tuple(_by_provider(model, asker, action))
    holders_ = there.users if _is_of_user(action) else there.roles
    found: Groups = ()
    for boundary, names in holders_.items():
        for context, then in writing(model, asker, action, boundary):
            part = meet(asker.over(action, names, context), (Group(then, names),))
            found += part
            if part:
                break
    if action == "iam:UpdateAssumeRolePolicy":
        found = meet(found, _unrefused(model, asker))
    return found


def _is_of_user(action: str) -> bool:
    return any(word in action for word in ("User", "AccessKey", "LoginProfile", "Credential"))


def _unrefused(model: Model, asker: Asker) -> Groups:
    """The roles that it could take if they trusted it."""
    roles = accounts(model)[asker.principal.account].every_role
    return allowed(asker.principal, ASSUME, replace(asker.policies, resource=TRUSTING), roles)


@memoised
def _assumable(model: Model) -> Mapping[Ref, Groups]:
    """The roles that each principal can take as they are."""
    found: dict[Ref, dict[Verdict, set[str]]] = {}
    for principal, role, verdict in assumptions(model):
        if role.account == principal.account:
            found.setdefault(principal, {}).setdefault(of_target(verdict, role), set()).add(str(role))
    return {
        principal: tuple(Group(verdict, frozenset(names)) for verdict, names in groups.items())
        for principal, groups in found.items()
    }


def _by_policy(model: Model, groups: Groups) -> Iterator[Group]:
    """Roles with a policy of some policies; where these are many, which of them it is goes unsaid."""
    for group in groups:
        found = [each for arn in sorted(group.names) for each in holders(model).get(arn, ())]
        if len(found) > _MANY:
            yield Group(group.verdict, frozenset[str]().union(*(names for _, names in found)))
        else:
            yield from (Group(all_of(group.verdict, Allowed(because)), names) for because, names in found)


def _by_provider(model: Model, asker: Asker, action: str) -> Iterator[Group]:
    """Roles that trust a provider: one that is there, or, where it is to be made, one that is not."""
    makes = action == "iam:CreateOpenIDConnectProvider"
    is_listed = PROVIDERS in model.coverage.listed
    for arn, trusting in sorted(_providers(model).get(asker.principal.account, {}).items()):
        is_there = arn in model.providers
        verdict = asker.may(action, arn)
        if isinstance(verdict, Denied) or (is_there if makes else is_listed and not is_there):
            continue
        if not is_there and not is_listed:
            word = "does not exist" if makes else "exists"
            verdict = all_of(verdict, Undecided((), (Assumption(f"{arn} {word}", missing=PROVIDERS),)))
        for because, names in trusting:
            yield Group(all_of(verdict, because), names)


@memoised
def _providers(model: Model) -> Mapping[str, Mapping[Ref, tuple[tuple[Verdict, Names], ...]]]:
    """By account and OIDC provider, the roles that trust it, with the statement that says so."""
    found: dict[str, dict[Ref, list[tuple[Verdict, Names]]]] = {}
    for role, trust in account.trusts(model).items():
        for arn, verdict in _trusted(model, role, trust):
            found.setdefault(role.account, {}).setdefault(arn, []).append((verdict, frozenset({str(role)})))
    return {each: {arn: tuple(roles) for arn, roles in by.items()} for each, by in found.items()}


def _trusted(model: Model, role: Ref, trust: Policy) -> Iterator[tuple[Ref, Verdict]]:
    """The providers whose tokens a role takes, whoever may sign them: then he also says what is in them."""
    named = {Ref(name) for each in trust.statements for name in (each.principals.listed if each.principals else ())}
    owner = standing(model, role.account)
    for arn in sorted(named):
        issuer = arn.partition("/")[2]
        if arn.kind == "aws-oidc-provider" and arn.account == role.account and not issuer.startswith(_EKS):
            claims = frozenset(f"{issuer.lower()}:{claim}" for claim in ("sub", "aud", "amr", "azp", "email", "oaud"))
            lacked = token_keys((trust, *owner.rcps), issuer)
            absent = {key: () for key in lacked if not key.startswith(f"{issuer.lower()}:")}
            verdict = federation(trust, arn, Context(absent, chosen=CHOSEN | claims), owner=owner)
            if not isinstance(verdict, Denied):
                yield arn, verdict


def _provided(way: Way) -> Allowed | Undecided:
    assumes = given(way)
    return Undecided((), assumes) if assumes else Allowed(())
