"""The policies of a request, reduced to the statements that speak of it, and how they combine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kpath.evidence import TARGET
from kpath.semantics.iam.conditions import all_hold
from kpath.semantics.iam.context import Context
from kpath.semantics.iam.document import Clause, Policy, Principals, unknown
from kpath.semantics.iam.request import Policies, Request
from kpath.semantics.iam.statements import Caller, Fit, Manner, fit, relevant
from kpath.semantics.iam.truth import Truth, conjunction, disjunction, negation

# Services on whose resources a resource control policy has an effect.
RCP_SERVICES = frozenset({
    "aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts",
})  # fmt: skip

# What KMS does for an account and to no key, so that no key policy has a say.
KEYLESS = frozenset({
    "kms:connectcustomkeystore", "kms:createcustomkeystore", "kms:createkey", "kms:deletecustomkeystore",
    "kms:describecustomkeystores", "kms:disconnectcustomkeystore", "kms:generaterandom", "kms:listaliases",
    "kms:listkeys", "kms:updatecustomkeystore",
})  # fmt: skip

_TRUST_ACTIONS = ("sts:assumerole", "sts:setsourceidentity", "sts:tagsession")


class Layer(Struct, frozen=True):
    """Policies of one kind: any of their allows suffices."""

    policies: tuple[Policy, ...]
    allows: tuple[Fit, ...]
    denies: tuple[Fit, ...]


class Case(Struct, frozen=True):
    """All that decides one request, by layer."""

    identity: Layer
    fences: tuple[Layer, ...]
    ceilings: tuple[Layer, ...]
    rcps: Layer
    resource: Layer
    crosses: bool
    needs_resource: bool

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer, in the order in which reasons are given."""
        return (self.identity, self.resource, *self.fences, *self.ceilings, self.rcps)

    @property
    def denies(self) -> Iterator[Fit]:
        """The statements that forbid, of whatever layer."""
        return (each for layer in self.layers for each in layer.denies)

    @property
    def clauses(self) -> Iterator[Clause]:
        """The conditions that have a say."""
        return (clause for each in self._fits for clause in each.statement.clauses)

    def open_clauses(self, context: Context) -> Iterator[Clause]:
        """The conditions that have a say in a context: not those of statements that do not apply whatever comes."""
        for each in self._fits:
            if all_hold(each.statement.clauses, context) is not Truth.NO:
                yield from each.statement.clauses

    @property
    def _fits(self) -> Iterator[Fit]:
        return (each for layer in self.layers for each in (*layer.allows, *layer.denies))


def case(request: Request, policies: Policies, who: Caller, context: Context) -> Case:
    """The statements that speak of a request, and what the place they stand in means."""
    service = request.action.partition(":")[0].lower()
    is_trust = request.action.lower().startswith(_TRUST_ACTIONS)

    def layer(found: Iterable[Policy], *, names: bool = False, whoever: bool = False) -> Layer:
        return _layer(tuple(found), request, who, context, names=names, whoever=whoever)

    fences = [(policies.boundary,)] if policies.boundary is not None else []
    resource = (policies.resource,) if policies.resource is not None else ()
    is_key = service == "kms" and request.action.lower() not in KEYLESS
    if is_key and not resource:
        # A key without a policy does not exist, so it is one we were not given.
        resource = (unknown(TARGET, problem="has a key policy that is not in the snapshot"),)
    return Case(
        identity=layer(policies.identity),
        fences=tuple(layer(found) for found in (*fences, *([policies.sessions] if policies.sessions else []))),
        ceilings=tuple(layer(level) for level in policies.scps) if binds_scps(who) else (),
        rcps=layer(_guards(request, policies, who), names=True, whoever=True),
        resource=layer(resource, names=True),
        crosses=request.resource_account not in ("", request.account),
        needs_resource=is_trust or is_key,
    )


def _guards(request: Request, policies: Policies, who: Caller) -> tuple[Policy, ...]:
    """The resource control policies that bind what a request is about."""
    if request.action.partition(":")[0].lower() not in RCP_SERVICES or is_service_linked(who.ref):
        return ()
    if is_service_linked(request.resource):
        return ()
    return (*policies.rcps, *policies.of_owner(request).rcps)


def is_service_linked(ref: str) -> bool:
    """Whether a role belongs to an AWS service: organisation policies do not bind it."""
    return ":role/aws-service-role/" in ref


def binds_scps(who: Caller) -> bool:
    """Whether service control policies bind a caller."""
    return who.kind == "AWS" and not is_service_linked(who.ref)


# What an organisation's policies mean by everybody, services and tokens included.
_WHOEVER = Principals((("AWS", "*"),))


def _layer(
    found: tuple[Policy, ...], request: Request, who: Caller, context: Context, *, names: bool, whoever: bool
) -> Layer:
    fits = [
        each
        for policy in found
        for statement in relevant(policy, request.action)
        if (
            each := fit(
                statement,
                who,
                request.resource,
                context,
                names=names and not (whoever and statement.principals == _WHOEVER),
            )
        )
        is not None
    ]
    allows = tuple(each for each in fits if each.statement.effect != "Deny")
    return Layer(found, allows, tuple(each for each in fits if each.statement.effect != "Allow"))


def applies(each: Fit, context: Context) -> Truth:
    """Whether a statement applies: it speaks of the request and its conditions hold."""
    if each.statement.problem:
        return Truth.MAYBE
    return min(each.sure, all_hold(each.statement.clauses, context))


def allowing(layer: Layer, context: Context, manner: Manner = Manner.NOT) -> Truth:
    """Whether a layer allows it, naming the principal at least in this manner."""
    return disjunction(applies(each, context) for each in layer.allows if each.manner >= manner)


class Route(Struct, frozen=True):
    """One way to be allowed: every layer must agree, the resource's own in at least this manner."""

    layers: tuple[Layer, ...]
    resource: Manner | None = None


def routes(found: Case) -> tuple[Route, ...]:
    """The ways to be allowed, the plainest first.

    A boundary's silence limits what identity policies grant and what a resource policy grants to the role, not
    what it grants to a user or a session; between accounts both sides must agree.
    """
    own = (found.identity, *found.fences)
    if found.crosses:
        return (Route((*own, *found.ceilings), Manner.ACCOUNT),)
    by_resource = (Route(found.ceilings, Manner.DIRECT), Route((*found.fences, *found.ceilings), Manner.ROLE))
    by_identity = Route((*own, *found.ceilings), Manner.ACCOUNT if found.needs_resource else None)
    return (*by_resource, by_identity) if found.needs_resource else (by_identity, *by_resource)


def open_to(route: Route, found: Case, context: Context) -> Truth:
    """Whether a route's layers all allow it, denials aside."""
    agreed = [allowing(layer, context) for layer in route.layers]
    if route.resource is not None:
        agreed.append(allowing(found.resource, context, route.resource))
    return conjunction(agreed)


def standing(found: Case, context: Context) -> Truth:
    """Whether the request is allowed: nothing denies it and some route is open."""
    denied = disjunction(applies(each, context) for each in found.denies)
    if denied is Truth.YES:
        return Truth.NO
    return min(negation(denied), disjunction(open_to(route, found, context) for route in routes(found)))
