from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Evidence
from kpath.model.classes import PodClass
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, rule
from kpath.semantics.workload import mounted_secrets, vantages


@rule(
    verb="has mounted",
    attack=("T1552.007",),
    difficulty=1, noise=1, gain=2,
    reads={"pods"},
    breaks=("M-NS-SPLIT",),
)  # fmt: skip
def secret_mount_read(model: Model) -> Iterator[Step]:
    """Read the Secrets that a container mounts or has in its environment.

    When:
        A volume of the container, a variable or `envFrom` names the Secret.

    Trap:
        It is per container; `imagePullSecrets` are not visible inside.
    """
    groups: dict[tuple[Ref, Evidence], list[PodClass]] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            for name, because in mounted_secrets(each.spec, vantage):
                groups.setdefault((Ref(f"secret/{each.namespace}/{name}"), because), []).append(each)
    for (secret, because), classes in groups.items():
        yield Step(model.pods.of(classes), secret, because)
