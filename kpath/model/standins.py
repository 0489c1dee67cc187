"""Controllers without pods stand for the pods that they would create."""

from __future__ import annotations

from kpath.model import wire
from kpath.model.builder import Builder, owner_of
from kpath.model.decoding import noted
from kpath.model.kinds import KINDS
from kpath.refs import CONTROLLERS, Ref

FARGATE = "fargate-"


def resolved_owners(builder: Builder) -> tuple[Ref, ...]:
    """The owners of pods, each replaced by the controller at the top: a Deployment for its ReplicaSet."""
    above = parents(builder)
    return tuple(above.get(owner, owner) for owner in builder.owners)


def parents(builder: Builder) -> dict[Ref, Ref]:
    """The controllers of controllers."""
    found: dict[Ref, Ref] = {}
    for kind in ("ReplicaSet", "Job"):
        for ref, data in builder.objects[kind].items():
            if isinstance(data, wire.Controller):
                above = owner_of(ref.namespace, data.metadata.owner_references)
                if above is not None:
                    found[ref] = above
    return found


def add_stand_ins(builder: Builder) -> None:
    """Add a row for each controller that has no pods of its own and would have some.

    The pod of a DaemonSet stands on every node, named `NAME@NODE`; any other has the
    controller's name, or, where a pod of that name exists, `NAME@KIND`.
    """
    served = {*resolved_owners(builder), *builder.owners}
    above = parents(builder)
    taken = set(builder.pod_names)
    found = [
        (ref, *made)
        for kind, table in builder.objects.items()
        if KINDS[kind].ref in CONTROLLERS
        for ref, data in sorted(table.items())
        if isinstance(data, wire.Controller)
        and ref not in served
        and not (ref in above and above[ref] in builder.files)
        and not _rests(data)
        and (made := template(data)) is not None
    ]
    # Every node is known before the first DaemonSet asks for them.
    for _, pod, _ in found:
        if pod.spec is not None and pod.spec.node_name:
            builder.nodes.setdefault(pod.spec.node_name, len(builder.nodes))
    for ref, pod, prefix in found:
        _stand_in(builder, ref, pod, prefix, taken)


def template(data: wire.Controller) -> tuple[wire.Template, str] | None:
    """The pod template of a controller, and where in it the template stands."""
    if data.spec.job_template is not None:
        inner = data.spec.job_template.spec
        found, prefix = (inner.template if inner else None), "/spec/jobTemplate/spec/template"
    else:
        found, prefix = data.spec.template, "/spec/template"
    return (found, prefix) if found is not None and found.spec is not None else None


def _rests(data: wire.Controller) -> bool:
    """Whether a controller makes no pods: scaled to none, suspended, or a Job that is over."""
    conditions = (data.status.conditions if data.status is not None else None) or ()
    is_over = any(each.type in ("Complete", "Failed") and each.status == "True" for each in conditions)
    return data.spec.replicas == 0 or data.spec.suspend is True or (data.kind == "Job" and is_over)


def _stand_in(builder: Builder, ref: Ref, pod: wire.Template, prefix: str, taken: set[str]) -> None:
    assert pod.spec is not None
    labels = pod.metadata.labels if pod.metadata else None
    spec = noted(pod.spec, pod.metadata.annotations if pod.metadata else None)
    shape = builder.shape(ref.namespace, spec, labels, planned=True, origin=ref, prefix=prefix)
    name = f"{ref.namespace}/{ref.name}"
    if name in taken:
        name += f"@{ref.kind}"
    taken.add(name)
    everywhere = ref.kind == "ds" and not pod.spec.node_name
    nodes = fitting(builder, pod.spec.node_selector or {}) if everywhere else []
    for node in nodes:
        builder.row(f"{name}@{node}", shape, node, ref, builder.files[ref])
    if not nodes:
        builder.row(name, shape, pod.spec.node_name or "", ref, builder.files[ref])


def fitting(builder: Builder, selector: dict[str, str]) -> list[str]:
    """The nodes that a node selector admits; a node whose labels are not known is one of them."""
    found = []
    objects = builder.objects["Node"]
    for name in sorted({*builder.nodes, *(ref.name for ref in objects)}):
        data = objects.get(Ref(f"node/{name}"))
        labels = (data.metadata.labels or {}) if isinstance(data, wire.Node) else selector
        if not name.startswith(FARGATE) and all(labels.get(key) == value for key, value in selector.items()):
            found.append(name)
    return found
