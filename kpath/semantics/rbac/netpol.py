"""Who may change what isolates pods from each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import grants

# Policies only add to what is allowed, so a further one opens as well as a missing one does.
VERBS = ("create", "update", "patch", "delete", "deletecollection")
NAMESPACED = (
    ("networkpolicies", "networking.k8s.io"),
    ("networkpolicies", "crd.projectcalico.org"),
    ("networkpolicies", "projectcalico.org"),
    ("ciliumnetworkpolicies", "cilium.io"),
    ("policyendpoints", "networking.k8s.aws"),
)
EVERYWHERE = (
    ("globalnetworkpolicies", "crd.projectcalico.org"),
    ("globalnetworkpolicies", "projectcalico.org"),
    ("ciliumclusterwidenetworkpolicies", "cilium.io"),
    ("clusternetworkpolicies", "networking.k8s.aws"),
    ("clusternetworkpolicies", "policy.networking.k8s.io"),
    ("adminnetworkpolicies", "policy.networking.k8s.io"),
    ("baselineadminnetworkpolicies", "policy.networking.k8s.io"),
)
# Amazon's plugin, and what switches its policies on.
PLUGIN = Ref("ds/kube-system/aws-node")
SETTINGS = Ref("configmap/kube-system/amazon-vpc-cni")


def isolating(model: Model) -> Iterator[tuple[Grant, Refs]]:
    """Each right to change what isolates pods, with the changes that it is a right to."""
    for verb in VERBS:
        for resource, group in NAMESPACED:
            for grant in grants(model, verb, resource, group):
                yield grant, _changes(model).get(grant.namespace) or model.names.refs(())
        for resource, group in EVERYWHERE:
            for grant in grants(model, verb, resource, group):
                yield grant, _everywhere(model)
    for grant in _of_plugin(model):
        yield grant, _everywhere(model)


def _of_plugin(model: Model) -> Iterator[Grant]:
    """The rights to rewrite Amazon's plugin where it runs, or its settings where they are."""
    runs, is_set = len(model.pods.owned_by(PLUGIN)) > 0, SETTINGS in model.config_maps
    for verb in ("update", "patch"):
        for of, found in (
            (PLUGIN, grants(model, verb, "daemonsets", "apps") if runs else ()),
            (SETTINGS, grants(model, verb, "configmaps") if is_set else ()),
        ):
            yield from (grant for grant in found if grant.includes(of))


@memoised
def _changes(model: Model) -> Mapping[str | None, Refs]:
    """The change of each namespace, and all of them under `None`."""
    found = {space: Ref(f"change/NETPOL_TAMPER/ns/{space}") for space in sorted(model.spaces)}
    return {None: model.names.refs(found.values()), **{space: model.names.refs([ref]) for space, ref in found.items()}}


@memoised
def _everywhere(model: Model) -> Refs:
    return model.names.refs([Ref("change/NETPOL_TAMPER/cluster")])
