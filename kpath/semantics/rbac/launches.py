"""Who may make pods, directly or through a controller, and what the namespace lets them be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import grants
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS
from kpath.verdict import Allowed, Denied, Undecided, Verdict

ENFORCE = "pod-security.kubernetes.io/enforce"
READS = frozenset({"namespaces", "spaces", "pods", "nodes"})

# The levels that refuse what a pod needs: host namespaces, hostPath, privileged and the like, or more than that.
HOST = ("baseline", "restricted")
UNRESTRICTED = ("restricted",)

# Objects whose controller makes pods, and the verbs that let one choose the pod: a Job's template is immutable.
CONTROLLERS = (
    ("apps", "daemonsets", ("create", "update", "patch")),
    ("apps", "deployments", ("create", "update", "patch")),
    ("apps", "replicasets", ("create", "update", "patch")),
    ("apps", "statefulsets", ("create", "update", "patch")),
    ("batch", "cronjobs", ("create", "update", "patch")),
    ("batch", "jobs", ("create",)),
    ("", "replicationcontrollers", ("create", "update", "patch")),
)


def direct(model: Model) -> Iterator[Grant]:
    """Who may create pods."""
    yield from grants(model, "create", "pods")


def through_controllers(model: Model) -> Iterator[Grant]:
    """Who may create or rewrite an object that makes pods."""
    for group, resource, verbs in CONTROLLERS:
        for verb in verbs:
            for grant in grants(model, verb, resource, group):
                # Names are those of the controllers, and say nothing of what their pods may be.
                yield replace(grant, names=None)


def launchers(model: Model) -> Iterator[Grant]:
    """Who may make pods, in either way."""
    yield from direct(model)
    yield from through_controllers(model)


def admits(model: Model, namespace: str, refusing: tuple[str, ...] = HOST) -> Verdict:
    """Whether a pod may be created in a namespace that some levels of Pod Security refuse.

    Source: Kubernetes documentation, Pod Security Standards: `baseline` and `restricted` forbid
    privileged containers, host namespaces and hostPath. Other admission is not read yet.
    """
    ref = Ref(f"ns/{namespace}")
    others = Assumption(f"no other admission policy forbids it in {namespace}", Confidence.MEDIUM)
    stored = model.namespaces.get(ref)
    if stored is None:
        unknown = Assumption(f"no Pod Security level is enforced in {namespace}", Confidence.MEDIUM, "namespaces")
        return Undecided((), (unknown, others))
    level = (stored.metadata.labels or {}).get(ENFORCE)
    fact = Fact(ref, pointer("metadata", "labels", ENFORCE), level)
    return Denied((fact,)) if level in refusing else Undecided((fact,), (others,))


@memoised
def escape_nodes(model: Model) -> Refs:
    """The nodes to which a pod that somebody makes could go."""
    usable = [node for node in model.nodes if node.compute != "fargate"]
    return model.names.refs(node.ref for node in usable)


@memoised
def loopbacks(model: Model) -> Refs:
    """What listens on the loopback of those nodes."""
    return model.names.refs(Ref(f"localhost/{ref.name}") for ref in escape_nodes(model))


def nodes_of(model: Model, pods: Refs) -> Refs:
    """The nodes that some pods are on, or may come to."""
    columns = model.pods.columns
    found = set(np.unique(columns.node[pods.ids]).tolist())
    if -1 in found:
        unplaced = np.unique(columns.cls[pods.ids[columns.node[pods.ids] < 0]]).tolist()
        found |= {node for number in unplaced for node in model.pods.candidates[number]}
    usable = (model.nodes[number] for number in sorted(found - {-1}))
    return model.names.refs(node.ref for node in usable if node.compute != "fargate")


@memoised
def nodes_by_namespace(model: Model) -> Mapping[str, Refs]:
    """The nodes that the pods of each namespace are on, or may come to."""
    return {
        namespace: nodes_of(model, model.pods.of(classes))
        for namespace, classes in _classes_by_namespace(model).items()
    }


@memoised
def _classes_by_namespace(model: Model) -> Mapping[str, tuple[PodClass, ...]]:
    found: dict[str, list[PodClass]] = {}
    for each in model.pods.classes:
        found.setdefault(each.namespace, []).append(each)
    return {namespace: tuple(classes) for namespace, classes in found.items()}


@memoised
def _open(model: Model) -> Mapping[tuple[str, ...], Mapping[str, Verdict]]:
    """The namespaces that enforce none of some levels, by those levels."""
    found: dict[tuple[str, ...], dict[str, Verdict]] = {}
    for refusing in (HOST, UNRESTRICTED):
        verdicts = {namespace: admits(model, namespace, refusing) for namespace in sorted(model.spaces)}
        found[refusing] = {space: each for space, each in verdicts.items() if not isinstance(each, Denied)}
    return found


def open_namespaces(model: Model, refusing: tuple[str, ...] = HOST) -> Iterator[tuple[str, Verdict]]:
    """The namespaces that let a dangerous pod in, and why; of an unknown cluster, `default`."""
    if not model.spaces:
        yield "default", admits(model, "default", refusing)
    yield from _open(model)[refusing].items()


def admitting(model: Model, grant: Grant, refusing: tuple[str, ...] = HOST) -> Iterator[Verdict]:
    """The namespaces of a grant that let a dangerous pod in, which only some levels refuse.

    Of all namespaces the first that is open as it stands is as good as any; one that a change opened is not, for
    who can change it matters.
    """
    if grant.subject in (MASTERS, CLUSTER_ADMIN):
        # Whoever may do anything makes a namespace of their own.
        yield Allowed(())
        return
    if grant.namespace is not None and model.spaces:
        yield from filter(None, [_open(model)[refusing].get(grant.namespace)])
        return
    for space, verdict in open_namespaces(model, refusing):
        if grant.namespace in (None, space):
            yield verdict
            if not is_relaxed(verdict):
                return


def is_relaxed(verdict: Verdict) -> bool:
    """Whether a namespace is open since its level is `privileged` by name, which a change may have set."""
    return any(fact.value == "privileged" for fact in verdict.because)


def escapes(
    model: Model, found: Iterable[Grant], refusing: tuple[str, ...] = HOST
) -> Iterator[tuple[Refs, Evidence, tuple[Assumption, ...]]]:
    """Who has a grant to make pods in a namespace that lets a dangerous one in, why, and on what assumptions."""
    for grant in found:
        for verdict in admitting(model, grant, refusing):
            yield grant.subjects, (*grant.because, *verdict.because), (*grant.assumes, *verdict.assumes)


def refusals(model: Model, found: Iterable[Grant], holds: Callable[[Ref], bool]) -> Iterator[tuple[Refs, Evidence]]:
    """Who of those that are held has a grant to make pods in a namespace that lets no dangerous one in, and why."""
    for grant in found:
        for because in refusal(model, grant):
            yield model.names.refs(ref for ref in grant.subjects if holds(ref)), because


def refusal(model: Model, grant: Grant) -> Iterator[Evidence]:
    """The facts for which a grant's namespace lets no dangerous pod in."""
    if grant.namespace is not None:
        verdict = admits(model, grant.namespace)
        if isinstance(verdict, Denied):
            yield verdict.because
