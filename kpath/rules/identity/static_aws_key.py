from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Fact
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam.keys import READS, owners
from kpath.semantics.workload.credentials import credentials
from kpath.semantics.workload.userdata import READS as USER_DATA
from kpath.semantics.workload.userdata import known


@rule(
    verb="holds an access key of",
    attack=("T1552.001",),
    difficulty=1, noise=1, gain=4,
    reads=READS | USER_DATA | {"config_maps"},
    breaks=("M-IRSA", "M-PODID"),
)  # fmt: skip
def static_aws_key(model: Model) -> Iterator[Step]:
    """Use a long-lived AWS access key that somebody wrote into a ConfigMap or into user data.

    When:
        Both parts of an access key are in it, and `iam list-access-keys` says whose it is and that it is not switched
        off.

    Trap:
        The id alone is good for nothing, and what is written into Secrets and environment variables is never read: a
        key there is found by nobody. Whose a key is that was not listed, cannot be told; CONFIG_CRED_READ finds it.
    """
    for ref, found in credentials(model).items():
        for user, verdict in owners(model, found.keys):
            yield Step(ref, user, (Fact(ref, "/metadata/name", ref.name), *verdict.because), verdict.assumes)
    for each in known(model):
        for user, verdict in owners(model, each.found.keys):
            yield Step(each.ref, user, (*each.because, *verdict.because), verdict.assumes)
