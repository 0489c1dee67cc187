"""The stores from which External Secrets fetches: whose credentials they use in AWS, and from where they may be used.

Source: external-secrets.io, SecretStore and ClusterSecretStore, provider AWS Secrets Manager.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire import NULL, LabelSelector
from kpath.model.wire_pod import Wire
from kpath.refs import Ref, sa
from kpath.semantics.labels import selects

CONTROLLER = "external-secrets"
READS = frozenset({"custom_objects", "namespaces", "coverage"})
KINDS = (("clustersecretstore", "clustersecretstores"), ("secretstore", "secretstores"))


class _Account(Wire, frozen=True):
    name: str = ""
    namespace: str | None = None


class _Jwt(Wire, frozen=True):
    service_account_ref: _Account | None = None


class _Auth(Wire, frozen=True):
    jwt: _Jwt | None = None
    secret_ref: msgspec.Raw = NULL


class _Aws(Wire, frozen=True):
    service: str = ""
    role: str | None = None
    auth: _Auth | None = None


class _Provider(Wire, frozen=True):
    aws: _Aws | None = None


class Condition(Wire, frozen=True):
    """From which namespaces a store of the cluster may be used: any of these ways will do."""

    namespaces: tuple[str, ...] | None = None
    namespace_selector: LabelSelector | None = None
    namespace_regexes: tuple[str, ...] | None = None


class _Spec(Wire, frozen=True):
    provider: _Provider | None = None
    conditions: tuple[Condition, ...] | None = None


class Store(Struct, frozen=True):
    """A store in AWS: it acts as `role`, or as the roles of `account`, or, with neither, of its controller's.

    One that is `unlisted` stands for those of a kind of which none was collected.
    """

    ref: Ref
    because: Evidence
    account: Ref | None = None
    role: Ref | None = None
    conditions: tuple[Condition, ...] = ()
    unlisted: str = ""


# One that somebody makes for the purpose, which names no credentials.
OWN = Store(Ref("secretstore/*"), ())


@memoised
def stores(model: Model) -> tuple[Store, ...]:
    """The stores that fetch from Secrets Manager with the role of a service account, or a role of their own."""
    kinds = {kind for kind, _ in KINDS}
    found = (_store(ref, bytes(each.spec)) for ref, each in model.custom_objects.items() if ref.kind in kinds)
    return tuple(each for each in found if each is not None)


def _store(ref: Ref, spec: bytes) -> Store | None:
    try:
        said = msgspec.json.decode(spec, type=_Spec)
    except msgspec.MsgspecError:
        return None
    aws = said.provider.aws if said.provider is not None else None
    if aws is None or aws.service != "SecretsManager":
        return None
    at = "/spec/provider/aws"
    because: Evidence = (Fact(ref, f"{at}/service", aws.service),)
    conditions = said.conditions or ()
    if aws.role:
        return Store(ref, (*because, Fact(ref, f"{at}/role", aws.role)), role=Ref(aws.role), conditions=conditions)
    auth = aws.auth or _Auth()
    named = auth.jwt.service_account_ref if auth.jwt is not None else None
    if named is not None:
        because = (*because, Fact(ref, f"{at}/auth/jwt/serviceAccountRef/name", named.name))
        space = ref.namespace or named.namespace or ""
        return Store(ref, because, account=sa(space, named.name), conditions=conditions)
    # A key in a Secret is that of a user whom nothing names.
    return Store(ref, because, conditions=conditions) if bytes(auth.secret_ref) == b"null" else None


def admits(model: Model, store: Store, namespace: str | None) -> tuple[Assumption, ...] | None:
    """What to assume for a store to be used from a namespace, or (`None`) from one of all; `None` where it may not."""
    if store.ref.namespace:
        return () if namespace in (None, store.ref.namespace) else None
    if namespace is None or not store.conditions:
        return ()
    answers = [_meets(model, each, namespace) for each in store.conditions]
    if True in answers:
        return ()
    what = f"the conditions of {store.ref} admit {namespace}"
    return (Assumption(what, Confidence.MEDIUM, "namespaces"),) if None in answers else None


def _meets(model: Model, condition: Condition, namespace: str) -> bool | None:
    """Whether a namespace meets a condition; `None` where that takes labels or expressions that are not read."""
    if namespace in (condition.namespaces or ()):
        return True
    stored = model.namespaces.get(Ref(f"ns/{namespace}"))
    if condition.namespace_selector is not None:
        answer = selects(condition.namespace_selector, stored.metadata.labels or {}) if stored is not None else None
        if answer is not False:
            return answer
    return None if condition.namespace_regexes else False


def unlisted(model: Model) -> Iterator[Store]:
    """A store for each kind of which nothing was collected."""
    known = {ref.kind for ref in model.custom_objects}
    for kind, plural in KINDS:
        if kind not in known and plural not in model.coverage.listed:
            yield Store(Ref(f"{kind}/*"), (), unlisted=plural)
