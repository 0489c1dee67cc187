"""The containers of a pod in which code keeps running."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Evidence, pointer
from kpath.model.wire_pod import Container, PodSpec
from kpath.semantics.workload.facts import SPEC, fact


class Vantage(Struct, frozen=True):
    """A container, the pointer to it, and why it is still there if that is not plain."""

    at: str
    container: Container
    because: Evidence = ()


def vantages(spec: PodSpec) -> tuple[Vantage, ...]:
    """The containers an attacker can sit in: those that run, sidecars, and ephemeral ones."""
    return tuple(_vantages(spec))


def _vantages(spec: PodSpec) -> Iterator[Vantage]:
    for index, container in enumerate(spec.containers or ()):
        yield Vantage(SPEC + pointer("containers", index), container)
    for index, container in enumerate(spec.init_containers or ()):
        if container.restart_policy == "Always":
            at = SPEC + pointer("initContainers", index)
            yield Vantage(at, container, (fact(at, "restartPolicy", value="Always"),))
    for index, container in enumerate(spec.ephemeral_containers or ()):
        yield Vantage(SPEC + pointer("ephemeralContainers", index), container)
