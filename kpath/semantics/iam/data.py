"""Who may read data: the principal's policies, and the resource's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from kpath.model.sets import Refs
from kpath.model.tables import Data, Model
from kpath.refs import Ref
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.decide import decide
from kpath.semantics.iam.document import policy
from kpath.semantics.iam.request import Request
from kpath.semantics.iam.sets import allowed
from kpath.verdict import Denied, Verdict


def readable(model: Model, action: str, data: Mapping[Ref, Data]) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """Principal, resources and verdict, where it is not a no; together what no policy of a resource tells apart."""
    plain = {_object(ref): ref for ref, each in data.items() if each.policy is None}
    asked = frozenset(plain)
    guarded = {ref: policy(ref, "/Policy", each.policy) for ref, each in data.items() if each.policy is not None}
    for principal, policies in principals(model).items():
        for group in allowed(principal, action, policies, asked):
            if not isinstance(group.verdict, Denied):
                yield principal, model.names.refs(plain[name] for name in sorted(group.names)), group.verdict
        for ref, own in guarded.items():
            verdict = decide(Request(principal, action, _object(ref)), replace(policies, resource=own))
            if not isinstance(verdict, Denied):
                yield principal, model.names.refs([ref]), verdict


def _object(ref: Ref) -> str:
    """What a request names: of a bucket, some object in it."""
    return f"{ref}/object" if ref.kind == "aws-bucket" else str(ref)
