from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, rule
from kpath.semantics.iam.able import administrators
from kpath.semantics.iam.estate import READS, on_machines
from kpath.semantics.workload.metadata import opened
from kpath.snapshot.patch import Patch


@rule(
    verb="weakens the metadata service of",
    attack=("T1562.007",),
    difficulty=1, noise=2, gain=2,
    reads=READS,
    breaks=("M-AUTOMODE",),
)  # fmt: skip
def ec2_metadata_opts(model: Model) -> Iterator[Change]:
    """Make the metadata service of a node answer its pods.

    When:
        `ec2:ModifyInstanceMetadataOptions` on the instance. It opens something where the options keep pods away: the
        service is off, or tokens are required and the hop limit is 1.

    Trap:
        It gives nothing by itself: it is a change, and what it opens is derived from the changed state. A node that is
        replaced has the options of its launch template again. Instances of Auto Mode cannot be changed.
    """
    for each in on_machines(model, "ec2:ModifyInstanceMetadataOptions"):
        for arn in sorted(Ref(name) for name in each.resources):
            # Whoever may do anything opens nothing by it.
            patch = Patch() if each.principal in administrators(model) else opened(arn, model.instances[arn])
            yield Change(each.principal, arn, patch, each.because(model), each.assumes)
