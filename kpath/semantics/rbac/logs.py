"""The logs that a grant extends to, of pods and of nodes."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import grants
from kpath.semantics.rbac.launches import nodes_by_namespace, nodes_of
from kpath.semantics.rbac.objects import pods

LINE_BY_LINE = Assumption(
    "the file comes out of a pod's log, one line that looks like no log at a time", Confidence.LOW
)


@memoised
def _namespaces(model: Model) -> tuple[str, ...]:
    return tuple(sorted({each.namespace for each in model.pods.classes}))


def logs(model: Model, grant: Grant) -> Refs:
    """The logs of the pods that a grant extends to: of whole namespaces, or of those that it names."""
    if grant.names is not None:
        return model.names.refs(Ref("logs/" + pod.removeprefix("pod/")) for pod in pods(model, grant))
    return model.names.refs(Ref(f"logs/{space}") for space in _namespaces(model) if grant.namespace in (None, space))


def log_services(model: Model) -> Iterator[tuple[Grant, Refs | None, tuple[Assumption, ...]]]:
    """Who may have the kubelet serve files from its logs, on which nodes (`None`: all), on what assumption.

    The log of a pod is a file on its node like any other.
    """
    for resource in ("nodes/log", "nodes/proxy"):
        for grant in grants(model, "get", resource):
            # A node that stands for unknown ones may be any of those that are named.
            named = model.names.refs(Ref(f"node/{name}") for name in (*(grant.names or ()), "*"))
            yield grant, None if grant.names is None else named, grant.assumes
    for grant in grants(model, "get", "pods/log"):
        yield grant, _nodes(model, grant), (*grant.assumes, LINE_BY_LINE)


def _nodes(model: Model, grant: Grant) -> Refs:
    """The nodes of the pods that a grant extends to."""
    if grant.names is None and grant.namespace is not None:
        return nodes_by_namespace(model).get(grant.namespace) or model.names.refs(())
    return nodes_of(model, pods(model, grant))
