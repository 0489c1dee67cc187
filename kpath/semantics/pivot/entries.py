"""Access entries that somebody makes or changes: what EKS refuses in them, and what they lead to.

Source: Amazon EKS user guide, Create access entries (names that it reserves; authentication modes).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import able as iam
from kpath.semantics.iam.able import PRINCIPAL, SELF, Able, Call, able, besides
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.estate import beneath, clusters
from kpath.semantics.rbac import mapped
from kpath.semantics.rbac.modes import entry_ref, honours_entries
from kpath.semantics.rbac.universe import CLUSTER_ADMIN
from kpath.verdict import Denied, Undecided, Verdict

READS = iam.READS | mapped.READS | {"bindings"}

__all__ = ["READS", "associated", "clusters", "created", "nameable", "updated"]

RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
ADMIN_SCOPE = (("eks:accessscope", ("cluster",)), ("eks:namespaces", ()))
ADMIN_POLICY = "cluster-access-policy/AmazonEKSClusterAdminPolicy"
OWN = (("eks:principalarn", (PRINCIPAL,)), ("eks:accessentrytype", ("STANDARD",)))
UNSEEN = Assumption("who created the cluster is not known", Confidence.LOW, "cloudtrail lookup-events")
GONE = Assumption("its access entry is deleted first, or it makes one for another principal of its own")
_KEYS = {"group": "eks:kubernetesgroups", "user": "eks:username"}


def admin_policy(cluster: Ref) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is known of a request for the policy of administrators in the whole cluster."""
    arn = f"arn:{cluster.split(':')[1]}:eks::aws:{ADMIN_POLICY}"
    return (("eks:policyarn", (arn,)), *ADMIN_SCOPE)


def entered(model: Model) -> frozenset[Ref]:
    """The principals that have an access entry."""
    return frozenset((*model.access_entries, *model.access_policies))


def standard_entries(model: Model, cluster: wire_aws.Cluster) -> dict[str, wire_aws.AccessEntry]:
    """The access entries of a cluster that take groups and policies, by ARN."""
    found = {entry_ref(entry): entry for entry in model.access_entries.values()}
    return {
        ref: entry
        for ref, entry in found.items()
        if ref.kind == "aws-access-entry"
        and (entry.type or "STANDARD") == "STANDARD"
        and entry.cluster_name in ("", cluster.name)
    }


@memoised
def nameable(model: Model) -> tuple[Ref, ...]:
    """The users and groups that bindings name and that an access entry or a provider of tokens may name, too."""
    found = {
        Ref(f"{subject.kind.lower()}/{subject.name}")
        for binding in model.bindings.values()
        for subject in binding.subjects or ()
        if subject.kind in ("User", "Group") and subject.name and not subject.name.startswith(RESERVED)
    }
    return tuple(sorted(found))


def naming(model: Model, action: str, on: frozenset[str], known: iam.Known = ()) -> Iterator[tuple[Able, Refs]]:
    """Who may put which of these users and groups into an access entry."""
    for kind, key in _KEYS.items():
        names = [name for name in nameable(model) if name.kind == kind]
        if key not in _mentioned(model) and names:
            given = (*known, (key, (names[0].name,)))
            yield from ((each, model.names.refs(names)) for each in able(model, Call(action, on, given)))
            continue
        for name in names:
            given = (*known, (key, (name.name,)))
            yield from ((each, model.names.refs([name])) for each in able(model, Call(action, on, given)))


@memoised
def _mentioned(model: Model) -> frozenset[str]:
    """The condition keys that policies of principals speak of."""
    each = [policy for found in principals(model).values() for policy in (*found.identity, found.boundary) if policy]
    return frozenset(
        clause.key.lower() for policy in each for statement in policy.statements for clause in statement.clauses
    )


Entered = tuple[Able, Ref | Refs, Evidence, Ref]


def created(model: Model) -> Iterator[tuple[Able, Ref | Refs, Evidence, Ref | None]]:
    """Who may make itself an access entry of which cluster, what it gives, and the cluster if its mode must change."""
    for ref, cluster in clusters(model):
        honoured = honours_entries(model, ref, cluster)
        switched = ref if isinstance(honoured, Denied) else None
        on, entry = frozenset({ref}), beneath(ref, "access-entry", f"{SELF}/*")
        policy = able(model, Call("eks:AssociateAccessPolicy", entry, admin_policy(ref)))
        found: list[tuple[Able, Ref | Refs]] = [
            (each, CLUSTER_ADMIN) for each in besides(able(model, Call("eks:CreateAccessEntry", on, OWN)), policy)
        ]
        for each, targets in (*found, *naming(model, "eks:CreateAccessEntry", on, OWN)):
            made = _anew(each) if each.principal in entered(model) else each
            yield *_in(made, targets, honoured), switched


def _in(each: Able, targets: Ref | Refs, honoured: Verdict) -> tuple[Able, Ref | Refs, Evidence]:
    """What somebody makes, in a cluster that honours it, may do so, or has to be switched to it first."""
    if isinstance(honoured, Denied):
        return each, targets, ()
    if honoured.assumes:
        each = replace(each, verdict=Undecided(each.verdict.because, (*each.assumes, *honoured.assumes)))
    return each, targets, honoured.because


def _anew(each: Able) -> Able:
    """Whoever has an entry makes no other, unless that is gone."""
    return replace(each, verdict=Undecided(each.verdict.because, (*each.assumes, GONE)))


def associated(model: Model) -> Iterator[Entered]:
    """Who may give whose access entry the policy of administrators."""
    for ref, entries, because in _changeable(model):
        for each in able(model, Call("eks:AssociateAccessPolicy", frozenset(entries), admin_policy(ref))):
            for name in sorted(each.resources):
                yield each, CLUSTER_ADMIN, (*because, *_typed(name, entries)), Ref(entries[name].principal_arn)


def updated(model: Model) -> Iterator[Entered]:
    """Who may put which users and groups into whose access entry."""
    for _, entries, because in _changeable(model):
        for each, targets in naming(model, "eks:UpdateAccessEntry", frozenset(entries)):
            for name in sorted(each.resources):
                yield each, targets, (*because, *_typed(name, entries)), Ref(entries[name].principal_arn)


def _changeable(model: Model) -> Iterator[tuple[Ref, dict[str, wire_aws.AccessEntry], Evidence]]:
    for ref, cluster in clusters(model):
        honoured = honours_entries(model, ref, cluster)
        if not isinstance(honoured, Denied):
            yield ref, standard_entries(model, cluster), honoured.because


def _typed(name: str, entries: dict[str, wire_aws.AccessEntry]) -> Evidence:
    kind = entries[name].type
    return (Fact(Ref(name), "/type", kind),) if kind is not None else ()


def creator(cluster: Ref) -> Ref:
    """Stands for the principal that created a cluster, which nothing tells."""
    return Ref(f"arn:{cluster.split(':')[1]}:iam::{cluster.account}:role/unknown")
