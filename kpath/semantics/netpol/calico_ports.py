"""Protocols and ports of a Calico rule.

Source: Calico's reference, Rule and Ports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kpath.semantics.netpol.ports import FIRST, PROTOCOLS, NamedPort, Ports, Span
from kpath.semantics.netpol.reader import Json, Reader

NUMBERS = {6: "TCP", 17: "UDP", 132: "SCTP"}
# What else a rule may be about; it is about none of the ports that we speak of then.
OTHERS = frozenset({"ICMP", "ICMPV6", "UDPLITE"})
_RANGE = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")
_NUMBER = re.compile(r"[0-9]{1,5}")


def ports(reader: Reader, rule: Json, destination: Json, at: str) -> Ports:
    """The ports that a rule is about: of its protocols, those listed, without those excluded."""
    if rule.get("icmp") or rule.get("notICMP"):
        return Ports()
    before = reader.count
    protocols = _protocols(reader, rule, at)
    spans, names = _listed(reader, destination.get("ports"), f"{at}/destination/ports", protocols)
    if not destination.get("ports"):
        spans = [Span(protocol) for protocol in protocols]
    cut, cut_names = _listed(reader, destination.get("notPorts"), f"{at}/destination/notPorts", protocols)
    for each in cut_names:
        reader.fault(f"{at}/destination/notPorts", f"`{each.name}` excludes a port by its name, which is not evaluated")
    doubt = reader.count > before
    # Any port may be the one that is excluded.
    return Ports(() if cut_names else tuple(without(spans, cut)), () if cut_names else tuple(names), doubt)


def common(some: Ports, others: Ports) -> Ports:
    """The ports of a Service that a rule is about as well; ports have no names where a rule leads to a Service."""
    protocols = {each.protocol for each in some.spans}
    spans = tuple(each for each in others.spans if each.protocol in protocols)
    return Ports(spans, tuple(each for each in others.names if each.protocol in protocols), some.doubt)


def has_ports(reader: Reader, rule: Json, at: str) -> bool:
    """Whether a rule is about one protocol that has ports, as one that names some must be."""
    if _protocol(reader, rule.get("protocol"), f"{at}/protocol") in PROTOCOLS:
        return True
    reader.fault(f"{at}/protocol", f"must be one of {', '.join(PROTOCOLS)} in a rule that names ports")
    return False


def _protocols(reader: Reader, rule: Json, at: str) -> list[str]:
    named, excluded = (_protocol(reader, rule.get(key), f"{at}/{key}") for key in ("protocol", "notProtocol"))
    found = list(PROTOCOLS) if named is None else [each for each in PROTOCOLS if each == named]
    return [each for each in found if each != excluded]


def _protocol(reader: Reader, value: object, at: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return NUMBERS.get(value, "another")
    told = str(value).upper()
    if told.isdigit():
        return NUMBERS.get(int(told), "another")
    if told not in OTHERS and told not in PROTOCOLS:
        reader.fault(at, f"is none of {', '.join(PROTOCOLS)}, ICMP, ICMPv6, UDPLite or a number")
    return told


def _listed(reader: Reader, value: object, at: str, protocols: Iterable[str]) -> tuple[list[Span], list[NamedPort]]:
    spans: list[Span] = []
    names: list[NamedPort] = []
    for where, each in reader.each(value, at):
        for protocol in protocols:
            match _port(reader, each, where):
                case str() as name:
                    names.append(NamedPort(name, protocol))
                case (int() as first, int() as last):
                    spans.append(Span(protocol, first, last))
    return spans, names


def _port(reader: Reader, value: object, at: str) -> tuple[int, int] | str | None:
    """A number, a range `1:1023`, or a name; `None` and a fault for anything else."""
    first = last = value
    if isinstance(value, str):
        if found := _RANGE.fullmatch(value):
            first, last = int(found[1]), int(found[2])
        elif _NUMBER.fullmatch(value):
            first = last = int(value)
        else:
            return value
    low, high = (each if each == 0 and isinstance(each, int) else reader.port(each, at) for each in (first, last))
    if low is None or high is None:
        return None
    if high < low:
        reader.fault(at, "ends below its start")
        return None
    # Nothing is sent to port 0.
    return (max(low, FIRST), high) if high else None


def without(spans: Iterable[Span], cut: Iterable[Span]) -> Iterator[Span]:
    """Spans without what others cover."""
    cuts = sorted(cut)
    for each in spans:
        first = each.first
        for other in cuts:
            if other.protocol == each.protocol and other.last >= first and other.first <= each.last:
                if first < other.first:
                    yield Span(each.protocol, first, other.first - 1)
                first = other.last + 1
        if first <= each.last:
            yield Span(each.protocol, first, each.last)
