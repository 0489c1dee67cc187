"""Who of an account may make certain calls to AWS: asked once for all principals, set by set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.account import READS, held_by, principals, trusts
from kpath.semantics.iam.admin import everything
from kpath.semantics.iam.context import CHOSEN, Context
from kpath.semantics.iam.document import Policy, policy
from kpath.semantics.iam.organization import standing
from kpath.semantics.iam.request import Policies, account, known_of
from kpath.semantics.iam.services import called
from kpath.semantics.iam.sets import Group, allowed
from kpath.semantics.iam.statements import relevant
from kpath.semantics.iam.trust import service
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

# Stand for the principal that asks: its ARN, and how EKS writes it in the ARN of its access entry.
PRINCIPAL, SELF = "{principal}", "{self}"

# Keys of these services that say what the caller asks for, and so are the caller's to choose.
_PICKED = CHOSEN | {
    "eks:accessentrytype", "eks:clientid", "eks:issuerurl", "eks:kubernetesgroups", "eks:username",
    "ec2-instance-connect:remoteport", "ec2:instancetype", "ec2:osuser",
}  # fmt: skip

# Keys that only these calls have; in every other they are absent.
_CREATES = frozenset({"eks:CreateAccessEntry", "eks:UpdateAccessEntry"})
_ASSOCIATES = frozenset({"eks:AssociateAccessPolicy"})
_OF = {
    "iam:passedtoservice": frozenset({"iam:PassRole"}),
    "eks:policyarn": _ASSOCIATES, "eks:accessscope": _ASSOCIATES, "eks:namespaces": _ASSOCIATES,
    "eks:kubernetesgroups": _CREATES, "eks:username": _CREATES, "eks:accessentrytype": _CREATES,
    "ec2:osuser": frozenset({"ec2-instance-connect:SendSSHPublicKey"}),
    **dict.fromkeys(
        ("eks:authenticationmode", "eks:endpointpublicaccess", "eks:publicaccesscidrs"),
        frozenset({"eks:UpdateClusterConfig", "eks:CreateCluster"}),
    ),
    **dict.fromkeys(("eks:clientid", "eks:issuerurl"), frozenset({"eks:AssociateIdentityProviderConfig"})),
}  # fmt: skip

# Stands for a resource of which the policy is not known.
_SOME = Ref("some resource")
_POLICY = "ecr get-repository-policy"

__all__ = [
    "PRINCIPAL", "READS", "SELF", "Able", "Call", "Handed", "Known", "Trusting", "able", "administrators", "alike",
    "alike_in_trust", "besides", "entered_as", "handed", "meeting", "passes", "trusting",
]  # fmt: skip

Known = tuple[tuple[str, tuple[str, ...]], ...]


class Call(Struct, frozen=True):
    """A call, the resources on which it may be made, each a question of its own, and what is known of its keys.

    A `shared` resource may have a policy of its own, which lets other accounts in.
    """

    action: str
    resources: frozenset[str]
    known: Known = ()
    shared: bool = False

    def by(self, principal: Ref) -> Call:
        """The call as a certain principal makes it."""
        if not any(mark in text for text in self._texts() for mark in (PRINCIPAL, SELF)):
            return self
        known = tuple((key, tuple(_said_of(principal, each) for each in values)) for key, values in self.known)
        return replace(self, resources=frozenset(_said_of(principal, each) for each in self.resources), known=known)

    def _texts(self) -> Iterator[str]:
        yield from self.resources
        for _, values in self.known:
            yield from values


def entered_as(principal: Ref) -> str:
    """How EKS writes a principal in the ARN of its access entry."""
    kind = "role" if principal.kind == "aws-role" else "user"
    return f"{kind}/{principal.account}/{principal.name}"


def _said_of(principal: Ref, text: str) -> str:
    return text.replace(PRINCIPAL, principal).replace(SELF, entered_as(principal))


class Able(Struct, frozen=True):
    """A principal that may do something to some resources, and what says so."""

    principal: Ref
    resources: frozenset[str]
    verdict: Verdict

    def because(self, model: Model) -> Evidence:
        """The statements that allow it, and by which way the principal has them."""
        return held_by(model, self.principal, self.verdict.because)

    @property
    def assumes(self) -> tuple[Assumption, ...]:
        return self.verdict.assumes


@memoised
def able(model: Model, call: Call) -> tuple[Able, ...]:
    """Every principal that may make a call, with the resources on which it may."""
    found: list[Able] = []
    for principal, policies in principals(model).items() if call.resources else ():
        if _is_spoken_of(policies, call.action):
            own = call.by(principal)
            context = Context(dict(own.known), _absent(own.action), _PICKED)
            asked = replace(policies, resource=_willing(principal, own.action)) if own.shared else policies
            for group in allowed(principal, own.action, asked, own.resources, context=context):
                found.extend(
                    _by_place(principal, group) if own.shared else [Able(principal, group.names, group.verdict)]
                )
    return tuple(found)


@memoised
def administrators(model: Model) -> frozenset[Ref]:
    """The principals that may do anything in their account, or may be able to."""
    found = principals(model).items()
    return frozenset(
        ref for ref, policies in found if not isinstance(everything(policies, context=known_of(ref, policies)), Denied)
    )


def _absent(action: str) -> frozenset[str]:
    """The keys of other calls."""
    return frozenset(key for key, actions in _OF.items() if action not in actions)


def _willing(principal: Ref, action: str) -> Policy:
    """A policy of a resource that leaves it to the principal's account, so that its own policies decide."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal.account}, "Action": action, "Resource": "*"}
    return policy(_SOME, "", {"Version": "2012-10-17", "Statement": [statement]})


def _by_place(principal: Ref, group: Group) -> Iterator[Able]:
    """What was allowed, in the principal's account and, provided that their policies admit it, in others."""
    verdict: Verdict = group.verdict
    because = tuple(fact for fact in verdict.because if fact.of != _SOME)
    away = frozenset(name for name in group.names if account(name) not in ("", principal.account))
    if near := group.names - away:
        yield Able(principal, near, Undecided(because, verdict.assumes) if verdict.assumes else Allowed(because))
    for name in sorted(away):
        admitted = Assumption(f"the policy of {name} admits account {principal.account}", missing=_POLICY)
        yield Able(principal, frozenset({name}), Undecided(because, (*verdict.assumes, admitted)))


def _is_spoken_of(policies: Policies, action: str) -> bool:
    """Whether some policy of a principal's may allow an action; none of a service's resources has a policy here."""
    return any(each.effect != "Deny" for policy in policies.identity for each in relevant(policy, action))


def alike(
    model: Model, actions: Iterable[str], resources: frozenset[str], known: Known = (), *, shared: bool = False
) -> tuple[Able, ...]:
    """Every principal that may do all of some things to the same resource."""
    return meeting(*(able(model, Call(action, resources, known, shared)) for action in actions))


def meeting(*parts: Iterable[Able]) -> tuple[Able, ...]:
    """Every principal that is in each of some answers, with the resources that are in each."""
    first, *rest = (tuple(part) for part in parts)
    for part in rest:
        first = tuple(_joined(first, part, same=True))
    return first


def besides(*parts: Iterable[Able]) -> tuple[Able, ...]:
    """Every principal that is in each of some answers, with the resources of the last."""
    first, *rest = (tuple(part) for part in parts)
    for part in rest:
        first = tuple(_joined(first, part, same=False))
    return first


def _joined(first: Iterable[Able], second: Iterable[Able], *, same: bool) -> Iterator[Able]:
    by_principal: dict[Ref, list[Able]] = {}
    for each in second:
        by_principal.setdefault(each.principal, []).append(each)
    for each in first:
        for other in by_principal.get(each.principal, ()):
            resources = each.resources & other.resources if same else other.resources
            if resources:
                yield Able(each.principal, resources, all_of(each.verdict, other.verdict))


def passes(model: Model, roles: frozenset[str], to: str) -> tuple[Able, ...]:
    """Every principal that may hand some roles to a service, by any of the names that it has where the roles are."""
    names = called(to, (role.split(":", 2)[1] for role in roles))
    return able(model, Call("iam:PassRole", roles, (("iam:passedtoservice", names),)))


@memoised
def trusting(model: Model, to: str) -> tuple[tuple[Ref, Verdict], ...]:
    """The roles that a service may take, by their trust policies."""
    found = ((role, service(trust, to, owner=standing(model, role.account))) for role, trust in trusts(model).items())
    return tuple((role, verdict) for role, verdict in found if not isinstance(verdict, Denied))


class Trusting(Struct, frozen=True):
    """Roles that a service may take for the same reasons, told as facts of the target."""

    roles: frozenset[str]
    because: Evidence
    assumes: tuple[Assumption, ...]


def alike_in_trust(found: Iterable[tuple[Ref, Verdict]]) -> tuple[Trusting, ...]:
    """Roles by what their trust policies say, wherever they say it in the same words."""
    groups: dict[tuple[Evidence, tuple[Assumption, ...]], set[str]] = {}
    for role, verdict in found:
        because = tuple(replace(fact, of=TARGET) if fact.of == role else fact for fact in verdict.because)
        groups.setdefault((because, verdict.assumes), set()).add(str(role))
    return tuple(Trusting(frozenset(roles), *why) for why, roles in groups.items())


Handed = tuple[Ref, Refs, Evidence, tuple[Assumption, ...]]


def handed(model: Model, to: str, *parts: tuple[Able, ...], passed_to: str | None = None) -> Iterator[Handed]:
    """Principal and roles, for the roles that trust a service and that whoever is in each answer may hand to it.

    `passed_to` is the service that IAM takes them to be passed to, and empty where that is not known.
    """
    shapes = alike_in_trust(trusting(model, to))
    names = frozenset(role for each in shapes for role in each.roles)
    is_open = passed_to == ""
    passed = able(model, Call("iam:PassRole", names)) if is_open else passes(model, names, passed_to or to)
    for each in besides(*parts, passed):
        for shape in shapes:
            if roles := each.resources & shape.roles:
                targets = model.names.refs(Ref(name) for name in roles)
                yield each.principal, targets, (*each.because(model), *shape.because), (*each.assumes, *shape.assumes)
