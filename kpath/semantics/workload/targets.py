"""The ports of pods that a Service leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from kpath.model.classes import PodClass
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_net import Service, ServicePort
from kpath.model.wire_pod import PodSpec

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


def numbered(model: Model, pods: Refs, protocol: str, port: int | str) -> Iterator[tuple[int, Refs]]:
    """A port by the numbers that some pods give it, each with those that do."""
    if isinstance(port, int):
        yield port, pods
        return
    found: dict[int, list[PodClass]] = {}
    for cls in np.unique(model.pods.columns.cls[pods.ids]).tolist():
        for number in _named(model.pods.classes[cls].spec, protocol, port):
            found.setdefault(number, []).append(model.pods.classes[cls])
    yield from ((number, pods & model.pods.of(classes)) for number, classes in found.items())


def _named(spec: PodSpec, protocol: str, name: str) -> Iterator[int]:
    for container in (*(spec.containers or ()), *(spec.init_containers or ())):
        for port in container.ports or ():
            if (port.name, port.protocol or TCP) == (name, protocol) and port.container_port:
                yield port.container_port
