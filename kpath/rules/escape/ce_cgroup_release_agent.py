from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="has a cgroup run a command on",
    attack=("T1611",),
    difficulty=2, noise=2, gain=5,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-CAPS", "M-CTX-CAPS", "M-CTX-USERNS", "M-CTX-LSM", "M-RTC-SANDBOX"),
)  # fmt: skip
def ce_cgroup_release_agent(model: Model) -> Iterator[Step]:
    """Name a command that the kernel of the node runs when a cgroup is empty.

    When:
        A node with the first version of cgroups, and root in the host's user namespace that may mount
        (SYS_ADMIN or privileged, no security module against it), or to which `/sys/fs/cgroup` of the host is
        mounted, writable.

    Trap:
        Amazon Linux 2 has that version, Amazon Linux 2023, Bottlerocket and Ubuntu from 22.04 have not; a
        system that is not known leaves a doubt. A read-only mount of `/sys/fs/cgroup` still has its
        hierarchies below it, writable.
    """
    for place in places.escapes(model, workload.ce_cgroup_release_agent):
        yield Step(place.pods, place.node.ref, place.because, place.assumes)
