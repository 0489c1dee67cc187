"""Who may ask EC2 for the user data of instances."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import READS as ACCOUNT
from kpath.semantics.iam.account import held_by, principals
from kpath.semantics.iam.sets import allowed
from kpath.semantics.workload.userdata import READS as USER_DATA
from kpath.semantics.workload.userdata import known
from kpath.verdict import Denied

READS = ACCOUNT | USER_DATA
ACTION = "ec2:DescribeInstanceAttribute"


def readers(model: Model) -> Iterator[tuple[Ref, Refs, Evidence, tuple[Assumption, ...]]]:
    """The principals that may read user data with a credential in it, and whose."""
    held = {str(each.instance): each.ref for each in known(model)}
    asked = frozenset(held)
    for principal, policies in principals(model).items() if held else ():
        for group in allowed(principal, ACTION, policies, asked):
            if not isinstance(group.verdict, Denied):
                targets = model.names.refs(held[name] for name in sorted(group.names))
                because = held_by(model, principal, group.verdict.because)
                yield principal, targets, because, group.verdict.assumes
