"""What the roles of nodes may do in AWS.

Source: service authorization reference, Amazon ECR, Amazon EC2 and Amazon EKS Auth.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import Assumption, Evidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import READS as ACCOUNT
from kpath.semantics.iam.account import held_by, principals, uncollected
from kpath.semantics.iam.context import UNCERTAIN
from kpath.semantics.iam.decide import decide
from kpath.semantics.iam.request import ALONE, Policies, Request, known_of, resource_keys
from kpath.semantics.workload import noderoles
from kpath.semantics.workload.facts import provided
from kpath.semantics.workload.images import repositories
from kpath.semantics.workload.noderoles import Carried
from kpath.verdict import Denied, Verdict, all_of

READS = ACCOUNT | noderoles.READS

PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
MOVE = ("ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute")


def policies_of(model: Model, role: Ref) -> Policies:
    """What binds a role; the policies of one that was not collected as a whole may allow anything."""
    found = model.aws_roles.get(role)
    if found is None or not found.is_whole:
        return uncollected(model, role)
    return principals(model)[role]


def may(model: Model, role: Ref, actions: tuple[str, ...], resource: str = "*") -> Verdict:
    """Whether a role may do all of some things, by its own policies."""
    policies = policies_of(model, role)
    # The account of the resource is told apart from whose policies are asked.
    account = Ref(resource).account if resource != "*" else ""
    context = UNCERTAIN
    if account not in ("", role.account):
        theirs = policies.standings.get(account, ALONE)
        context = known_of(role, policies).over(resource_keys(theirs, account))
        policies = replace(policies, rcps=theirs.rcps, standings={})
    asked = (Request(role, action, resource, context, owner=role.account) for action in actions)
    return all_of(*(decide(each, policies) for each in asked))


def reasons(model: Model, each: Carried, verdict: Verdict) -> Evidence:
    """The policies that allow a node's role something, or, where none was collected, why it is the role."""
    return held_by(model, each.role, verdict.because) or each.because


def pullable(model: Model, role: Ref) -> Iterator[tuple[Ref, Evidence, Verdict]]:
    """The repositories from which a role may pull, the image that tells of each, and the verdict."""
    for repository, named in repositories(model).items():
        verdict = may(model, role, PULL, repository)
        if repository.account != role.account:
            what = f"the policy of {repository} admits account {role.account}"
            verdict = all_of(verdict, provided((Assumption(what, missing="ecr get-repository-policy"),)))
        if not isinstance(verdict, Denied):
            yield repository, named, verdict
