"""Answers of EKS → tables: clusters, and what each of them has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict, TypeVar

from kpath.model import wire_aws
from kpath.model.merging import keep
from kpath.refs import Ref

# Stands for the access entries on pages that were not collected.
_MORE = "…"


class EksTables(TypedDict):
    """The tables that hold what is one cluster's."""

    clusters: Mapping[Ref, wire_aws.Cluster]
    nodegroups: Mapping[Ref, wire_aws.Nodegroup]
    access_entries: Mapping[Ref, wire_aws.AccessEntry]
    access_policies: Mapping[Ref, tuple[wire_aws.AssociatedPolicy, ...]]
    listed_entries: Mapping[Ref, str]
    token_providers: Mapping[Ref, bool]
    pod_identities: Mapping[Ref, wire_aws.PodIdentity]


OF_CLUSTERS = frozenset(EksTables.__annotations__)


class EksBuilder:
    """Collects answers; `tables` hands out what they hold of one cluster, or of all."""

    def __init__(self) -> None:
        self.clusters: dict[Ref, wire_aws.Cluster] = {}
        self.nodegroups: dict[Ref, wire_aws.Nodegroup] = {}
        self.identities: dict[Ref, wire_aws.PodIdentity] = {}
        # By cluster and principal: an entry, and the policies associated with it.
        self.entries: dict[tuple[str, str], wire_aws.AccessEntry] = {}
        self.associated: dict[tuple[str, str], tuple[wire_aws.AssociatedPolicy, ...]] = {}
        self.files: dict[str, str] = {}
        # The principals of the access entries that were listed; each is to be described, with its policies.
        self.announced: set[str] | None = None
        # The same with the field that names each, and associations that were listed without their roles.
        self.listed: dict[str, str] = {}
        self.roleless: dict[Ref, wire_aws.PodIdentity] = {}
        # Whether a cluster has an identity provider, by its name.
        self.providers: dict[str, bool] = {}

    def add(self, answer: wire_aws.Answer, file: str) -> bool:
        """Take in one answer; whether it is one of EKS. Raises `SnapshotError` on what was told otherwise before."""
        if (cluster := answer.cluster) is not None:
            keep(
                self.clusters, Ref(cluster.arn or cluster.name), cluster, cluster.arn or cluster.name, file, self.files
            )
        if (group := answer.nodegroup) is not None:
            ref = Ref(group.nodegroup_arn or group.nodegroup_name)
            keep(self.nodegroups, ref, group, ref, file, self.files)
        if (entry := answer.access_entry) is not None:
            name = entry.access_entry_arn or entry.principal_arn
            keep(self.entries, (entry.cluster_name, entry.principal_arn), entry, name, file, self.files)
        if answer.access_entries is not None:
            more = () if answer.is_last else (_MORE,)
            self.announced = {*(self.announced or ()), *answer.access_entries, *more}
            for number, principal in enumerate(answer.access_entries):
                self.listed.setdefault(principal, f"/accessEntries/{number}")
                self.files.setdefault(principal, file)
        if answer.associated is not None and answer.principal_arn:
            self.associated[answer.cluster_name or "", answer.principal_arn] = answer.associated
            self.files.setdefault(answer.principal_arn, file)
        if (identity := answer.association) is not None:
            arn = identity.association_arn
            keep(self.identities, Ref(arn), identity, arn, file, self.files)
        for each in answer.associations or ():
            self.roleless.setdefault(Ref(each.association_arn), each)
            self.files.setdefault(each.association_arn, file)
        self._provider(answer)
        parts = (cluster, group, entry, answer.access_entries, answer.associated, identity, answer.associations)
        providers = (answer.token_provider, answer.token_providers)
        return any(part is not None for part in (*parts, *providers))

    def _provider(self, answer: wire_aws.Answer) -> None:
        """Take in what is told of identity providers; a list has to say of which cluster it is, and to be whole."""
        described = answer.token_provider.oidc if answer.token_provider is not None else None
        if described is not None and described.cluster_name:
            self.providers[described.cluster_name] = True
        listed = answer.token_providers
        if listed is not None and answer.cluster_name and (listed or answer.is_last):
            self.providers[answer.cluster_name] = bool(listed) or self.providers.get(answer.cluster_name, False)

    @property
    def is_told_of_all(self) -> bool:
        """Whether every access entry that was listed is here, with its policies."""
        described = {principal for _, principal in self.entries.keys() & self.associated.keys()}
        return self.announced is not None and self.announced <= described

    def tables(self, of: wire_aws.Cluster | None = None) -> EksTables:
        """What there is of a cluster; of all, where it is not told which one is meant."""
        associations = self.roleless | self.identities
        known = {who for _, who in (*self.entries, *self.associated)}
        return EksTables(
            clusters=_of(of, ((ref, each.name, ref, each) for ref, each in self.clusters.items())),
            nodegroups=_of(of, ((ref, each.cluster_name, ref, each) for ref, each in self.nodegroups.items())),
            access_entries=_of(
                of, ((Ref(who), name, each.access_entry_arn, each) for (name, who), each in self.entries.items())
            ),
            access_policies=_of(of, ((Ref(who), name, "", each) for (name, who), each in self.associated.items())),
            listed_entries=_of(of, ((Ref(who), "", "", at) for who, at in self.listed.items() if who not in known)),
            token_providers=_of(of, ((Ref(name), name, "", each) for name, each in self.providers.items())),
            pod_identities=_of(of, ((ref, each.cluster_name, ref, each) for ref, each in associations.items())),
        )


V = TypeVar("V")


def _of(cluster: wire_aws.Cluster | None, listed: Iterable[tuple[Ref, str, str, V]]) -> dict[Ref, V]:
    """Those of some things that are a cluster's: each with its key, the cluster's name that it has, and its ARN."""
    return dict(
        sorted(
            ((key, each) for key, name, arn, each in listed if cluster is None or _is_of(cluster, name, arn)),
            key=lambda pair: pair[0],
        )
    )


def _is_of(cluster: wire_aws.Cluster, name: str, arn: str) -> bool:
    """Whether a thing has the cluster's name, in the cluster's account and region where its ARN tells."""
    same = not (arn.startswith("arn:") and cluster.arn) or arn.split(":")[1:5] == cluster.arn.split(":")[1:5]
    return name in ("", cluster.name) and same
