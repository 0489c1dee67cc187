"""Who may read data: the principal's policies, and the resource's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from kpath.evidence import Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Data, Model
from kpath.refs import Ref
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.decide import decide
from kpath.semantics.iam.document import Policy, policy
from kpath.semantics.iam.patterns import resource_matcher
from kpath.semantics.iam.request import Request
from kpath.semantics.iam.sets import allowed
from kpath.verdict import Denied, Undecided, Verdict


def readable(model: Model, action: str, data: Mapping[Ref, Data]) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """Principal, resources and verdict, where it is not a no; together what no policy of a resource tells apart."""
    yield from _in_part(model, action, data)
    plain = {_object(ref): ref for ref, each in data.items() if each.policy is None}
    asked = frozenset(plain)
    guarded = {ref: policy(ref, each.at, each.policy) for ref, each in data.items() if each.policy is not None}
    for principal, policies in principals(model).items():
        for group in allowed(principal, action, policies, asked):
            if not isinstance(group.verdict, Denied):
                yield principal, model.names.refs(plain[name] for name in sorted(group.names)), group.verdict
        for ref, own in guarded.items():
            verdict = decide(Request(principal, action, _object(ref)), replace(policies, resource=own))
            if not isinstance(verdict, Denied):
                yield principal, model.names.refs([ref]), verdict


def _in_part(model: Model, action: str, data: Mapping[Ref, Data]) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """Buckets of which a principal's policies name some objects and not all."""
    own_policies = [policy(ref, "", each.policy) for ref, each in data.items() if each.policy]
    by_bucket = tuple(_object_patterns(own_policies))
    for principal, policies in principals(model).items():
        for pattern in dict.fromkeys((*_object_patterns(policies.identity), *by_bucket)):
            buckets, _, key = pattern.partition("/")
            for each in _buckets(data, buckets) if key not in ("", "*") else ():
                own = policy(each.ref, each.at, each.policy) if each.policy is not None else None
                asked = f"{each.ref}/{key.replace('*', 'object').replace('?', 'o')}"
                verdict = decide(Request(principal, action, asked), replace(policies, resource=own))
                if not isinstance(verdict, Denied):
                    only = Assumption(f"what is wanted is among {pattern}")
                    yield principal, model.names.refs([each.ref]), Undecided(verdict.because, (*verdict.assumes, only))


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
    model: Model, action: str, data: Mapping[Ref, Data], holds: Callable[[Ref], bool]
) -> Iterator[tuple[Ref, Ref, Evidence]]:
    """Principal, resource and the facts that keep it away, for the principals that somebody holds."""
    for principal, policies in principals(model).items():
        for ref, each in data.items() if holds(principal) else ():
            own = policy(ref, each.at, each.policy) if each.policy is not None else None
            verdict = decide(Request(principal, action, _object(ref)), replace(policies, resource=own))
            if isinstance(verdict, Denied) and verdict.because:
                yield principal, ref, verdict.because


def _object(ref: Ref) -> str:
    """What a request names: of a bucket, some object in it."""
    return f"{ref}/object" if ref.kind == "aws-bucket" else str(ref)
