from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac import launches
from kpath.semantics.rbac.grants import READS, grants, together
from kpath.semantics.rbac.objects import accounts
from kpath.semantics.rbac.readback import readers


@rule(
    verb="has a Secret filled with the token of",
    attack=("T1098", "T1528"),
    difficulty=1, noise=3, gain=5,
    reads=READS | launches.READS,
    breaks=("M-RBAC-REMOVE", "M-VAP"),
)  # fmt: skip
def token_secret_create(model: Model) -> Iterator[Step]:
    """Create a Secret that the control plane fills with a service account's token, and read it.

    When:
        `create` on `secrets`; and in one namespace `get`, `list`, `watch` or `patch` on `secrets`, or the right to
        make a pod, which may mount the Secret.

    Trap:
        Names do not keep the Secret from being read, for whoever creates it chooses its name. `update` and `patch`
        cannot make a token Secret of another. The token does not expire.
    """
    for joint in together(model, grants(model, "create", "secrets"), readers(model)):
        scope = replace(joint.grants[0], namespace=joint.namespace)
        yield Step(joint.subjects, accounts(model, scope), joint.because, joint.assumes)
