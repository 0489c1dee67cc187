from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.snapshot.patch import Patch


@mitigation(refutes=("rolebinding:/subjects/*/name", "clusterrolebinding:/subjects/*/name"), lag=IMMEDIATE)
def rbac_remove(fact: Fact, model: Model) -> Patch:
    """Take the subject out of the binding that grants it the role.

    Another binding, or a group that the subject is in, may grant the same; tokens that were minted stay good.
    """
    return Patch.remove(fact.of, fact.at.removesuffix("/name"))
