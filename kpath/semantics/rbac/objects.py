"""The objects that a grant extends to."""

from __future__ import annotations

from collections.abc import Mapping

from kpath.evidence import Assumption, Confidence
from kpath.model.sets import Refs
from kpath.model.tables import Model, memoised
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.universe import accounts
from kpath.semantics.workload.tokens import mounted_secrets
from kpath.semantics.workload.vantages import vantages

STS = "sts.amazonaws.com"


@memoised
def _pods_by_namespace(model: Model) -> Mapping[str, Refs]:
    groups: dict[str, list[object]] = {}
    for each in model.pods.classes:
        groups.setdefault(each.namespace, []).append(each)
    return {namespace: model.pods.of(classes) for namespace, classes in groups.items()}  # type: ignore[arg-type]


@memoised
def _all_pods(model: Model) -> Refs:
    return model.pods.of(model.pods.classes)


def pods(model: Model, grant: Grant) -> Refs:
    """The pods that a grant extends to."""
    if grant.namespace is None and grant.names is None:
        return _all_pods(model)
    if grant.names is None:
        return _pods_by_namespace(model).get(grant.namespace or "") or model.names.refs(())
    names = set(grant.names)
    spaces = _pods_by_namespace(model) if grant.namespace is None else {grant.namespace}
    found = [Ref(f"pod/{space}/{name}") for space in spaces for name in names]
    return model.names.refs(ref for ref in found if model.names.find(ref) is not None)


@memoised
def secrets(model: Model) -> tuple[Ref, ...]:
    """Every Secret that is known: collected, or named by a pod."""
    found = set(model.secrets)
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            found |= {Ref(f"secret/{each.namespace}/{name}") for name, _ in mounted_secrets(each.spec, vantage)}
    return tuple(sorted(found))


def granted(model: Model, grant: Grant, refs: tuple[Ref, ...]) -> Refs:
    """Those of some objects that a grant extends to."""
    if grant.namespace is None and grant.names is None:
        return _whole(model, refs)
    return model.names.refs(ref for ref in refs if grant.includes(ref))


def _whole(model: Model, refs: tuple[Ref, ...]) -> Refs:
    return model.names.refs(refs)


@memoised
def audiences(model: Model) -> tuple[str, ...]:
    """The audiences for which some AWS account takes tokens of this cluster; that of STS where no provider is known."""
    known = {audience for each in model.providers.values() for audience in each.audiences or (STS,)}
    return tuple(sorted(known)) or (STS,)


def tokens_of(model: Model, account: Ref) -> list[Ref]:
    """The tokens of a service account that are worth something outside of the cluster."""
    return [Ref(f"token/{account.namespace}/{account.name}/{audience}") for audience in audiences(model)]


def identities(model: Model, grant: Grant) -> Refs:
    """The service accounts that a grant extends to, with their tokens for every audience."""
    return model.names.refs(
        each for ref in accounts(model) if grant.includes(ref) for each in (ref, *tokens_of(model, ref))
    )


def server_minor(model: Model) -> int | None:
    """The minor version of the API server: as EKS says, else at least that of the newest kubelet."""
    versions = [each.version for each in model.clusters.values() if each.version]
    versions = versions or [node.info.kubelet_version for node in model.nodes if node.info is not None]
    minors = [_minor(version) for version in versions]
    return max((minor for minor in minors if minor is not None), default=None)


def _minor(version: str) -> int | None:
    digits = version.removeprefix("v").split(".")[1:2]
    number = digits[0].rstrip("+") if digits else ""
    return int(number) if number.isdigit() else None


def before(model: Model, minor: int, what: str) -> tuple[Assumption, ...] | None:
    """What to assume for a behaviour that ended with a version: nothing, the version, or `None` where it has ended."""
    known = server_minor(model)
    if known is None:
        return (Assumption(f"the server is older than 1.{minor}: {what}", Confidence.MEDIUM, "nodes"),)
    return () if known < minor else None
