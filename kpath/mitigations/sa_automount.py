from __future__ import annotations

import re
from collections.abc import Iterator

from kpath.evidence import Fact
from kpath.mitigations import RECREATED, mitigation, replicas
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.snapshot.patch import Patch

_SOURCE = re.compile(r"/spec/volumes/(\d+)/projected/sources/\d+/serviceAccountToken/audience")
INJECTED = "kube-api-access"
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
    volume = _SOURCE.fullmatch(fact.at)
    if volume is None:
        return Patch.replace(fact.of, fact.at, False)
    if fact.value is not None or fact.of.kind != "pod" or not _injected(model, fact.of, int(volume[1])):
        # A token that the manifest itself asks for comes back with every pod.
        return None
    patches = []
    for of, prefix in replicas(model, fact.of):
        patches.append(Patch.replace(of, prefix + _FIELD, False))
        if not prefix:
            patches += [Patch.remove(of, place) for place in _places(model, of)]
    return Patch.together(patches)


def _injected(model: Model, pod: Ref, index: int) -> bool:
    return any(place.startswith(f"/spec/volumes/{index}/") for place in _places(model, pod))


def _places(model: Model, pod: Ref) -> Iterator[str]:
    """Where in a pod the tokens for the API server stand that the API server put there."""
    number = model.names.find(pod)
    volumes = model.pods.class_of(number).spec.volumes if number is not None else None
    for at, volume in enumerate(volumes or ()):
        sources = volume.projected.sources if volume.projected is not None else None
        for place, source in enumerate(sources or ()):
            if volume.name.startswith(INJECTED) and source.service_account_token is not None:
                yield f"/spec/volumes/{at}/projected/sources/{place}"
