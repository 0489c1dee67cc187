"""Who may use which stores of External Secrets, and sees what is fetched."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.semantics.rbac.operators import EXTERNAL_SECRETS, SECRET_STORES
from kpath.semantics.rbac.readback import made_and_read
from kpath.semantics.workload.stores import OWN, Store, admits, stores, unlisted


class Use(Struct, frozen=True):
    """Principals who may have a store fetch for them, and why."""

    subjects: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]


def users(model: Model) -> Iterator[tuple[Store, tuple[Use, ...]]]:
    """Every store, one that they make, and one that was not collected, with who may use it."""
    found = made_and_read(model, EXTERNAL_SECRETS)
    for store in (*stores(model), *unlisted(model)):
        admitted = tuple(
            Use(joint.subjects, joint.because, (*joint.assumes, *doubts))
            for joint in found
            if (doubts := admits(model, store, joint.namespace)) is not None
        )
        yield store, admitted
    making = made_and_read(model, EXTERNAL_SECRETS, SECRET_STORES)
    yield OWN, tuple(Use(joint.subjects, joint.because, joint.assumes) for joint in making)
