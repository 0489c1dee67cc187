from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics import workload
from kpath.semantics.workload import places


@rule(
    verb="uses the shared memory of",
    attack=("T1005",),
    difficulty=4, noise=1, gain=2,
    reads=places.READS,
    breaks=("M-PSA-BASELINE", "M-GK-HOSTNS"),
)  # fmt: skip
def host_ipc_tamper(model: Model) -> Iterator[Step]:
    """Use the shared memory of the node.

    When:
        `hostIPC`, in no sandbox.

    Trap:
        Root has every segment; of another user it is not known whether any is theirs or open to all. It gives the
        data of processes that share memory there, and no command on the node.
    """
    for place in places.escapes(model, workload.host_ipc_tamper):
        yield Step(place.pods, Ref(f"ipc/{place.node.name}"), place.because, place.assumes)
