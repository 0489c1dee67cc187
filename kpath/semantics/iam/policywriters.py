"""Who may write the policy that data has of its own, and so let itself in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption
from kpath.model.sets import Refs
from kpath.model.tables import Data, Model
from kpath.refs import Ref
from kpath.semantics.iam import data
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.context import context
from kpath.semantics.iam.data import Reading, alike, best, opened, spelled, ways
from kpath.semantics.iam.document import policy
from kpath.semantics.iam.request import Policies
from kpath.semantics.iam.sets import Group
from kpath.verdict import Allowed, Undecided, Verdict, all_of

TABLES = ("buckets", "aws_secrets", "aws_parameters", "aws_tables", "aws_keys", "aws_repositories")
READS = data.READS | set(TABLES)

# Stands for the policy as whoever may write it would have it.
_WRITTEN = Ref("the policy as written")
_OPEN = policy(_WRITTEN, "", {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})


class Writing(Struct, frozen=True):
    """What writes the policies of data in a table, and what reads that data then."""

    table: str
    action: str
    reading: Reading
    assumes: tuple[Assumption, ...] = ()


_DIRECT = context(absent=("kms:viaservice",))
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_TIER = Assumption("the parameter is of the advanced tier: others have no policy", missing="ssm describe-parameters")
WRITINGS = (
    Writing("buckets", "s3:PutBucketPolicy", Reading((("s3:GetObject",),), within="/object", through="s3")),
    Writing(
        "aws_secrets", "secretsmanager:PutResourcePolicy",
        Reading((("secretsmanager:GetSecretValue",),), through="secretsmanager"),
    ),
    Writing("aws_parameters", "ssm:PutResourcePolicy", Reading((("ssm:GetParameter",),), through="ssm"), (_TIER,)),
    Writing("aws_tables", "dynamodb:PutResourcePolicy", Reading((("dynamodb:Scan",),), through="dynamodb")),
    Writing("aws_keys", "kms:PutKeyPolicy", Reading((("kms:Decrypt",),), context=_DIRECT)),
    Writing("aws_repositories", "ecr:SetRepositoryPolicy", Reading((_PULL,), besides=("ecr:GetAuthorizationToken",))),
)  # fmt: skip


def writers(model: Model) -> Iterator[tuple[Ref, Refs, Verdict]]:
    """Principal, data, and why it may read that once it has written the policy."""
    for writing in WRITINGS:
        held: Mapping[Ref, Data] = getattr(model, writing.table)
        asked = Reading(((writing.action,),))
        kinds = alike(asked, held)
        for principal, policies in principals(model).items():
            written = [group for kind in kinds for group in spelled(principal, policies, asked, kind, held)]
            for group in _let_in(principal, policies, writing, written):
                yield from opened(model, principal, policies, writing.reading, held, group)


def _let_in(principal: Ref, policies: Policies, writing: Writing, written: Sequence[Group]) -> Iterator[Group]:
    """What a policy that lets everybody in would let a principal read: what its own policies deny, they deny still."""
    within = writing.reading.within
    names = frozenset(f"{ref}{within}" for group in written for ref in group.names)
    bound = replace(policies, resource=_OPEN)
    for read in best(ways(principal, bound, writing.reading, names)) if names else ():
        refs = frozenset(name.removesuffix(within) for name in read.names)
        because = tuple(fact for fact in read.verdict.because if fact.of != _WRITTEN)
        assumes = (*read.verdict.assumes, *writing.assumes)
        verdict = Undecided(because, assumes) if assumes else Allowed(because)
        for group in written:
            if both := group.names & refs:
                yield Group(all_of(group.verdict, verdict), both)
