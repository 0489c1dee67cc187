from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.rbac.certificates import ALIVE, TOKEN_TYPE, bootstrap_tokens, bootstrapping
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.nodes import users_of
from kpath.semantics.workload import platform
from kpath.verdict import Denied


@rule(
    verb="is given the certificate of",
    attack=("T1649",),
    difficulty=3, noise=3, gain=4,
    reads=READS | platform.READS | {"secrets"},
)  # fmt: skip
def node_csr_any(model: Model) -> Iterator[Step]:
    """Obtain the certificate of any node with a bootstrap token.

    When:
        `create` on `certificatesigningrequests/nodeclient`, by whatever role, in the hands of `system:bootstrappers`
        or of a group below it: what it asks for is approved unseen. The tokens are Secrets of kube-system, of a type
        of their own.

    Trap:
        The nodes of EKS authenticate by IAM. A token may have expired, and says itself of which groups it is.
    """
    ours = platform.self_managed(model)
    nodes = users_of(model, np.arange(len(model.nodes), dtype=np.int32))
    for each in bootstrapping(model) if not isinstance(ours, Denied) else ():
        because, assumes = (*each.because, *ours.because), (*each.assumes, *ours.assumes)
        yield Step(each.subjects, nodes, because, assumes)
        yield Step(bootstrap_tokens(model), nodes, (TOKEN_TYPE, *because), (*assumes, ALIVE))
