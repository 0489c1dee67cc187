from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Fact
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.workload.endpoints import by_namespace
from kpath.semantics.workload.isolation import READS, receivers, senders

APISERVER = Ref("apiserver")


@rule(
    verb="connects to",
    attack=("T1046",),
    difficulty=1, noise=1, gain=1,
    reads=READS,
    breaks=("M-NP-DENY", "M-GNP-IMDS", "M-GNP-HEP", "M-CNP-ADMIN", "M-SG-POD"),
)  # fmt: skip
def pod_net_reach(model: Model) -> Iterator[Step]:
    """Connect from a pod to any other, and to the API server.

    When:
        Both are in the cluster. Where a network policy holds the one or guards the other, it is assumed that it lets
        the connection through.

    Trap:
        Without an engine that enforces them, policies are decoration. Declared ports are documentation: the others
        are open, too. Pods on the host's network are held by no policy.
    """
    for sources, held in senders(model):
        for space, endpoints in by_namespace(model).items():
            for targets, guarded in receivers(model, endpoints):
                yield Step(sources, targets, _there(space), tuple(dict.fromkeys((*held, *guarded))))
        # The API server has its own Service in this namespace.
        yield Step(sources, APISERVER, _there("default"), held)


def _there(space: str) -> tuple[Fact]:
    """What no policy of a namespace forbids is cited of the namespace."""
    return (Fact(Ref(f"ns/{space}"), "/metadata/name", space),)
