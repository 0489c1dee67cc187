"""The controllers of Argo CD and of Flux, and as whom they apply what they are told to.

Source: Argo CD, architecture and command reference; Flux, multi-tenancy lockdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kpath.evidence import Evidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.commands import flag, part
from kpath.semantics.workload.controllers import account_of, cited, running

IMPERSONATION = "--default-service-account"


def argo_accounts(model: Model, plural: str) -> Iterable[tuple[Ref, Evidence]]:
    """The service accounts with which Argo CD works off a kind, each with why."""
    parts = ("application-controller", *(("applicationset-controller",) if plural == "applicationsets" else ()))
    found: dict[Ref, Evidence] = {}
    for each in running(model, "argocd"):
        for text in parts:
            said = part(each.vantage, text)
            if said and each.account not in found:
                found[each.account] = account_of(model, each, *said)
    return found.items()


class Applier(Struct, frozen=True):
    """A controller, and whether it acts as accounts of the object's namespace rather than as its own."""

    account: Ref
    is_impersonating: bool
    because: Evidence


def flux_controllers(model: Model, *images: str) -> Iterator[Applier]:
    """The controllers of Flux with some images."""
    for each in running(model, *images):
        default = flag(each.vantage, IMPERSONATION)
        if default is not None and default[0]:
            yield Applier(each.account, True, cited(model, each, *default[1]))
        else:
            yield Applier(each.account, False, account_of(model, each))
