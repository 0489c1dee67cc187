"""The ports of pods that a Service leads to."""

from __future__ import annotations

from collections.abc import Iterable

from kpath.model.wire_net import Service, ServicePort

TCP, UDP = "TCP", "UDP"

# A port of a Service, by its number or its name, where one is chosen.
Port = int | str | None
# Ports of pods: the protocol, and the number or the name that it has in the pod.
Ports = tuple[tuple[str, int | str], ...]


def targets(service: Service, port: Port = None) -> Ports:
    """What all ports of a Service lead to, or one of them.

    Controllers differ in what they make of a port that the Service does not have, so any of them may be meant then.
    """
    listed = service.spec.ports or ()
    return of_ports([each for each in listed if port is not None and port in (each.port, each.name)] or listed)


def of_ports(ports: Iterable[ServicePort]) -> Ports:
    """What some ports lead to; without a target, to a port of the same number."""
    found = ((each.protocol or TCP, each.target_port or each.port) for each in ports)
    return tuple(dict.fromkeys((protocol, target) for protocol, target in found if target))
