"""Who may replace images that pods pull from ECR.

Source: Amazon ECR user guide, IAM permissions for pushing an image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.evidence import TARGET, Assumption, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.model.wire_pod import PodSpec
from kpath.refs import Ref
from kpath.semantics.iam import able as iam
from kpath.semantics.iam.able import Able, Call, able, alike, besides
from kpath.semantics.workload.facts import SPEC
from kpath.semantics.workload.images import repository_of

READS = iam.READS | {"pods"}

LOGIN = "ecr:GetAuthorizationToken"
# Whoever may not ask which layers are there uploads them all.
PUSH = ("ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload")
OPEN = "ecr:SetRepositoryPolicy"
UNDENIED = Assumption("no policy of IAM denies it the push that the repository's new policy allows")
NEVER = "Never"


def pushed(model: Model) -> Iterator[tuple[Able, Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may push to the repository of an image that which pods name by a tag, or let itself do so."""
    used = _tagged(model)
    login = able(model, Call(LOGIN, frozenset({"*"})))
    repositories = frozenset(map(str, used))
    pushing = besides(login, alike(model, PUSH, repositories, shared=True))
    sure = {(each.principal, name) for each in pushing for name in each.resources}
    for each in pushing:
        yield from _poisoned(each, used, each.resources, ())
    for each in besides(login, able(model, Call(OPEN, repositories, shared=True))):
        names = frozenset(name for name in each.resources if (each.principal, name) not in sure)
        yield from _poisoned(each, used, names, (UNDENIED,))


def _poisoned(
    each: Able, used: Mapping[Ref, Mapping[Fact, Refs]], names: frozenset[str], assumes: tuple[Assumption, ...]
) -> Iterator[tuple[Able, Refs, Evidence, tuple[Assumption, ...]]]:
    for name in sorted(names):
        yield from ((each, pods, (fact,), assumes) for fact, pods in used[Ref(name)].items())


@memoised
def _tagged(model: Model) -> Mapping[Ref, Mapping[Fact, Refs]]:
    """The repositories of images that containers name by a tag and pull, with the field and the pods."""
    found: dict[Ref, dict[Fact, Refs]] = {}
    for each in model.pods.classes:
        for at, image in _pulled(each.spec):
            repository = repository_of(image)
            if repository is not None and "@" not in image:
                facts = found.setdefault(repository, {})
                fact, pods = Fact(TARGET, at, image), model.pods.of([each])
                facts[fact] = facts[fact] | pods if fact in facts else pods
    return dict(sorted(found.items()))


def _pulled(spec: PodSpec) -> Iterator[tuple[str, str]]:
    """The images that containers start with, unless they take what the node has, and where each is named."""
    for field, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for index, container in enumerate(containers or ()):
            if container.image and container.image_pull_policy != NEVER:
                yield SPEC + pointer(field, index, "image"), container.image
