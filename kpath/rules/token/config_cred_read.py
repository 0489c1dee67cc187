from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Fact
from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.grants import READS, grants
from kpath.semantics.workload import configured
from kpath.semantics.workload.credentials import credentials

VALID = Assumption("the token is still valid")


@rule(
    verb="comes, by a credential in a ConfigMap, to",
    attack=("T1552.001",),
    difficulty=1, noise=1, gain=3,
    reads=READS | configured.READS,
    breaks=("M-IRSA", "M-PODID"),
)  # fmt: skip
def config_cred_read(model: Model) -> Iterator[Step]:
    """Read a credential that somebody wrote into a ConfigMap.

    When:
        `get`, `list` or `watch` on `configmaps`, or a container that one is mounted into or has variables from; and in
        it both parts of an AWS access key, a kubeconfig's client certificate and its key, or a service account's token,
        which leads on to its account.

    Trap:
        An access key's id alone is no credential, nor a certificate without its key. The annotation of what was last
        applied keeps what has been taken out of the data. A token for another audience is none for the API server.
    """
    found = credentials(model)
    names = {ref: Fact(ref, "/metadata/name", ref.name) for ref in found}
    for grant in (each for verb in ("get", "list", "watch") for each in grants(model, verb, "configmaps")):
        for ref, fact in names.items():
            if grant.includes(ref):
                yield Step(grant.subjects, ref, (*grant.because, fact), grant.assumes)
    for pods, ref, because in configured.readers(model, frozenset(found)):
        yield Step(pods, ref, because)
    for ref, each in found.items():
        yield Step(ref, model.names.refs(each.owners), (names[ref],), (VALID,))
