"""Ports of AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy.

Source: the network-policy-api project, v1alpha1 and v1alpha2.
"""

from __future__ import annotations

from kpath.evidence import pointer
from kpath.semantics.netpol.ports import EVERY, FIRST, LAST, PROTOCOLS, NamedPort, Ports, Span
from kpath.semantics.netpol.reader import Json, Reader


def ports(reader: Reader, rule: Json, at: str) -> Ports:
    """The ports that a rule is about."""
    for key in ("ports", "protocols"):
        if rule.get(key) is not None:
            return _listed(reader, rule[key], f"{at}/{key}")
    return EVERY


def _listed(reader: Reader, value: object, at: str) -> Ports:
    before = reader.count
    if isinstance(value, list) and not value:
        return EVERY
    spans: list[Span] = []
    names: list[NamedPort] = []
    for where, each in reader.each(value, at):
        found = reader.mapping(each, where)
        for key, inner in found.items():
            _port(reader, key, inner, where + pointer(key), spans, names)
    return Ports(tuple(spans), tuple(names), reader.count > before)


def _port(reader: Reader, key: str, value: object, at: str, spans: list[Span], names: list[NamedPort]) -> None:
    """v1alpha1 has portNumber, portRange and namedPort; v1alpha2 tcp, udp, sctp and destinationNamedPort."""
    if key in ("namedPort", "destinationNamedPort"):
        if name := reader.text(value, at):
            names.append(NamedPort(name, None))
    elif key in ("portNumber", "portRange"):
        found = reader.mapping(value, at, "protocol port start end")
        spans += _span(reader, str(found.get("protocol") or "TCP"), found, at)
    elif key.upper() in PROTOCOLS:
        found = reader.mapping(value, at, "destinationPort")
        spans += _destination(reader, key.upper(), found.get("destinationPort"), f"{at}/destinationPort")
    else:
        reader.fault(at, "is a field that kpath does not know here")


def _destination(reader: Reader, protocol: str, value: object, at: str) -> list[Span]:
    if value is None:
        return [Span(protocol)]
    found = reader.mapping(value, at, "number range")
    if "range" in found:
        return _span(reader, protocol, reader.mapping(found["range"], f"{at}/range", "start end"), f"{at}/range")
    port = reader.port(found.get("number"), f"{at}/number")
    return [Span(protocol, port, port)] if port else []


def _span(reader: Reader, protocol: str, found: Json, at: str) -> list[Span]:
    if protocol not in PROTOCOLS:
        reader.fault(f"{at}/protocol", f"is none of {', '.join(PROTOCOLS)}")
        return []
    if "start" in found or "end" in found:
        first, last = reader.port(found.get("start"), f"{at}/start"), reader.port(found.get("end"), f"{at}/end")
        if first and last and last < first:
            reader.fault(f"{at}/end", "is below its start")
            return []
        return [Span(protocol, first, last)] if first and last else []
    if found.get("port") is None:
        return [Span(protocol, FIRST, LAST)]
    port = reader.port(found["port"], f"{at}/port")
    return [Span(protocol, port, port)] if port else []
