"""The private images that pods run."""

from __future__ import annotations

import re

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref

# Source: Amazon ECR user guide, Amazon ECR private registry; the names of its endpoints.
_ECR = re.compile(
    r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(\.cn)?|on\.aws)/([a-z0-9._/-]+)(?:[:@].*)?"
)


def repository(image: str) -> Ref | None:
    """The repository of Amazon ECR that an image comes from, if it does."""
    found = _ECR.fullmatch(image)
    if found is None:
        return None
    account, region, china, name = found.groups()
    partition = "aws-cn" if china else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return Ref(f"arn:{partition}:ecr:{region}:{account}:repository/{name}")


@memoised
def repositories(model: Model) -> Refs:
    """The repositories of Amazon ECR of the images of all pods, init containers included."""
    images = {
        container.image
        for each in model.pods.classes
        for containers in (each.spec.containers, each.spec.init_containers, each.spec.ephemeral_containers)
        for container in containers or ()
        if container.image
    }
    return model.names.refs(sorted(ref for image in images if (ref := repository(image)) is not None))
