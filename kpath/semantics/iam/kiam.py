"""What it takes to be kiam's server, or one of its agents, to whom the server hands out credentials.

Source: the documentation of kiam (TLS between agents and servers, roles of servers).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import handed
from kpath.semantics.iam.handed import given
from kpath.semantics.iam.interceptors import UNSEEN, obtained_by, server_places, together
from kpath.semantics.workload.controllers import cited, first_pod, of_pod
from kpath.semantics.workload.endpoints import endpoints_of
from kpath.semantics.workload.interceptors import KIAM, agents, servers
from kpath.semantics.workload.tokens import mounted_secrets

READS = handed.READS


class Taken(Struct, frozen=True):
    """Roles that whoever holds something gets of kiam, with what is needed besides, why, and what that assumes."""

    source: Ref
    roles: Refs
    because: Evidence
    assumes: tuple[Assumption, ...]
    also: tuple[Ref, ...] = ()


def by_server(model: Model) -> Iterator[Taken]:
    """From a node with a server: every role that the server gets."""
    for node, acting, there in server_places(model):
        # Of Fargate there is no node to be root on.
        for members, verdict in together(obtained_by(model, acting)) if node.compute != "fargate" else ():
            because = tuple(dict.fromkeys((*there.because, *acting.because, *verdict.because)))
            assumes = tuple(dict.fromkeys((*there.assumes, *acting.assumes, *verdict.assumes)))
            yield Taken(node.ref, model.names.refs(members), because, assumes)


def by_certificate(model: Model) -> Iterator[Taken]:
    """From a Secret with the certificate of an agent or a server: the roles of pods that kiam gives one to."""
    roles: dict[tuple[Ref, str], tuple[Evidence, tuple[Assumption, ...]]] = {}
    for each in given(model, KIAM):
        first = next(iter(each.pods))
        roles.setdefault((each.role, first.namespace), (of_pod(model, first, each.because), each.assumes))
    for secret, why in _certificates(model).items():
        for also, doubts in _reached(model):
            for (role, _), (because, assumes) in roles.items():
                facts = tuple(dict.fromkeys((*why, *because)))
                yield Taken(secret, model.names.refs([role]), facts, (*assumes, *doubts), also)


def _certificates(model: Model) -> dict[Ref, Evidence]:
    """The Secrets that containers of kiam mount, and the first field that says so."""
    found: dict[Ref, Evidence] = {}
    for each in (*agents(model, KIAM), *servers(model)):
        for name, because in mounted_secrets(each.pods.spec, each.vantage):
            bound = of_pod(model, first_pod(model, each.pods), because)
            found.setdefault(Ref(f"secret/{each.pods.namespace}/{name}"), (*cited(model, each), *bound))
    return found


def _reached(model: Model) -> Iterator[tuple[tuple[Ref, ...], tuple[Assumption, ...]]]:
    """What it is to reach a server; where none is seen, one is assumed to be in reach."""
    for each in endpoints_of(model, model.pods.of(server.pods for server in servers(model))):
        yield (each,), ()
    if not servers(model):
        yield (), (UNSEEN,)
