"""The controllers of Argo CD and of Flux, and as whom they apply what they are told to.

Source: Argo CD, architecture and command reference; Flux, multi-tenancy lockdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.commands import flag, flags, part
from kpath.semantics.workload.controllers import Running, account_of, cited, running

IMPERSONATION = "--default-service-account"

# A part of Argo CD, the kind that it works off in other namespaces as well, those of its own, and the flag for that.
_PARTS = (
    ("application-controller", "applications", ("applicationsets", "appprojects"), "--application-namespaces"),
    ("applicationset-controller", "applicationsets", (), "--applicationset-namespaces"),
)
_LOGINS = (
    ("argocd-initial-admin-secret", Assumption("the initial password was not changed", Confidence.MEDIUM)),
    ("argocd-secret", Assumption("sessions are signed with its key, and admin is not disabled", Confidence.MEDIUM)),
)


class Watch(Struct, frozen=True):
    """A service account of Argo CD, and namespaces whose objects it works off: its own, or those that a flag names."""

    account: Ref
    because: Evidence
    namespaces: str | None = None

    def covers(self, namespace: str | None) -> bool:
        """Whether objects of a namespace, or (`None`) of whichever is wanted, are worked off."""
        if namespace is None or namespace == self.account.namespace:
            return self.namespaces is None
        if self.namespaces is None:
            return False
        return any(_fits(each.strip(), namespace) for each in self.namespaces.split(","))


def argo_watches(model: Model, plural: str) -> Iterator[Watch]:
    """The service accounts with which Argo CD works off a kind, and where."""
    seen: set[Ref] = set()
    for each, said, name in _argo_parts(model, plural):
        if each.account not in seen:
            seen.add(each.account)
            yield Watch(each.account, account_of(model, each, *said))
        for value, given in flags(each.vantage, name) if name is not None else ():
            if value:
                yield Watch(each.account, account_of(model, each, *dict.fromkeys((*said, *given))), value)


def _argo_parts(model: Model, plural: str) -> Iterator[tuple[Running, Evidence, str | None]]:
    """The controllers that work off a kind, and the flag by which they do so in other namespaces."""
    for each in running(model, "argocd"):
        for text, of, all_of, name in _PARTS:
            said = part(each.vantage, text) if plural in (of, *all_of) else ()
            if said:
                yield each, said, name if plural == of else None


def argo_logins(model: Model, known: Refs) -> Iterator[tuple[Ref, Watch, Assumption]]:
    """Secrets that let one in as the administrator of Argo CD, and the service account that then does one's work."""
    for watch in argo_watches(model, "applications"):
        for name, doubt in _LOGINS if watch.namespaces is None else ():
            secret = Ref(f"secret/{watch.account.namespace}/{name}")
            if secret in known:
                yield secret, watch, doubt


def _fits(pattern: str, namespace: str) -> bool:
    """Patterns are globs, or expressions between slashes."""
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        try:
            return re.search(pattern[1:-1], namespace) is not None
        except re.error:
            return True
    return fnmatchcase(namespace, pattern)


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
