"""The roles that kube2iam and kiam hand out: with whose credentials, and by what name.

Source: the documentation of kube2iam and of kiam (base ARN, default role, role of the server).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import TARGET, Assumption, Confidence, Evidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.iam.account import ACCOUNT_DETAILS, held_by, is_known_to_lack, trusts
from kpath.semantics.iam.account import READS as ACCOUNT
from kpath.semantics.iam.chains import assumptions
from kpath.semantics.iam.noderights import policies_of
from kpath.semantics.iam.trust import assume
from kpath.semantics.workload import metadata
from kpath.semantics.workload.commands import flag, switched_on
from kpath.semantics.workload.controllers import Running, of_pod
from kpath.semantics.workload.interceptors import KUBE2IAM, Redirect, redirects, servers, where, whole
from kpath.semantics.workload.noderoles import carried
from kpath.semantics.workload.places import on_nodes
from kpath.verdict import Allowed, Denied, Undecided, Verdict

READS = ACCOUNT | metadata.READS | {"namespaces", "spaces"}

UNSEEN = Assumption("a server of kiam runs; none is seen", missing="daemonsets")


class Acting(Struct, frozen=True):
    """With whose credentials roles are asked for, what a name of a role is put after, and why."""

    role: Ref | None
    base: str
    because: Evidence = ()
    assumes: tuple[Assumption, ...] = ()


class OfNode(Struct, frozen=True):
    """What it is to have a node's credentials, and the roles that they get; facts of each role are of `TARGET`."""

    holders: Refs
    roles: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


class Way(Struct, frozen=True):
    """An agent on a node, with whose credentials it hands out roles, why, and what that assumes."""

    product: str
    agent: Running
    acting: Acting
    node: str
    because: Evidence
    assumes: tuple[Assumption, ...]

    @property
    def verdict(self) -> Verdict:
        return Undecided(self.because, self.assumes) if self.assumes else Allowed(self.because)


@memoised
def ways(model: Model, product: str) -> Mapping[str, tuple[Way, ...]]:
    """How the agents of a product hand out roles, node by node."""
    found: dict[str, list[Way]] = {}
    for each in where(model, product):
        for acting in _acting(model, each):
            verdict = whole(each)
            because = tuple(dict.fromkeys((*verdict.because, *acting.because)))
            assumes = (*verdict.assumes, *acting.assumes)
            found.setdefault(each.node.name, []).append(
                Way(product, each.agent, acting, each.node.name, because, assumes)
            )
    return {node: tuple(here) for node, here in found.items()}


@memoised
def first_ways(model: Model, product: str) -> tuple[Way, ...]:
    """One of the ways that hand out the same roles by the same rules: the first."""
    groups: dict[object, Way] = {}
    for each in (way for here in ways(model, product).values() for way in here):
        key = each.agent.pods.number, each.agent.vantage.at, each.acting.role, each.acting.base, each.assumes
        groups.setdefault(key, each)
    return tuple(groups.values())


def _acting(model: Model, each: Redirect) -> Iterator[Acting]:
    """kube2iam acts as the node that it is on, kiam as its server."""
    if each.product == KUBE2IAM:
        yield from _as_node(model, each.node, each.agent, ("--base-role-arn", "--auto-discover-base-arn"))
    else:
        yield from acting_servers(model)


def _as_node(model: Model, node: Node, by: Running, flags: tuple[str, str]) -> Iterator[Acting]:
    held = metadata.credentials(model, node) if metadata.has_metadata(node) else None
    if held is None:
        return
    said = flag(by.vantage, flags[0])
    base = f"{said[0].rstrip('/')}/" if said is not None and said[0] else ""
    if not base and switched_on(by.vantage, flags[1]):
        base = f"arn:{held.session.split(':')[1]}:iam::{held.session.account}:role/"
    yield Acting(held.role, base, held.because, held.assumes)


@memoised
def acting_servers(model: Model) -> tuple[Acting, ...]:
    """As whom the servers of kiam ask for roles, once for all servers that ask as one."""
    if not servers(model):
        return (Acting(None, "", (), (UNSEEN,)),)
    return tuple({(acting.role, acting.base): acting for _, acting, _ in reversed(server_places(model))}.values())


@memoised
def server_places(model: Model) -> tuple[tuple[Node, Acting, Verdict], ...]:
    """The nodes with a server of kiam, as whom it asks for roles, and what says that it is there.

    It asks as a role that it is told of, wherever it is, or else as its node.
    """
    return tuple(found for server in servers(model) for found in _placed(model, server))


def _placed(model: Model, server: Running) -> Iterator[tuple[Node, Acting, Verdict]]:
    told = flag(server.vantage, "--assume-role-arn")
    for place in on_nodes(model, [server.pods], Allowed(server.because)):
        first = next(iter(place.pods))
        runs = of_pod(model, first, place.because)
        there = Undecided(runs, place.assumes) if place.assumes else Allowed(runs)
        for each in _as_node(model, place.node, server, ("--role-base-arn", "--role-base-arn-autodetect")):
            if told is not None and told[0]:
                said = of_pod(model, first, (*server.because, *told[1]))
                yield place.node, Acting(Ref(told[0]), each.base, said), there
            elif each.role is None and not each.because:
                # Of one node no more is known than of another.
                said = of_pod(model, first, server.because)
                yield place.node, Acting(None, each.base, said, (*each.assumes, *place.assumes)), there
            else:
                acting = Acting(each.role, each.base, (*runs, *each.because), (*each.assumes, *place.assumes))
                yield place.node, acting, there


def arn(base: str, name: str) -> Ref | None:
    """The role that a name means; `None` where nothing says whose role it is."""
    if name.lower().startswith("arn:"):
        return Ref(name)
    return Ref(base + name) if base and name else None


def default(way: Way) -> tuple[Ref, Evidence] | None:
    """The role of pods that ask for none, as fields of the agent's pod."""
    said = flag(way.agent.vantage, "--default-role") if way.product == KUBE2IAM else None
    found = arn(way.acting.base, said[0]) if said is not None else None
    return (found, said[1]) if said is not None and found is not None else None


@memoised
def takeable(model: Model, acting: Ref) -> Mapping[Ref, Verdict]:
    """The roles that a role may assume, itself among them if it trusts itself."""
    own = policies_of(model, acting)
    if acting in model.aws_roles and model.aws_roles[acting].is_whole:
        found = {role: verdict for who, role, verdict in assumptions(model) if who == acting}
        asked = [acting]
    else:
        found, asked = {}, list(trusts(model))
    for role in asked:
        verdict = assume(trusts(model)[role], acting, own)
        if not isinstance(verdict, Denied):
            found[role] = verdict
    return {role: _held(model, acting, verdict) for role, verdict in sorted(found.items())}


def _held(model: Model, acting: Ref, verdict: Verdict) -> Verdict:
    because = held_by(model, acting, verdict.because)
    return Undecided(because, verdict.assumes) if verdict.assumes else Allowed(because)


def taken(model: Model, acting: Acting, role: Ref) -> Verdict:
    """Whether roles are asked for with credentials that get one."""
    if role in trusts(model) and acting.role is not None:
        return takeable(model, acting.role).get(role, Denied())
    if is_known_to_lack(model, role):
        return Denied()
    who = acting.role or "who asks for it"
    doubt = Confidence.MEDIUM if acting.role is not None else Confidence.LOW
    return Undecided((), (Assumption(f"{role} lets {who} assume it", doubt, ACCOUNT_DETAILS),))


def obtained(model: Model, way: Way, named: frozenset[Ref]) -> Mapping[Ref, Verdict]:
    """The roles that a way may get: those that are known to let it, and of some that are named, the unknown ones."""
    ask = partial(taken, model, way.acting)
    found = dict(takeable(model, way.acting.role)) if way.acting.role is not None else {}
    found |= {role: ask(role) for role in sorted(named) if role not in found}
    return {role: verdict for role, verdict in found.items() if not isinstance(verdict, Denied)}


def obtained_by(model: Model, acting: Acting) -> Mapping[Ref, Verdict]:
    """The roles that somebody gets who asks with certain credentials."""
    return takeable(model, acting.role) if acting.role is not None else {}


def of_nodes(model: Model) -> Iterator[OfNode]:
    """What the credentials of nodes get on which kube2iam runs, whatever it catches."""
    for each in carried(model):
        agents = (found for node in each.nodes for found in redirects(model).get(node.name, ()))
        first = next((found for found in agents if found.product == KUBE2IAM), None)
        held = metadata.credentials(model, first.node) if first is not None else None
        if first is None or held is None:
            continue
        roles = {role: verdict for role, verdict in takeable(model, each.role).items() if role != each.role}
        for members, verdict in together(roles):
            because = (*first.because, *held.because, *verdict.because)
            assumes = (*first.assumes, *held.assumes, *verdict.assumes)
            yield OfNode(each.holders(model), model.names.refs(members), because, assumes)


def together(roles: Mapping[Ref, Verdict]) -> Iterator[tuple[list[Ref], Verdict]]:
    """Roles that are had for the same reasons, their own facts aside, which become facts of `TARGET`."""
    groups: dict[tuple[Evidence, tuple[Assumption, ...]], list[Ref]] = {}
    for role, verdict in roles.items():
        because = tuple(replace(fact, of=TARGET) if fact.of == role else fact for fact in verdict.because)
        groups.setdefault((because, verdict.assumes), []).append(role)
    for (because, assumes), members in groups.items():
        yield members, Undecided(because, assumes) if assumes else Allowed(because)
