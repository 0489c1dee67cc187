"""The labels of namespaces and service accounts, as selectors see them.

Source: Kubernetes documentation, Namespaces, Automatic labelling; Calico's reference, labels that it adds.
"""

from __future__ import annotations

from collections.abc import Mapping

from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.netpol.engine import CALICO
from kpath.semantics.netpol.terms import Labels

METADATA_NAME = "kubernetes.io/metadata.name"
CALICO_NAME = "projectcalico.org/name"


@memoised
def labels_of_spaces(model: Model, engine: str) -> Mapping[str, Labels]:
    """By namespace: what its object says, and its name; of one without an object, the name alone is known."""
    found: dict[str, Labels] = {}
    for space in model.spaces:
        own = model.namespaces.get(Ref(f"ns/{space}"))
        # The API server sees to this label, whatever the stored object says.
        known = {**((own.metadata.labels if own is not None else None) or {}), METADATA_NAME: space}
        if engine == CALICO:
            known[CALICO_NAME] = space
        found[space] = Labels(known, complete=own is not None)
    return found


def labels_of_account(model: Model, account: Ref) -> Labels:
    """The labels of a service account, with the name that Calico gives it."""
    own = model.service_accounts.get(account)
    known = {**((own.metadata.labels if own is not None else None) or {}), CALICO_NAME: account.name}
    return Labels(known, complete=own is not None)
