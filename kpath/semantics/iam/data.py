"""Who may read data: the principal's policies, the resource's own, and those of the key that encrypts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Data, Model
from kpath.refs import Ref
from kpath.semantics.iam import account, datakeys
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.context import UNCERTAIN, Context
from kpath.semantics.iam.datakeys import as_left, decrypting, leaving
from kpath.semantics.iam.decide import decide
from kpath.semantics.iam.document import Policy, policy
from kpath.semantics.iam.patterns import resource_matcher
from kpath.semantics.iam.request import Policies, Request
from kpath.semantics.iam.sets import Group, allowed
from kpath.verdict import Denied, Undecided, Verdict, all_of, any_of

READS = account.READS | datakeys.READS


class Reading(Struct, frozen=True):
    """What reads data of a kind: all actions of any of `ways`, and `besides` those that know no resources.

    `within` is what a request names within the data, as an object of a bucket; `above` says that it names what the
    data is filed under. `through` is the service that decrypts for the caller, with the same rights: empty where it
    needs none.
    """

    ways: tuple[tuple[str, ...], ...]
    besides: tuple[str, ...] = ()
    within: str = ""
    above: bool = False
    through: str = ""
    context: Context = UNCERTAIN

    def asked(self, ref: Ref) -> str:
        """What a request for it names."""
        return ref.rpartition("/")[0] if self.above else f"{ref}{self.within}"


class Alike(Struct, frozen=True):
    """Data with the same policy of its own, or without; by what a request names."""

    own: Policy | None
    refs: Mapping[str, tuple[Ref, ...]]


def readable(model: Model, reading: Reading, data: Mapping[Ref, Data]) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """Principal, resources and verdict, where it is not a no; together what no policy of a resource tells apart."""
    if reading.within:
        yield from _in_part(model, reading, data)
    kinds = alike(reading, data)
    for principal, policies in principals(model).items():
        for each in kinds:
            for group in spelled(principal, policies, reading, each, data):
                yield from opened(model, principal, policies, reading, data, group)


def opened(
    model: Model, principal: Ref, policies: Policies, reading: Reading, data: Mapping[Ref, Data], group: Group
) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """What of a group the principal may decrypt as well."""
    besides = [decide(Request(principal, action), policies) for action in reading.besides]
    by_key: dict[Ref | None, list[Ref]] = {}
    for name in sorted(group.names):
        by_key.setdefault(data[Ref(name)].key if reading.through else None, []).append(Ref(name))
    for key, refs in by_key.items():
        opening = [decrypting(model, principal, key, reading.through)] if key is not None else []
        verdict = all_of(group.verdict, *besides, *opening)
        if not isinstance(verdict, Denied):
            yield principal, model.names.refs(refs), verdict


def alike(reading: Reading, data: Mapping[Ref, Data]) -> tuple[Alike, ...]:
    """Data by its own policies: those that say the same in the same words are weighed once."""
    texts: dict[tuple[str, str] | None, list[Ref]] = {}
    for ref, each in data.items():
        texts.setdefault((each.policy, each.at) if each.policy is not None else None, []).append(ref)
    found: list[Alike] = []
    for said, refs in texts.items():
        own = None
        if said is not None:
            own = policy(refs[0] if len(refs) == 1 else TARGET, said[1], said[0])
        by_name: dict[str, list[Ref]] = {}
        for ref in refs:
            by_name.setdefault(reading.asked(ref), []).append(ref)
        found.append(Alike(own, {name: tuple(named) for name, named in by_name.items()}))
    return tuple(found)


def spelled(
    principal: Ref, policies: Policies, reading: Reading, kind: Alike, data: Mapping[Ref, Data]
) -> Iterator[Group]:
    """The refs that one of the ways leads to; where something is left open, each with its own name in it."""
    if not kind.refs:
        return
    first = next(iter(kind.refs.values()))[0]
    own = kind.own if kind.own is not None or first.kind != "aws-key" else leaving(principal.account)
    for group in best(ways(principal, replace(policies, resource=own), reading, frozenset(kind.refs))):
        refs = [ref for name in sorted(group.names) for ref in kind.refs[name]]
        if own is None or (own.of == TARGET and not isinstance(group.verdict, Undecided)) or own.of == first:
            yield Group(group.verdict, frozenset(refs))
        else:
            yield from (Group(decided(principal, policies, reading, data[ref]), frozenset({ref})) for ref in refs)


def ways(principal: Ref, policies: Policies, reading: Reading, asked: frozenset[str]) -> Iterator[Group]:
    """What each way leads to."""
    known = reading.context.over({"kms:calleraccount": (principal.account,)})
    for way in reading.ways:
        found: Sequence[Group] = allowed(principal, way[0], policies, asked, context=known)
        for action in way[1:] if found else ():
            more = allowed(principal, action, policies, asked, context=known)
            found = [
                Group(all_of(one.verdict, other.verdict), both)
                for one in found
                for other in more
                if (both := one.names & other.names)
            ]
        yield from found


def best(groups: Iterable[Group]) -> Iterator[Group]:
    """The groups, with each name where it is surest."""
    done: frozenset[str] = frozenset()
    for group in sorted(groups, key=lambda each: isinstance(each.verdict, Undecided)):
        if left := group.names - done:
            yield Group(group.verdict, left)
            done |= left


def decided(principal: Ref, policies: Policies, reading: Reading, data: Data) -> Verdict:
    """Whether a principal may read one thing, its key aside."""
    own = policy(data.ref, data.at, data.policy) if data.policy is not None else None
    is_lost = own is None and data.ref.kind == "aws-key"
    bound = replace(policies, resource=leaving(principal.account) if is_lost else own)
    known = reading.context.over({"kms:calleraccount": (principal.account,)})
    asked = reading.asked(data.ref)
    verdict = any_of(*(
        all_of(*(decide(Request(principal, action, asked, known), bound) for action in way)) for way in reading.ways
    ))  # fmt: skip
    return as_left(verdict, data.ref) if is_lost else verdict


def _in_part(model: Model, reading: Reading, data: Mapping[Ref, Data]) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """Buckets of which a principal's policies name some objects and not all."""
    own_policies = [policy(ref, "", each.policy) for ref, each in data.items() if each.policy]
    by_bucket = tuple(_object_patterns(own_policies))
    for principal, policies in principals(model).items():
        for pattern in dict.fromkeys((*_object_patterns(policies.identity), *by_bucket)):
            buckets, _, key = pattern.partition("/")
            for each in _buckets(data, buckets) if key not in ("", "*") else ():
                part = replace(reading, within=f"/{key.replace('*', 'object').replace('?', 'o')}")
                verdict = decided(principal, policies, part, each)
                if not isinstance(verdict, Denied):
                    only = Assumption(f"what is wanted is among {pattern}")
                    group = Group(Undecided(verdict.because, (*verdict.assumes, only)), frozenset({each.ref}))
                    yield from opened(model, principal, policies, reading, data, group)


def _buckets(data: Mapping[Ref, Data], pattern: str) -> Iterator[Data]:
    """The buckets that a pattern means."""
    if "*" not in pattern and "?" not in pattern:
        found = data.get(Ref(pattern))
        yield from [found] if found is not None else []
    else:
        yield from (each for ref, each in data.items() if resource_matcher(pattern)(ref))


def _object_patterns(policies: Iterable[Policy]) -> Iterator[str]:
    """The patterns of objects in buckets that some policies name."""
    found: dict[str, None] = {}
    for each in policies:
        for statement in each.statements:
            if statement.resources is not None and not statement.resources.negated:
                found.update(
                    dict.fromkeys(name for name in statement.resources.values if ":s3:::" in name and "/" in name)
                )
    yield from found


def refusals(
    model: Model, reading: Reading, data: Mapping[Ref, Data], holds: Callable[[Ref], bool]
) -> Iterator[tuple[Ref, Ref, Evidence]]:
    """Principal, resource and the facts that keep it away, for the principals that somebody holds."""
    for principal, policies in principals(model).items():
        for ref, each in data.items() if holds(principal) else ():
            found = [decided(principal, policies, reading, each)]
            found += [decide(Request(principal, action), policies) for action in reading.besides]
            if each.key is not None and reading.through:
                found.append(decrypting(model, principal, each.key, reading.through))
            verdict = all_of(*found)
            if isinstance(verdict, Denied) and verdict.because:
                yield principal, ref, verdict.because
