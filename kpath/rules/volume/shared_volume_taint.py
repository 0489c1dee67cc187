from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.workload import shared


@rule(
    verb="poisons a volume of",
    attack=("T1080",),
    difficulty=3, noise=2, gain=3,
    reads=shared.READS,
    breaks=("M-NS-SPLIT",),
)  # fmt: skip
def shared_volume_taint(model: Model) -> Iterator[Step]:
    """Change what another pod runs or trusts in a volume that both mount.

    When:
        Both mount the same part of one claim, or a path of the node that both are on, the other's or one above or below
        it; the first can write there.

    Trap:
        ReadWriteOnce keeps pods on other nodes away, not those on the same; ReadWriteOncePod does. A mount that is
        read-only in the other pod does not protect it.
    """
    for each in (*shared.by_claim(model), *shared.by_host_path(model)):
        yield Step(each.writers, each.readers, each.because, each.assumes)
