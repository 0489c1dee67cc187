"""The ports of pods that a Service leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.model.sets import Refs
from kpath.model.tables import Model
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


def numbers(model: Model, pods: Refs, ports: Ports) -> tuple[tuple[str, int], ...]:
    """Ports by the numbers that some pods give them."""
    found: dict[tuple[str, int], None] = {}
    for protocol, port in ports:
        given = [port] if isinstance(port, int) else _named(model, pods, protocol, port)
        found |= {(protocol, number): None for number in given}
    return tuple(found)


def _named(model: Model, pods: Refs, protocol: str, name: str) -> Iterator[int]:
    """The numbers that some pods give to a name."""
    for number in sorted(set(model.pods.columns.cls[pods.ids].tolist())):
        spec = model.pods.classes[number].spec
        for container in (*(spec.containers or ()), *(spec.init_containers or ())):
            for port in container.ports or ():
                if (port.name, port.protocol or TCP) == (name, protocol) and port.container_port:
                    yield port.container_port
