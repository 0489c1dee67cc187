"""Access policies that somebody may associate with an access entry: which, in the cluster or in which namespaces.

Source: service authorization reference, Amazon EKS (`eks:policyArn`, `eks:accessScope`, `eks:namespaces`).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam.able import Able, Call, Known, able
from kpath.semantics.iam.patterns import matcher
from kpath.semantics.rbac import entry_names
from kpath.semantics.rbac.entry_names import spoken
from kpath.semantics.rbac.universe import CLUSTER_ADMIN

READS = entry_names.READS | {"spaces"}

ASSOCIATE = "eks:AssociateAccessPolicy"
_KEYS = ("eks:policyarn", "eks:accessscope", "eks:namespaces")
_ADMIN = "AmazonEKSClusterAdminPolicy"
# The policies that give people rights, each with those that give all of its rights and more.
_STRONGER = {
    _ADMIN: (),
    "AmazonEKSAdminPolicy": (_ADMIN,),
    "AmazonEKSEditPolicy": (_ADMIN, "AmazonEKSAdminPolicy"),
    "AmazonEKSViewPolicy": (_ADMIN, "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy"),
    "AmazonEKSAdminViewPolicy": (_ADMIN,),
}
_EVERYWHERE = ("*",)


def given(model: Model, cluster: Ref, on: frozenset[str], more: Known = ()) -> Iterator[tuple[Able, Ref | list[Ref]]]:
    """Who may associate policies with which access entries, and what one comes to hold; the strongest count.

    The rights of a policy in a namespace are `grant/NAMESPACE/POLICY`.
    """
    had: set[tuple[Ref, str, str, str]] = set()
    for places, scope in _scopes(model):
        for policy in _STRONGER:
            arn = f"arn:{cluster.split(':')[1]}:eks::aws:cluster-access-policy/{policy}"
            known = ((_KEYS[0], (arn,)), *scope, *more)
            for each in able(model, Call(ASSOCIATE, on, known)):
                left = frozenset(name for name in each.resources if not _has(had, each.principal, name, policy, places))
                had |= {(each.principal, name, policy, place) for name in each.resources for place in places}
                if left:
                    is_all = places == _EVERYWHERE and policy == _ADMIN
                    targets = [Ref(f"grant/{place}/{policy}") for place in places]
                    yield replace(each, resources=left), CLUSTER_ADMIN if is_all else targets


def _has(had: set[tuple[Ref, str, str, str]], who: Ref, entry: str, policy: str, places: tuple[str, ...]) -> bool:
    """Whether somebody can give an entry as much already, in the same places or everywhere."""
    others = (policy, *_STRONGER[policy])
    return any((who, entry, other, place) in had for other in others for place in (places[0], *_EVERYWHERE))


@memoised
def is_limited(model: Model) -> bool:
    """Whether some policy speaks of what may be associated, so that one may associate less than everything."""
    return any(key in spoken(model) for key in _KEYS)


@memoised
def _scopes(model: Model) -> tuple[tuple[tuple[str, ...], Known], ...]:
    """The whole cluster, then its namespaces: those together that no policy can tell apart."""
    everywhere: Known = (("eks:accessscope", ("cluster",)), ("eks:namespaces", ()))
    if not is_limited(model):
        return ((_EVERYWHERE, everywhere),)
    said = spoken(model).get("eks:namespaces", ())
    tests = [(each, matcher(each)) for each in said]
    cells: dict[tuple[tuple[bool, bool], ...], list[str]] = {}
    for name in sorted(model.spaces | {each for each in said if not set(each) & set("*?$")}):
        cells.setdefault(tuple((each == name, test(name)) for each, test in tests), []).append(name)
    within: Known = (("eks:accessscope", ("namespace",)),)
    found = ((tuple(names), (*within, ("eks:namespaces", (names[0],)))) for names in cells.values())
    return ((_EVERYWHERE, everywhere), *found)
