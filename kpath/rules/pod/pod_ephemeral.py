from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.rbac.objects import pods


@rule(
    verb="injects a debug container into",
    attack=("T1609", "T1610"),
    difficulty=1, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-RBAC-REMOVE", "M-PSA-BASELINE"),
)  # fmt: skip
def pod_ephemeral(model: Model) -> Iterator[Step]:
    """Inject a debug container into a pod.

    When:
        `update` or `patch` on `pods/ephemeralcontainers`, names included; for the node, a namespace that lets
        a privileged container in.

    Trap:
        It can mount the volumes that the pod already has.
    """
    for verb in ("update", "patch"):
        for grant in grants(model, verb, "pods/ephemeralcontainers"):
            yield Step(grant.subjects, pods(model, grant), grant.because, grant.assumes)
            for space, admitted in launches.open_namespaces(model):
                if grant.namespace in (None, space):
                    nodes = launches.nodes_by_namespace(model).get(space)
                    if grant.names is not None:
                        nodes = launches.nodes_of(model, pods(model, replace(grant, namespace=space)))
                    if nodes is None:
                        continue
                    yield Step(
                        grant.subjects, nodes, (*grant.because, *admitted.because), (*grant.assumes, *admitted.assumes)
                    )
