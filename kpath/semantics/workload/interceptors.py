"""Agents that stand in for the metadata service and hand out roles of their own: kube2iam and kiam.

Source: the documentation of kube2iam (jtblin) and of kiam (uswitch): flags of the agents, and the rule for packets
that they write. Names of interfaces: the documentation of each network plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.tables import Model, Node
from kpath.refs import Ref
from kpath.semantics.workload.commands import flag, switched_on, words
from kpath.semantics.workload.controllers import Running, cited, of_pod, running
from kpath.semantics.workload.facts import provided
from kpath.semantics.workload.places import ANYWHERE, on_nodes
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of, any_of

READS = frozenset({"pods", "nodes"})

KUBE2IAM, KIAM = "kube2iam", "kiam"
_IMAGES = {KUBE2IAM: "kube2iam", KIAM: "/kiam"}
# What an agent redirects from where no flag says it.
_DEFAULT = "docker0"
ELSEWHERE = Assumption("no agent that stands in for the metadata service runs there", missing="pods")
STARTS = Assumption("the agent that stands in for the metadata service starts, and writes its rule", Confidence.LOW)
NO_REST = Assumption("no rule is left of an agent that ran there before")
YET_TO_START = Fact(SOURCE, "/status/phase", "Pending")
# By the image of a plugin, the name of the interface by which a pod's packets come to the host; `+` ends a beginning.
# The first that is seen counts: others may run beside it for policies alone.
_INTERFACES = (
    ("amazon-k8s-cni", "eni+"), ("calico/node", "cali+"), ("cilium/cilium", "lxc+"), ("flannel", "cni0"),
    ("kube-router", "kube-bridge"), ("weave-kube", "weave"),
)  # fmt: skip


class Redirect(Struct, frozen=True):
    """An agent on a node: whether the requests of ordinary pods there end at it, and whether they pass it by."""

    agent: Running
    product: str
    node: Node
    because: Evidence
    assumes: tuple[Assumption, ...]
    caught: Verdict
    past: Verdict


def agents(model: Model, product: str) -> tuple[Running, ...]:
    """The containers that are agents of a product."""
    return tuple(each for each in running(model, _IMAGES[product]) if product == KUBE2IAM or _says(each, "agent"))


def servers(model: Model) -> tuple[Running, ...]:
    """The containers that are servers of kiam: it is these that ask for roles."""
    return tuple(each for each in running(model, _IMAGES[KIAM]) if _says(each, "server"))


def _says(each: Running, word: str) -> bool:
    return any(said in (word, f"/{word}") for said, _ in words(each.vantage))


@memoised
def redirects(model: Model) -> Mapping[str, tuple[Redirect, ...]]:
    """The agents on each node that has some."""
    found: dict[str, list[Redirect]] = {}
    for product in (KUBE2IAM, KIAM):
        for agent in agents(model, product):
            caught, past = _caught(model, agent, product), _past(model, agent, product)
            if agent.pods.spec.pending:
                caught, past = all_of(caught, provided((STARTS,))), any_of(past, Undecided((YET_TO_START,), (NO_REST,)))
            for place in on_nodes(model, [agent.pods], Allowed(agent.because)):
                first = next(iter(place.pods))
                because = of_pod(model, first, place.because)
                sides = _of(model, first, caught), _of(model, first, past)
                if ANYWHERE in place.assumes:
                    sides = all_of(sides[0], provided((ANYWHERE,))), any_of(sides[1], provided((ELSEWHERE,)))
                here = Redirect(agent, product, place.node, because, place.assumes, *sides)
                found.setdefault(place.node.name, []).append(here)
    return {name: tuple(each) for name, each in found.items()}


def _of(model: Model, pod: Ref, verdict: Verdict) -> Verdict:
    """A verdict of which the agent's facts are those of one of its pods."""
    because = of_pod(model, pod, verdict.because)
    match verdict:
        case Denied():
            return Denied(because)
        case Allowed():
            return Allowed(because)
        case Undecided():
            return Undecided(because, verdict.assumes)


def _caught(model: Model, agent: Running, product: str) -> Verdict:
    """Whether an agent's rule is there, and about the interfaces of pods."""
    on = switched_on(agent.vantage, "--iptables")
    if not on:
        what = f"something else redirects requests for metadata to {product}; the agent is not told to"
        return Undecided((), (Assumption(what, Confidence.LOW),))
    pattern, said = _pattern(agent)
    name, plugin = interface(model)
    if name is None:
        what = f"the interfaces of pods are called {pattern}, as {product} is told"
        return Undecided((*on, *said), (Assumption(what, missing="daemonsets"),))
    return Allowed((*on, *said, *plugin)) if covers(pattern, name) else Denied((*said, *plugin))


def _past(model: Model, agent: Running, product: str) -> Verdict:
    """Whether the requests of ordinary pods come to the metadata service though an agent is there."""
    if not switched_on(agent.vantage, "--iptables"):
        what = f"nothing else redirects requests for metadata to {product}; the agent is not told to"
        return Undecided((), (Assumption(what),))
    pattern, said = _pattern(agent)
    name, plugin = interface(model)
    if name is None:
        what = f"the interfaces of pods are not called {pattern}, as {product} is told"
        return Undecided(said, (Assumption(what, Confidence.LOW, "daemonsets"),))
    return Denied((*said, *plugin)) if covers(pattern, name) else Allowed((*said, *plugin))


def _pattern(agent: Running) -> tuple[str, Evidence]:
    return flag(agent.vantage, "--host-interface") or (_DEFAULT, ())


@memoised
def interface(model: Model) -> tuple[str | None, Evidence]:
    """What the interfaces of pods are called on the host, by the network plugin; `None` where none is known."""
    for image, name in _INTERFACES:
        if found := running(model, image):
            return name, cited(model, found[0])
    return None, ()


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern of iptables takes in all interfaces of a name; `!` turns it round."""
    bare = pattern.removeprefix("!").strip()
    taken = name.startswith(bare[:-1]) if bare.endswith("+") else name == bare
    return taken is not pattern.startswith("!")


def whole(each: Redirect) -> Verdict:
    """Whether an agent answers ordinary pods of its node, with all that says so."""
    return _with(each.because, each.caught)


def passed(each: Redirect) -> Verdict:
    """Whether ordinary pods get past an agent of their node, with all that says so."""
    return _with(each.because, each.past)


def _with(because: Evidence, verdict: Verdict) -> Verdict:
    facts = tuple(dict.fromkeys((*because, *verdict.because)))
    match verdict:
        case Denied():
            return Denied(facts)
        case Allowed():
            return Allowed(facts)
        case Undecided():
            return Undecided(facts, verdict.assumes)


def getting_past(model: Model, node: Node) -> Verdict:
    """Whether ordinary pods of a node come to the metadata service itself: past every agent that is there."""
    because: list[Evidence] = []
    assumes: list[Assumption] = []
    for each in redirects(model).get(node.name, ()):
        verdict = passed(each)
        if isinstance(verdict, Denied):
            return verdict
        because.append(verdict.because)
        assumes += verdict.assumes
    facts = tuple(dict.fromkeys(fact for each in because for fact in each))
    return Undecided(facts, tuple(dict.fromkeys(assumes))) if assumes else Allowed(facts)


def where(model: Model, product: str) -> Iterator[Redirect]:
    """The agents of a product, node by node, that may answer ordinary pods."""
    for found in redirects(model).values():
        yield from (each for each in found if each.product == product and not isinstance(each.caught, Denied))
