"""Whether one subject may do one thing: the plain definition, rule by rule as the authorizers go.

Source: Kubernetes documentation, Using RBAC Authorization; Using Node Authorization (not evaluated here).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.tables import Model
from kpath.model.wire import PolicyRule
from kpath.refs import Ref
from kpath.semantics.rbac.access import access_grants
from kpath.semantics.rbac.aggregate import owned_rules, roles
from kpath.semantics.rbac.bindings import assumed
from kpath.semantics.rbac.match import Right, match
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS, NODES, groups_of, subject_ref
from kpath.verdict import Allowed, Denied, Undecided, Verdict, any_of


class Request(Struct, frozen=True):
    """Who, with which groups beside those that follow from who it is, wants what, where, on which name."""

    subject: Ref
    verb: str
    resource: str
    group: str = ""
    namespace: str | None = None
    name: str = ""
    groups: tuple[Ref, ...] = ()

    @property
    def right(self) -> Right:
        return Right(self.verb, self.resource, self.group)

    @property
    def is_url(self) -> bool:
        """Whether it asks for a path of the server instead of a resource."""
        return self.resource.startswith("/")


def allows(model: Model, request: Request) -> Verdict:
    """Whether RBAC, an EKS access policy or being an administrator allows a request."""
    who = {request.subject, *request.groups, *groups_of(model, request.subject)}
    for subject in (MASTERS, CLUSTER_ADMIN):
        if subject in who:
            return Allowed((Fact(subject, "/metadata/name", subject.name),))
    verdicts = (*_by_binding(model, request, who), *_by_policy(model, request, who))
    if verdicts:
        return any_of(*verdicts)
    if NODES in who:
        what = Assumption("the Node authorizer, which kpath does not ask here, allows it for what is on this node")
        return Undecided((), (what,))
    return Denied()


def _by_binding(model: Model, request: Request, who: set[Ref]) -> Iterator[Verdict]:
    for ref, binding in model.bindings.items():
        place = ref.namespace or None
        if place is not None and (place != request.namespace or request.is_url):
            continue
        role = binding.role_ref
        target = Ref(f"role/{place}/{role.name}" if role.kind == "Role" else f"clusterrole/{role.name}")
        if target not in roles(model):
            continue
        for index, each in enumerate(binding.subjects or ()):
            if subject_ref(each.kind, each.name, each.namespace or ref.namespace) in who:
                bound = (
                    Fact(ref, pointer("subjects", index, "name"), each.name),
                    Fact(ref, "/roleRef/name", role.name),
                )
                yield from _by_role(model, target, bound, request, namespaced=place is not None)


def _by_role(model: Model, role: Ref, bound: Evidence, request: Request, *, namespaced: bool) -> Iterator[Verdict]:
    for owned in owned_rules(model)[role]:
        found = _matched(owned.of, owned.number, owned.rule, request)
        if found is None or (namespaced and not _within_namespace(request)):
            continue
        because = (*bound, *owned.because, *found)
        doubts = assumed(model, owned.of)
        yield Undecided(because, doubts) if doubts else Allowed(because)


def _matched(of: Ref, number: int, rule: PolicyRule, request: Request) -> Evidence | None:
    if request.is_url:
        return _url(of, number, rule, request)
    found = match(of, number, rule, request.right)
    if found is None:
        return None
    return found.because if found.names is None or request.name in found.names else None


def _url(of: Ref, number: int, rule: PolicyRule, request: Request) -> Evidence | None:
    for index, url in enumerate(rule.non_resource_urls or ()):
        if url in ("*", request.resource) or (url.endswith("*") and request.resource.startswith(url[:-1])):
            for place, verb in enumerate(rule.verbs or ()):
                if verb in ("*", request.verb):
                    return (
                        Fact(of, pointer("rules", number, "nonResourceURLs", index), url),
                        Fact(of, pointer("rules", number, "verbs", place), verb),
                    )
    return None


def _within_namespace(request: Request) -> bool:
    if not request.right.is_cluster_scoped:
        return True
    own = request.resource == "namespaces" and request.verb in ("get", "patch", "update", "delete")
    return own and request.name == request.namespace


def _by_policy(model: Model, request: Request, who: set[Ref]) -> Iterator[Verdict]:
    for each in access_grants(model):
        if each.subject in who and each.namespace in (None, request.namespace):
            found = _matched(each.because[0].of, 0, each.rule, request)
            if found is not None and (each.namespace is None or not request.right.is_cluster_scoped):
                yield Undecided(each.because, each.assumes) if each.assumes else Allowed(each.because)
