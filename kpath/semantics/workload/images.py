"""What the images of containers are, by their names.

Source: Amazon ECR user guide, Private registries (the name of a registry); Amazon EKS user guide, container image
registries for add-ons, as of 2026-06.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kpath.evidence import SOURCE, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.regions import partition
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref
from kpath.semantics.workload.facts import SPEC

# A registry has one name, and another that answers over IPv6 as well.
_HOST = (
    r"(?:\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"|\.dkr-ecr(?:-fips)?\.(?P<dual>[a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))"
)
_ECR = re.compile(rf"(?P<account>\d{{12}}){_HOST}/(?P<name>[^:@]+)(?:[:@].*)?")

# Every account may pull from these, and so knows what is in them.
_ADD_ONS = frozenset({
    "602401143452", "877085696533", "800184023465", "533267051163", "296578399912", "900889452093", "491585149902",
    "151610086707", "333609536671", "121268973566", "918309763551", "961992271922", "761377655185", "900612956339",
    "590381155156", "455263428931", "066635153087", "759879836304", "558608220178", "730335286997", "151742754352",
    "013241004608",
})  # fmt: skip


@memoised
def repositories(model: Model) -> Mapping[Ref, Evidence]:
    """The ECR repositories that images of pods come from, but AWS's own; each with the first container that says so."""
    found: dict[Ref, Evidence] = {}
    for each in model.pods.classes:
        for at, image in images(each.spec):
            repository = repository_of(image)
            if repository is not None and repository not in found:
                first = model.names.ref(int(model.pods.of([each]).ids[0]))
                found[repository] = (model.bound(Fact(SOURCE, at, image), first, first),)
    return dict(sorted(found.items()))


def images(spec: PodSpec) -> Iterator[tuple[str, str]]:
    """The images of all containers of a pod, init containers too, and of its volumes, and where each is named."""
    listed = (("containers", spec.containers), ("initContainers", spec.init_containers))
    for field, containers in (*listed, ("ephemeralContainers", spec.ephemeral_containers)):
        for index, container in enumerate(containers or ()):
            if container.image:
                yield SPEC + pointer(field, index, "image"), container.image
    for index, volume in enumerate(spec.volumes or ()):
        if volume.image is not None and volume.image.reference:
            yield SPEC + pointer("volumes", index, "image", "reference"), volume.image.reference


def repository_of(image: str) -> Ref | None:
    """The ARN of an image's repository, if it is somebody's own in ECR."""
    found = _ECR.fullmatch(image)
    if found is None or found["account"] in _ADD_ONS:
        return None
    region = found["region"] or found["dual"]
    return Ref(f"arn:{partition(region)}:ecr:{region}:{found['account']}:repository/{found['name']}")
