"""Objects as they come → tables: pods folded into classes at once, everything else by name."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import astuple, replace

from kpath.errors import SnapshotError
from kpath.model import wire, wire_pod
from kpath.model.classes import Labels
from kpath.model.kinds import KINDS, PLURALS, is_of, ref_of
from kpath.model.tables import Diagnostic
from kpath.refs import CONTROLLERS, Ref
from kpath.snapshot.store import Listed

# The fields at the end of a pod's spec that its class does not share.
_UNSHARED = 2

# What belongs at the top of a file; within a list, its items would be passed over.
_LISTS = frozenset({"List", *(f"{kind}List" for kind in KINDS)})

# What the API server sends in place of objects.
_REFUSALS = {
    "Status": "the API server refused, and said so in a Status",
    "Table": "a Table for people; collect objects, as kubectl get -o json prints them",
}

_PENDING = "Pending"
# Pods in these phases run nothing any more.
_ENDED = frozenset({"Succeeded", "Failed"})


class Decoded(Struct, frozen=True, gc=False):
    """An object as it was read: `data` is `None` for a kind that no rule reads, or an object that a patch deletes."""

    kind: str
    data: object
    file: str
    at: str


class Draft(Struct, frozen=True, gc=False):
    """A class of pods while their labels are still all there."""

    namespace: str
    labels: Labels
    spec: wire_pod.PodSpec
    planned: bool
    origin: Ref | None = None
    prefix: str = ""


class Builder:
    """Collects objects; `join.model` makes the model of them."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[Ref, wire_pod.Wire]] = {kind: {} for kind in KINDS if kind != "Pod"}
        self.files: dict[str, str] = {}
        self.diagnostics: list[Diagnostic] = []
        self.seen: set[str] = set()
        self.listed: set[str] = set()
        # By kind, how many of its lists do not go on elsewhere.
        self.last_pages: Counter[str] = Counter()
        self.drafts: dict[object, int] = {}
        self.shapes: list[Draft] = []
        self.pod_names: list[str] = []
        self.pod_shapes, self.pod_nodes, self.pod_owners, self.pod_files = (array("i") for _ in range(4))
        self.pod_addresses, self.pods_alone = array("i"), array("b")
        self.addresses: dict[str, int] = {}
        self.nodes: dict[str, int] = {}
        self.owners: dict[Ref, int] = {}
        self.file_numbers: dict[str, int] = {}

    def unread(self, file: str, why: str) -> None:
        self.diagnostics.append(Diagnostic(f"not read: {why}", file))

    def list_opened(self, found: Listed) -> None:
        """Note that a kind was listed; of a list of nothing, the file's name may tell the kind."""
        plural = KINDS[found.kind].plural if found.kind in KINDS else ""
        if not found.kind:
            plural = PurePath(found.file.rpartition("!")[2] or found.file).name.lower().partition(".")[0]
        if plural in PLURALS:
            self.listed.add(plural)
            self.last_pages[plural] += -1 if found.continues else 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing of Kubernetes was read."""
        return not (self.seen or self.listed)

    def whole(self) -> set[str]:
        """The kinds that were listed to the last page."""
        return {kind for kind in self.listed if self.last_pages.get(kind, 1) > 0}

    def add(self, found: Decoded) -> None:
        """Take in one object. Raises `SnapshotError` if it has no name, or one that is taken."""
        if found.kind in _LISTS:
            raise SnapshotError(found.file, found.at, f"a {found.kind} within a list; put its items in its place")
        if found.kind in _REFUSALS:
            self.unread(found.file, _REFUSALS[found.kind])
            return
        if found.kind not in KINDS or not is_of(found.kind, getattr(found.data, "api_version", "")):
            self.seen.add(found.kind)
            return
        plural = KINDS[found.kind].plural
        self.seen.add(plural)
        if "/items/" in found.at:
            self.listed.add(plural)
        if isinstance(found.data, wire_pod.Pod):
            self._pod(found.data, found)
        elif isinstance(found.data, wire_pod.Named):
            self._object(found.data, found)

    def _object(self, data: wire_pod.Named, found: Decoded) -> None:
        meta = data.metadata
        if not meta.name:
            raise SnapshotError(found.file, f"{found.at}/metadata/name", "an object needs a name")
        ref = ref_of(found.kind, meta.namespace, meta.name)
        table = self.objects[found.kind]
        if ref in table:
            if self.files[ref] == found.file:
                raise SnapshotError(found.file, found.at, f"`{ref}` is there twice")
            if _said(table[ref]) != _said(data):
                what = f"`{ref}` differs from the one in {self.files[ref]}; the later counts, as for kubectl apply"
                self.diagnostics.append(Diagnostic(what, found.file))
        table[ref] = data
        self.files[ref] = found.file

    def _pod(self, pod: wire_pod.Pod, found: Decoded) -> None:
        meta = pod.metadata
        if not meta.name:
            raise SnapshotError(found.file, f"{found.at}/metadata/name", "an object needs a name")
        if pod.status is not None and pod.status.phase in _ENDED:
            return
        namespace = meta.namespace or "default"
        is_pending = pod.status is not None and pod.status.phase == _PENDING
        spec = replace(pod.spec, pending=True) if is_pending else pod.spec
        self.row(
            f"{namespace}/{meta.name}",
            self.shape(namespace, _shared(spec, meta.name), meta.labels, planned=pod.status is None),
            pod.spec.node_name or "",
            owner_of(namespace, meta.owner_references),
            found.file,
            addresses=pod.status.addresses if pod.status is not None else "",
            alone=not meta.owner_references,
        )

    def row(
        self,
        name: str,
        shape: int,
        node: str,
        owner: Ref | None,
        file: str,
        *,
        addresses: str = "",
        alone: bool = False,
    ) -> None:
        """Add a pod to the columns."""
        self.pod_names.append(name)
        self.pod_shapes.append(shape)
        self.pod_nodes.append(self.nodes.setdefault(node, len(self.nodes)) if node else -1)
        self.pod_owners.append(self.owners.setdefault(owner, len(self.owners)) if owner else -1)
        self.pod_files.append(self.file_numbers.setdefault(file, len(self.file_numbers)))
        self.pod_addresses.append(self.addresses.setdefault(addresses, len(self.addresses)) if addresses else -1)
        self.pods_alone.append(alone)

    def shape(
        self,
        namespace: str,
        spec: wire_pod.PodSpec,
        labels: dict[str, str] | None,
        *,
        planned: bool,
        origin: Ref | None = None,
        prefix: str = "",
    ) -> int:
        """The number of the class that a pod falls into, before labels that nothing selects are dropped."""
        plain = astuple(spec)[:-_UNSHARED]
        placing = tuple(sorted(spec.node_selector.items())) if spec.node_selector else ()
        told = tuple(sorted(labels.items())) if labels else ()
        key = (namespace, plain, told, placing, planned, origin)
        number = self.drafts.get(key)
        if number is None:
            number = self.drafts[key] = len(self.shapes)
            self.shapes.append(Draft(namespace, told, replace(spec, node_name=None), planned, origin, prefix))
        return number


def _shared(spec: wire_pod.PodSpec, name: str) -> wire_pod.PodSpec:
    """The spec without the pod's own name in its claims: each pod of a StatefulSet has a claim named after it."""
    ending = f"-{name}"
    volumes = spec.volumes or ()
    if not any(_is_own(each.persistent_volume_claim, ending) for each in volumes):
        return spec
    return replace(spec, volumes=tuple(_without_name(each, ending) for each in volumes))


def _is_own(claim: wire_pod.Claim | None, ending: str) -> bool:
    return claim is not None and claim.claim_name.endswith(ending)


def _without_name(volume: wire_pod.Volume, ending: str) -> wire_pod.Volume:
    claim = volume.persistent_volume_claim
    if claim is None or not _is_own(claim, ending):
        return volume
    own = claim.claim_name.removesuffix(ending) + "-" + wire_pod.OWN_NAME
    return replace(volume, persistent_volume_claim=replace(claim, claim_name=own))


def _said(data: wire_pod.Wire) -> wire_pod.Wire:
    """What an object says that rules read: manifests of one thing from two places may be labelled differently."""
    if not isinstance(data, wire.ServiceAccount | wire.Binding):
        return data
    return replace(data, metadata=replace(data.metadata, labels=None))


def owner_of(namespace: str, owners: Iterable[wire_pod.Owner] | None) -> Ref | None:
    """The controller of an object, where it is one that we know."""
    for owner in owners or ():
        if owner.controller and owner.kind in KINDS and KINDS[owner.kind].ref in CONTROLLERS:
            return ref_of(owner.kind, namespace, owner.name)
    return None
