from __future__ import annotations

import re

from kpath.evidence import Fact
from kpath.mitigations import RECREATED, mitigation, replicas
from kpath.model.tables import Model
from kpath.snapshot.patch import Patch

_SOURCE = re.compile(r"(?:.*/template)?(/spec/volumes/\d+/projected/sources/\d+)/serviceAccountToken/audience")
_FIELD = "/spec/automountServiceAccountToken"


@mitigation(
    refutes=(
        "pod:/spec/volumes/*/projected/sources/*/serviceAccountToken/audience",
        "*:/spec/automountServiceAccountToken",
        "*:/spec/*template/spec/automountServiceAccountToken",
        "sa:/automountServiceAccountToken",
    ),
    lag=RECREATED,
)
def sa_automount(fact: Fact, model: Model) -> Patch | None:
    """Do not mount the service account's token into the pod.

    A pod may still ask for a token in a volume of its own, and the metadata service stays as open as it was. Who
    may create pods may mount any token.
    """
    if fact.of.kind == "sa":
        return Patch.replace(fact.of, fact.at, False)
    volume = _SOURCE.fullmatch(fact.at)
    if volume is None:
        return Patch.replace(fact.of, fact.at, False)
    if fact.value is not None:
        return None
    patch = Patch()
    for of, prefix in replicas(model, fact.of):
        patch |= Patch.replace(of, prefix + _FIELD, False)
        if not prefix:
            patch |= Patch.remove(of, volume[1])
    return patch
