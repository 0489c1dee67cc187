from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, partial

from msgspec.structs import replace

from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.netpol import ends
from kpath.semantics.netpol.ends import from_vpc
from kpath.semantics.netpol.through import Through
from kpath.semantics.rbac import serving
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import pods
from kpath.semantics.workload.endpoints import endpoints_of

VERBS = ("get", "create", "update", "patch", "delete")


@rule(
    verb="has the API server send requests to",
    attack=("T1090",),
    difficulty=1, noise=2, gain=3,
    reads=READS | serving.READS | ends.READS,
    breaks=("M-RBAC-REMOVE", "M-NP-DENY"),
)  # fmt: skip
def pod_proxy(model: Model) -> Iterator[Step]:
    """Send requests to pods and Services by way of the API server.

    When:
        `get`, `create`, `update`, `patch` or `delete` on `pods/proxy` or `services/proxy`, names included. The
        network policies of the pods let in what comes from an address of the VPC, or nothing holds the pods to them.

    Trap:
        A network policy that keeps the control plane out breaks it, as it does not break a forwarded port. Addresses
        of the link and the loopback are refused.
    """
    open_ = cache(partial(_let_in, model))
    for verb in VERBS:
        for grant in grants(model, verb, "pods/proxy"):
            yield from _proxied(grant, open_(pods(model, grant)))
        for grant in grants(model, verb, "services/proxy"):
            yield from _proxied(grant, open_(serving.served(model, grant)))


def _proxied(grant: Grant, found: Iterable[tuple[Refs, Through]]) -> Iterator[Step]:
    for endpoints, each in found:
        because, assumes = (*grant.because, *each.of_target), (*grant.assumes, *each.assumes)
        yield Step(grant.subjects, endpoints, because, assumes, by=each.pods)


def _let_in(model: Model, pods: Refs) -> tuple[tuple[Refs, Through], ...]:
    """What is served by those of some pods whose policies let the control plane in: it has an address of the VPC."""
    met = (replace(each, pods=each.pods & pods) for each in from_vpc(model))
    return tuple((endpoints_of(model, each.pods), each) for each in met if len(each.pods))
