"""Whether Kyverno takes exceptions from a namespace, as the flags of its admission controller say.

Source: Kyverno documentation, Policy Exceptions and Container Flags. Up to 1.12 exceptions were taken from everywhere
by default, since 1.13 (CVE-2024-48921) from nowhere.
"""

from __future__ import annotations

import re

from kpath.evidence import SOURCE, Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire_pod import Container
from kpath.refs import Ref
from kpath.verdict import Allowed, Denied, Undecided, Verdict, any_of

READS = frozenset({"pods", "custom_definitions", "coverage"})
GROUPS = ("kyverno.io", "policies.kyverno.io")

_IMAGE = re.compile(r"(?:.*/)?kyverno/kyverno(?:[:@].*)?")


def takes_exceptions(model: Model, group: str, namespace: str) -> Verdict:
    """Whether a PolicyException of a group that is made in a namespace counts."""
    running = [_by_flags(model, *each, namespace) for each in _controllers(model)]
    if running:
        return any_of(*running)
    definition = Ref(f"crd/policyexceptions.{group}")
    if definition in model.custom_definitions:
        return Undecided((Fact(definition, "/metadata/name", definition.name),), (_taken(namespace, "pods"),))
    if "customresourcedefinitions" in model.coverage.listed:
        return Denied()
    unknown = Assumption("Kyverno is installed", Confidence.LOW, "customresourcedefinitions")
    return Undecided((), (unknown, _taken(namespace, "pods")))


def _taken(namespace: str, missing: str | None = None) -> Assumption:
    return Assumption(f"Kyverno takes exceptions from {namespace}", Confidence.MEDIUM, missing)


@memoised
def _controllers(model: Model) -> tuple[tuple[PodClass, int, Container], ...]:
    return tuple(
        (each, index, container)
        for each in model.pods.classes
        for index, container in enumerate(each.spec.containers or ())
        if _IMAGE.fullmatch(container.image or "")
    )


def _by_flags(model: Model, of: PodClass, index: int, container: Container, namespace: str) -> Verdict:
    pod = next(iter(model.pods.of([of])))

    def facts(*found: tuple[str, str]) -> Evidence:
        at = pointer("spec", "containers", index)
        return tuple(model.bound(Fact(SOURCE, at + field, value), pod, pod) for field, value in found)

    image = ("/image", container.image or "")
    switch, places = _flag(container, "enablePolicyException"), _flag(container, "exceptionNamespace")
    if switch is not None and switch[1].endswith("=false"):
        return Denied(facts(image, switch))
    if places is None or not places[1].partition("=")[2]:
        return Undecided(facts(image), (_taken(namespace),))
    if not {"*", namespace} & {each.strip() for each in places[1].partition("=")[2].split(",")}:
        return Denied(facts(image, places))
    if switch is None:
        return Undecided(facts(image, places), (_taken(namespace),))
    return Allowed(facts(image, switch, places))


def _flag(container: Container, name: str) -> tuple[str, str] | None:
    """The last setting of a flag, which counts: the pointer to it and its text."""
    found = [(pointer("args", number), text) for number, text in enumerate(container.args or ())]
    return next((each for each in reversed(found) if re.match(rf"--?{name}=", each[1])), None)
