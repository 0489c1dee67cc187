"""What an organisation makes of its accounts: the policies that bind their principals, and their resources.

Source: AWS Organizations user guide, evaluation of SCPs and of RCPs; IAM user guide, global condition keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.model.memo import memoised
from kpath.model.organizations import RCP, SCP, Control, Organization
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.document import Patterns, Policy, Statement, policy, unknown
from kpath.semantics.iam.request import Standing

READS = frozenset({"organizations", "org_places", "org_policies"})

CEILINGS = "organizations list-policies-for-target"
TEXTS, TARGETS = "organizations describe-policy", "organizations list-targets-for-policy"
MEMBERS, PARENTS, ROOTS = "organizations list-accounts", "organizations list-parents", "organizations list-roots"

_CALLED = {SCP: "service control policies", RCP: "resource control policies"}
# AWS's own, which allow everything and which nobody can change.
_FULL = ("policy/service_control_policy/p-FullAWSAccess", "policy/resource_control_policy/p-RCPFullAWSAccess")

_EVERYTHING = Patterns(("*",))

Levels = tuple[tuple[Policy, ...], ...]


class Chain(Struct, frozen=True):
    """An account and what is above it, the root first, and whether nothing is missing between them."""

    ids: tuple[str, ...]
    is_whole: bool


@memoised
def standing(model: Model, account: str) -> Standing:
    """What is known of an account's place in its organisation. Where nothing is, nothing binds it, and that is said."""
    home = _home(model, account)
    if home is None:
        is_outside = bool(model.organizations) and all(each.is_listed for each in model.organizations.values())
        return Standing(account, missing=() if is_outside else (MEMBERS if model.organizations else CEILINGS,))
    chain = _chain(model, home, account)
    path = "/".join((home.id, *chain.ids[:-1], "")) if chain.is_whole else ""
    if account == home.management or home.is_for_bills:
        return Standing(account, home.id, path)
    scps, rcps = (_levels(model, chain, kind) for kind in (SCP, RCP))
    found = [*(scps or ()), *(rcps or ())]
    missing = {each.missing for level in found for one in level for each in one.statements if each.missing}
    if scps is None or rcps is None:
        missing.add(CEILINGS)
    guards = tuple(dict.fromkeys(each for level in rcps or () for each in level if not _is_full(each.of)))
    return Standing(account, home.id, path, scps or (), guards, tuple(sorted(missing)))


def _home(model: Model, account: str) -> Organization | None:
    """The organisation that an account is known to be in."""
    place = model.org_places.get(Ref(account))
    at, ids = account, [account]
    while place is not None and place.parent:
        at = place.parent
        ids.append(at)
        place = model.org_places.get(Ref(at))
    named = (model.org_places[Ref(each)].organization for each in ids if each in model.org_places)
    known = next((model.organizations[Ref(each)] for each in named if each), None)
    managed = (each for each in model.organizations.values() if each.management == account)
    found = known or next(managed, None)
    if found is None and at.startswith("r-") and len(model.organizations) == 1:
        return next(iter(model.organizations.values()))
    return found


def _chain(model: Model, home: Organization, account: str) -> Chain:
    ids = [account]
    while (place := model.org_places.get(Ref(ids[0]))) is not None and place.parent:
        ids.insert(0, place.parent)
    if ids[0].startswith("r-"):
        return Chain(tuple(ids), True)
    roots = [each.id for each in model.org_places.values() if each.id.startswith("r-")]
    mine = [each for each in roots if model.org_places[Ref(each)].organization in ("", home.id)]
    return Chain((*mine[:1], *ids), False)


def _levels(model: Model, chain: Chain, kind: str) -> Levels | None:
    """The policies of a type by level; `None` where nothing says whether there are any."""
    top = model.org_places.get(Ref(chain.ids[0]))
    types = top.types if top is not None else None
    if types is not None and kind not in types:
        return ()
    levels = [_level(model, each, kind) for each in chain.ids]
    if types is None and not any(levels):
        return None
    if not chain.is_whole:
        what = f"is in organisational units whose {_CALLED[kind]} are not in the snapshot"
        levels.append((unknown(Ref(chain.ids[-1]), missing=PARENTS, problem=what),))
    found = (level or (_unlisted(each, kind),) for each, level in zip((*chain.ids, ""), levels, strict=False))
    return tuple(level for level in found if not all(map(_is_clear, level)))


def _unlisted(place: str, kind: str) -> Policy:
    return unknown(Ref(place), missing=CEILINGS, problem=f"has {_CALLED[kind]} that are not in the snapshot")


def _level(model: Model, place: str, kind: str) -> tuple[Policy, ...]:
    """The policies that are attached to a place, and those that may be."""
    told = model.org_places.get(Ref(place))
    listed = {arn for type_, arn in told.attached if type_ == kind} if told is not None else set()
    attached = listed | attachments(model).get((kind, place), frozenset())
    found = [_compiled(model, arn) for arn in sorted(attached)]
    if attached and not (told is not None and kind in told.whole):
        found += [_possibly(each, place) for each in _loose(model, kind) if each.arn not in attached]
    return tuple(found)


@memoised
def attachments(model: Model) -> Mapping[tuple[str, str], frozenset[str]]:
    """The ARNs of the policies that say that they are attached to a place, by type and place."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in model.org_policies.values():
        for target in each.targets:
            found.setdefault((each.type, target), set()).add(each.arn)
    return {key: frozenset(arns) for key, arns in found.items()}


def _loose(model: Model, kind: str) -> Iterator[Control]:
    """The policies of which it is not known what they are all attached to."""
    return (each for each in model.org_policies.values() if each.type == kind and not each.is_whole)


def _possibly(each: Control, place: str) -> Policy:
    found = unknown(Ref(each.arn), missing=TARGETS, problem=f"may be attached to {place}")
    if not _is_full(found.of):
        return found
    return replace(found, statements=tuple(replace(one, effect="Allow") for one in found.statements))


@memoised
def _compiled(model: Model, arn: str) -> Policy:
    """A policy of an organisation; of AWS's own the text is known, and cites nothing since nobody can change it."""
    ref = Ref(arn)
    if _is_full(ref):
        return Policy(ref, "", (Statement(ref, "", "Allow", (), actions=_EVERYTHING, resources=_EVERYTHING),))
    held = model.org_policies.get(ref)
    if held is None or held.content is None:
        return unknown(ref, missing=TEXTS)
    return policy(ref, "/Policy/Content", held.content)


def _is_clear(policy_: Policy) -> bool:
    """Whether a policy is AWS's own that allows everything, and is certainly in force."""
    return _is_full(policy_.of) and not any(each.problem for each in policy_.statements)


def _is_full(arn: Ref) -> bool:
    return arn.account == "aws" and arn.endswith(_FULL)


@memoised
def standings(model: Model) -> Mapping[str, Standing]:
    """Where each account stands that something in the snapshot is in.

    Under an empty text that of what has no account in its ARN, as buckets: the only one, if there is but one.
    """
    holders = (model.aws_roles, model.aws_users, model.aws_groups)
    own = sorted({ref.account for table in holders for ref in table})
    found = {each: standing(model, each) for each in (*own, *model.org_places) if each.isdigit()}
    return {**found, "": _of_any([found[each] for each in own if each in found])}


def _of_any(known: Iterable[Standing]) -> Standing:
    """What is certain of a resource that may be in any of some accounts."""
    each = list(known)
    if len(each) == 1:
        return each[0]
    shared = {one.rcps for one in each}
    ids = {one.organization for one in each}
    rcps = next(iter(shared), ()) if len(shared) < 2 else (_OWNERLESS,)
    return Standing(organization=next(iter(ids), "") if len(ids) < 2 else "", rcps=rcps)


_OWNERLESS = unknown(Ref("account of the resource"), problem="is not known, and with it its resource control policies")
