"""What Calico's policies refer to: sets of addresses by their labels, and Services.

Source: Calico's reference, NetworkSet, GlobalNetworkSet, and Services in rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpath.model.wire_net import NetworkPolicy, Service
from kpath.refs import Ref
from kpath.semantics.netpol.addresses import Range, block
from kpath.semantics.netpol.expressions import NAME, OF_NAMESPACE
from kpath.semantics.netpol.policy import Fault
from kpath.semantics.netpol.ports import EVERY, NamedPort, Ports, Span
from kpath.semantics.netpol.reader import Json, Reader
from kpath.semantics.netpol.terms import IN, POD, AllOf, Label, Labels, Party, Selectable, Space, Term, Unknown


class NetSet(Struct, frozen=True):
    """Named ranges of addresses, as something that selectors pick by its labels."""

    party: Party
    ranges: tuple[Range, ...]
    doubt: bool


def net_sets(
    found: Mapping[Ref, NetworkPolicy], spaces: Mapping[str, Labels], faults: list[Fault]
) -> tuple[NetSet, ...]:
    """NetworkSets and GlobalNetworkSets."""
    return tuple(_net_set(ref, found[ref], spaces, faults) for ref in sorted(found))


def _net_set(ref: Ref, data: NetworkPolicy, spaces: Mapping[str, Labels], faults: list[Fault]) -> NetSet:
    reader = Reader(ref, faults)
    spec = reader.document(data.spec, "nets allowedEgressDomains")
    ranges = []
    before = reader.count
    for at, each in reader.each(spec.get("nets"), "/spec/nets"):
        told = block(each, bare=True) if isinstance(each, str) else None
        if told is None:
            reader.fault(at, "is no CIDR block")
        else:
            ranges.append(told)
    space = ref.namespace if ref.kind == "netset" else ""
    labels = dict(data.metadata.labels or {}) | ({OF_NAMESPACE: space} if space else {})
    within = spaces.get(space, Labels({NAME: space}, complete=False)) if space else Labels({})
    doubt = reader.count > before or bool(spec.get("allowedEgressDomains"))
    return NetSet(Party(True, space, Labels(labels), within), tuple(ranges), doubt)


def behind(reader: Reader, services: Mapping[Ref, Service], value: Json, space: str, at: str) -> tuple[Term, Ports]:
    """The pods behind a Service, on the ports that it leads to."""
    space = reader.text(value.get("namespace"), f"{at}/namespace") or space
    ref = Ref(f"svc/{space}/{value.get('name')}")
    service = services.get(ref)
    if service is None or not service.spec.selector:
        reader.fault(at, "leads to a Service that is not known, or selects nothing")
        return Unknown(), EVERY
    labels = tuple(Label(POD, key, IN, (each,)) for key, each in service.spec.selector.items())
    spans: list[Span] = []
    names: list[NamedPort] = []
    for port in service.spec.ports or ():
        target = port.target_port if port.target_port is not None else port.port
        protocol = port.protocol or "TCP"
        if isinstance(target, str):
            names.append(NamedPort(target, protocol))
        elif target is not None:
            spans.append(Span(protocol, target, target))
    return AllOf((Selectable(), Space(space), *labels)), Ports(tuple(spans), tuple(names))
