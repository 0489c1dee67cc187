"""Who may what."""

from __future__ import annotations

from collections.abc import Sequence

from kpath.errors import UsageError
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.decide import Request, allows
from kpath.semantics.rbac.grants import grants
from kpath.semantics.rbac.match import Right
from kpath.semantics.rbac.resources import resource as parsed
from kpath.verdict import Verdict

_ACCOUNT = "system:serviceaccount:"
# Stand for somebody who has escalated; who may do what as things are is another question.
_NOT_YET = frozenset({"grant", "cluster-admin"})


def unlisted(model: Model) -> tuple[str, ...]:
    """What was not collected of what grants rights: without it, nobody is certain to lack one."""
    return tuple(sorted({"roles", "clusterroles", "rolebindings", "clusterrolebindings"} - model.coverage.listed))


def who_can(model: Model, verb: str, resource: str, namespace: str, subresource: str) -> tuple[Grant, ...]:
    """Everyone who may do something, each binding and rule for itself."""
    verb = verb.lower()
    name_of, group, name = parsed(resource, subresource)
    found = []
    for grant in grants(model, verb, name_of, group):
        here = not namespace or grant.namespace in (None, namespace)
        named = grant.names is None or (bool(name) and name in grant.names) or not name
        if here and named and grant.subject.kind not in _NOT_YET:
            found.append(grant)
    return tuple(sorted(found, key=lambda grant: (grant.subject, grant.namespace or "", grant.because)))


def can_i(
    model: Model, verb: str, resource: str, as_: str, namespace: str, groups: Sequence[str], subresource: str
) -> Verdict:
    """Whether a subject may do something."""
    verb = verb.lower()
    name_of, group, name = (resource, "", "") if resource.startswith("/") else parsed(resource, subresource)
    cluster_wide = Right(verb, name_of, group).is_cluster_scoped and name_of.partition("/")[0] != "namespaces"
    place = None if cluster_wide else namespace or "default"
    if name_of == "namespaces" and name:
        # A namespace is an object of its own namespace to the authorizer.
        place = name
    named = tuple(Ref(f"group/{each.removeprefix('group/')}") for each in groups)
    return allows(model, Request(subject(as_, namespace), verb, name_of, group, place, name, named))


def subject(text: str, namespace: str) -> Ref:
    """Who a user means: a ref, or a user name as kubectl's `--as` takes it."""
    if text.startswith(_ACCOUNT):
        parts = text.removeprefix(_ACCOUNT).split(":")
        if len(parts) != 2 or not all(parts):
            raise UsageError(f"`{text}` names no service account; one reads {_ACCOUNT}NAMESPACE:NAME")
        return Ref(f"sa/{parts[0]}/{parts[1]}")
    if text.partition("/")[0] in ("sa", "serviceaccount", "user", "group"):
        return Ref.parse(text, namespace)
    if not text or text.startswith(("arn:", "pod/")):
        raise UsageError(f"`{text}` is nobody to the API server; name a sa/NAMESPACE/NAME, user/NAME or group/NAME")
    return Ref(f"user/{text}")
