"""Which pods reach the metadata service of their node: policies, the service's own settings, and what stands in for it.

Source: attack-steps.md, S20.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import SOURCE, Fact
from kpath.model.tables import Model
from kpath.semantics.netpol.ends import READS as ENDS
from kpath.semantics.netpol.ends import to_metadata, to_metadata_on_ipv6
from kpath.semantics.workload import metadata
from kpath.semantics.workload.interceptors import Redirect, getting_past, redirects, whole
from kpath.semantics.workload.places import Place, standing
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = metadata.READS | ENDS


class Let(Struct, frozen=True):
    """Pods of one node that policies let out to the metadata service, on the host's network or by IPv6 or not.

    An interceptor catches neither of the two: its rule is about IPv4, and about the interfaces of pods.
    """

    place: Place
    on_host: bool
    by_ipv6: bool

    @property
    def is_free(self) -> bool:
        """Whether no interceptor can catch what they ask for."""
        return self.on_host or self.by_ipv6


def reached(model: Model) -> Iterator[Place]:
    """The pods that reach the metadata service itself, node by node, for each reason there is."""
    for let in _let(model):
        yield from _answered(model, let, Allowed(()) if let.is_free else getting_past(model, let.place.node))


def past_interceptors(model: Model) -> Iterator[Place]:
    """The pods that reach it though an interceptor is there, or is on other nodes, each with how they do."""
    found = [each for here in redirects(model).values() for each in here]
    for let in _let(model) if found else ():
        node = let.place.node
        here = redirects(model).get(node.name, ())
        if not here:
            verdict = _seen(found[0], Fact(node.ref, "/metadata/name", node.name))
        elif let.on_host:
            verdict = _seen(here[0], Fact(SOURCE, "/spec/hostNetwork", "true"))
        else:
            verdict = _seen(here[0]) if let.by_ipv6 else getting_past(model, node)
        yield from _answered(model, let, verdict)


def _seen(each: Redirect, *how: Fact) -> Verdict:
    because = (*each.because, *how)
    return Undecided(because, each.assumes) if each.assumes else Allowed(because)


def _let(model: Model) -> Iterator[Let]:
    """The pods that policies let out, node by node."""
    for throughs, by_ipv6 in ((to_metadata(model), False), (to_metadata_on_ipv6(model), True)):
        for each in throughs:
            hosts, others = model.pods.those(each.pods, lambda each: bool(each.spec.host_network))
            for pods, on_host in ((hosts, True), (others, False)):
                for place in standing(model, pods, each.verdict):
                    yield Let(place, on_host, by_ipv6)


def _answered(model: Model, let: Let, passing: Verdict) -> Iterator[Place]:
    """Pods of one node that the network lets through, if its metadata service answers them."""
    place, node = let.place, let.place.node
    if not metadata.has_metadata(node):
        return
    listens = all_of(passing, metadata.answers(model, node))
    if let.by_ipv6:
        listens = all_of(listens, metadata.on_ipv6(model, node))
    if isinstance(listens, Denied):
        return
    for reason in [Allowed(())] if let.on_host else metadata.answers_pods(model, node):
        found = all_of(listens, reason)
        because = (*place.because, *found.because) or metadata.known_only_by_name(node)
        yield replace(place, because=because, assumes=(*place.assumes, *found.assumes))


def intercepted(model: Model) -> Iterator[tuple[Place, Redirect]]:
    """The ordinary pods whose requests an agent of their node answers, and may hand on."""
    for let in _let(model) if redirects(model) else ():
        place = let.place
        for each in redirects(model).get(place.node.name, ()):
            caught = whole(each)
            if not let.is_free and not isinstance(caught, Denied):
                because = (*place.because, *caught.because)
                yield replace(place, because=because, assumes=(*place.assumes, *caught.assumes)), each
