"""The roles that an EC2 instance can be given: those of nodes, and those that trust EC2 and are in a profile."""

from __future__ import annotations

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import account
from kpath.semantics.iam.account import trusts
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.trust import service
from kpath.semantics.workload import metadata
from kpath.semantics.workload.metadata import node_roles
from kpath.verdict import Denied, Verdict

READS = account.READS | metadata.READS


class Given(Struct, frozen=True):
    """A role that an instance has or can have, why, and what that assumes."""

    role: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]


@memoised
def given_to_instances(model: Model) -> tuple[Given, ...]:
    """The roles that nodes have, and every other that was collected and that an instance can have."""
    found = {role: Given(role, each.because, each.assumes) for role, each in node_roles(model).items()}
    for ref, profile in model.profiles.items():
        for role in (Ref(each.arn) for each in profile.roles[:1]):
            verdict: Verdict = Denied()
            if role in trusts(model):
                owner = standing(model, role.account)
                verdict = service(trusts(model)[role], "ec2.amazonaws.com", owner=owner)
            if not isinstance(verdict, Denied):
                because = (Fact(ref, "/Roles/0/Arn", role), *verdict.because)
                found.setdefault(role, Given(role, because, verdict.assumes))
    return tuple(found.values())
