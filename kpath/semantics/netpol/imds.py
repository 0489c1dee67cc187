"""Which pods reach the metadata service of their node: policies, the service's own settings, and what stands in for it.

Source: attack-steps.md, S20.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import SOURCE, Fact
from kpath.model.tables import Model
from kpath.semantics.netpol.ends import IPV6, to_metadata
from kpath.semantics.netpol.ends import READS as ENDS
from kpath.semantics.netpol.through import Through
from kpath.semantics.workload import metadata
from kpath.semantics.workload.interceptors import Redirect, getting_past, redirects, whole
from kpath.semantics.workload.places import Place, standing
from kpath.verdict import Allowed, Denied, Undecided, Verdict, all_of

READS = metadata.READS | ENDS

IPV6_OPTION = "/MetadataOptions/HttpProtocolIpv6"


def reached(model: Model) -> Iterator[Place]:
    """The pods that reach the metadata service itself, node by node, for each reason there is."""
    for place, on_host, through in _standing(model):
        passing = Allowed(()) if on_host or IPV6 in through.assumes else getting_past(model, place.node)
        yield from _answered(model, place, passing, on_host=on_host)


def past_interceptors(model: Model) -> Iterator[Place]:
    """The pods that reach it though an interceptor is there, or is on other nodes, each with how they do."""
    found = [each for here in redirects(model).values() for each in here]
    for place, on_host, through in _standing(model) if found else ():
        here = redirects(model).get(place.node.name, ())
        if not here:
            verdict = _seen(found[0], Fact(place.node.ref, "/metadata/name", place.node.name))
        elif on_host:
            verdict = _seen(here[0], Fact(SOURCE, "/spec/hostNetwork", "true"))
        elif IPV6 in through.assumes:
            verdict = _seen(here[0])
        else:
            verdict = getting_past(model, place.node)
        yield from _answered(model, place, verdict, on_host=on_host)


def _seen(each: Redirect, *how: Fact) -> Verdict:
    because = (*each.because, *how)
    return Undecided(because, each.assumes) if each.assumes else Allowed(because)


def _standing(model: Model) -> Iterator[tuple[Place, bool, Through]]:
    """The pods that policies let out, node by node, and whether they are on the host's network."""
    for each in to_metadata(model):
        hosts, others = model.pods.those(each.pods, lambda each: bool(each.spec.host_network))
        for pods, on_host in ((hosts, True), (others, False)):
            for place in standing(model, pods, each.verdict):
                yield place, on_host, each


def _answered(model: Model, place: Place, passing: Verdict, *, on_host: bool) -> Iterator[Place]:
    """Pods of one node that the network lets through, if its metadata service answers them."""
    node, answers = place.node, all_of(passing, metadata.answers(model, place.node), _by_family(model, place))
    if not metadata.has_metadata(node) or isinstance(answers, Denied):
        return
    for reason in [Allowed(())] if on_host else metadata.answers_pods(model, node):
        found = all_of(answers, reason)
        because = (*place.because, *found.because) or metadata.known_only_by_name(node)
        assumes = (*(each for each in place.assumes if each != IPV6), *found.assumes)
        yield replace(place, because=because, assumes=assumes)


def _by_family(model: Model, place: Place) -> Verdict:
    """Whether the service has the address by which pods come to it; that of IPv4 it always has."""
    if IPV6 not in place.assumes:
        return Allowed(())
    instance = model.instances.get(place.node.instance) if place.node.instance is not None else None
    said = instance.metadata_options.http_protocol_ipv6 if instance and instance.metadata_options else None
    if place.node.instance is None or said is None:
        return Undecided((), (IPV6,))
    fact = Fact(place.node.instance, IPV6_OPTION, said)
    return Allowed((fact,)) if said == "enabled" else Denied((fact,))


def intercepted(model: Model) -> Iterator[tuple[Place, Redirect]]:
    """The ordinary pods whose requests an agent of their node answers, and may hand on."""
    for place, on_host, through in _standing(model) if redirects(model) else ():
        for each in redirects(model).get(place.node.name, ()):
            caught = whole(each)
            if not on_host and IPV6 not in through.assumes and not isinstance(caught, Denied):
                because = (*place.because, *caught.because)
                yield replace(place, because=because, assumes=(*place.assumes, *caught.assumes)), each
