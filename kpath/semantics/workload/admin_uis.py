"""Products to administer with that ask for no login, as their command lines say.

Source: the flags of each product, as of 2026-06.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.commands import flags, switched_on
from kpath.semantics.workload.controllers import Running, contains, of_pod, running
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.places import TOKEN_READS, holdings

READS = TOKEN_READS

# Switches that turn the login off, by image.
_SWITCHES = (("argocd", "--disable-auth"), ("kubernetes*dashboard", "--enable-skip-login"))
# Flags whose value leaves it out: nobody's rights but the server's own, an empty token.
_VALUES = (
    ("argocli", "--auth-mode", "server"),
    *(
        (image, f"--{part}.token", "")
        for image in ("jupyter", "notebook")
        for part in ("IdentityProvider", "NotebookApp", "ServerApp")
    ),
)


class Open(Struct, frozen=True):
    """What serves a product that asks for no login, the account whose token it has, and why, of one of its pods."""

    endpoint: Ref
    account: Ref
    because: Evidence
    assumes: tuple[Assumption, ...]


def without_login(model: Model) -> Iterator[Open]:
    """Every such product in the cluster, with the service accounts that it acts as."""
    found = {
        (each.pods.number, each.vantage.at): (each, because) for each in _known(model) if (because := _unasked(each))
    }
    if not found:
        return
    for holding in holdings(model):
        numbers = {each.number for each in holding.classes} if holding.token.audience is None else set()
        for each, because in found.values():
            if each.pods.number in numbers:
                why = (*each.because, *because, *holding.because)
                for endpoint, pod in _first_pods(model, each).items():
                    cited = tuple(dict.fromkeys(of_pod(model, pod, why)))
                    yield Open(endpoint, holding.account, cited, holding.token.assumes)


def _known(model: Model) -> tuple[Running, ...]:
    return running(model, *(image for image, *_ in (*_SWITCHES, *_VALUES)))


def _first_pods(model: Model, each: Running) -> dict[Ref, Ref]:
    """The endpoints that some pods serve, each with its first pod."""
    found: dict[Ref, Ref] = {}
    for pod in model.pods.of([each.pods]):
        for endpoint in endpoints_of(model, model.names.refs([pod])):
            found.setdefault(endpoint, pod)
    return found


def _unasked(each: Running) -> Evidence:
    """The entry of the command line by which a container asks for no login."""
    return next((because for because in _ways(each) if because), ())


def _ways(each: Running) -> Iterator[Evidence]:
    for image, name in _SWITCHES:
        if contains(each.image, image):
            yield switched_on(each.vantage, name)
    for image, name, wanted in _VALUES:
        if contains(each.image, image):
            yield from (because for value, because in flags(each.vantage, name) if value == wanted)
