"""Who may replace images that pods pull from ECR.

Source: Amazon ECR user guide, IAM permissions for pushing an image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.evidence import TARGET, Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import able as iam
from kpath.semantics.iam.able import Able, Call, able, alike, besides
from kpath.semantics.workload.facts import SPEC
from kpath.semantics.workload.images import images, repository_of

READS = iam.READS | {"pods"}

LOGIN = "ecr:GetAuthorizationToken"
PUSH = (
    "ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
    "ecr:BatchCheckLayerAvailability",
)  # fmt: skip


def pushed(model: Model) -> Iterator[tuple[Able, Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may push to the repository of an image that which pods name by a tag."""
    used = _tagged(model)
    login = able(model, Call(LOGIN, frozenset({"*"})))
    for each in besides(login, alike(model, PUSH, frozenset(map(str, used)), shared=True)):
        for name in sorted(each.resources):
            yield from ((each, pods, (fact,), ()) for fact, pods in used[Ref(name)].items())


@memoised
def _tagged(model: Model) -> Mapping[Ref, Mapping[Fact, Refs]]:
    """The repositories of images that containers name by a tag, with the field and the pods."""
    found: dict[Ref, dict[Fact, Refs]] = {}
    for each in model.pods.classes:
        for at, image in images(each.spec):
            repository = repository_of(image)
            starts = at.startswith((f"{SPEC}/containers/", f"{SPEC}/initContainers/"))
            if repository is not None and starts and "@" not in image:
                facts = found.setdefault(repository, {})
                fact, pods = Fact(TARGET, at, image), model.pods.of([each])
                facts[fact] = facts[fact] | pods if fact in facts else pods
    return dict(sorted(found.items()))
