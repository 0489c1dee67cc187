"""The authentication mode of a cluster: whether it honours access entries, and whether aws-auth.

Source: Amazon EKS user guide, Change authentication mode to use access entries.
"""

from __future__ import annotations

from collections.abc import Mapping

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model import wire_aws
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.verdict import Allowed, Denied, Undecided, Verdict

READS = frozenset({"clusters", "access_entries", "access_policies", "listed_entries"})

MODE = "/accessConfig/authenticationMode"
CONFIG_MAP = "CONFIG_MAP"
_CALL = "eks describe-cluster"
NEWER = Assumption("the cluster's authentication mode is not CONFIG_MAP", Confidence.MEDIUM, _CALL)
OLD = Assumption("the cluster's authentication mode is CONFIG_MAP", Confidence.LOW, _CALL)
NOT_API = Assumption(
    "the cluster's authentication mode is not API, in which aws-auth is inert", Confidence.MEDIUM, _CALL
)


def mode(model: Model) -> str:
    """The cluster's authentication mode; empty where nothing tells it, which no entry that is there contradicts."""
    for cluster in model.clusters.values():
        return _said(cluster) or ""
    return ""


def entry_ref(entry: wire_aws.AccessEntry) -> Ref:
    """The ref of an access entry's object."""
    return Ref(entry.access_entry_arn or entry.principal_arn)


def honours_entries(model: Model, ref: Ref, cluster: wire_aws.Cluster) -> Verdict:
    """Whether access entries count; where the cluster does not say its mode, one that is there shows that they do."""
    said = _said(cluster)
    because = (Fact(ref, MODE, said),)
    if said is not None:
        return Denied(because) if said == CONFIG_MAP else Allowed(because)
    return Allowed(shown) if (shown := _an_entry(model)) else Undecided(because, (NEWER,))


def is_old(model: Model, ref: Ref, cluster: wire_aws.Cluster) -> Verdict:
    """Whether a cluster honours aws-auth alone."""
    honoured = honours_entries(model, ref, cluster)
    if isinstance(honoured, Undecided):
        return Undecided(honoured.because, (OLD,))
    return Allowed(honoured.because) if isinstance(honoured, Denied) else Denied(honoured.because)


def _said(cluster: wire_aws.Cluster) -> str | None:
    return cluster.access_config.authentication_mode or None if cluster.access_config is not None else None


def _an_entry(model: Model) -> Evidence:
    """What shows that the cluster has an access entry."""
    for entry in model.access_entries.values():
        return (Fact(entry_ref(entry), "/principalArn", entry.principal_arn),)
    return next(iter(undescribed(model).values()), ())


@memoised
def undescribed(model: Model) -> Mapping[Ref, Evidence]:
    """The principals of access entries that were not described, with what shows that these are there."""
    found: dict[Ref, Evidence] = {each: (Fact(each, "/principalArn", each),) for each in model.access_policies}
    found |= {each: (Fact(each, at, each),) for each, at in model.listed_entries.items() if each not in found}
    return {each: because for each, because in found.items() if each not in model.access_entries}


def mode_facts(model: Model) -> Evidence:
    """The fields that tell the mode."""
    told = ((ref, _said(cluster)) for ref, cluster in model.clusters.items())
    return tuple(Fact(ref, MODE, said) for ref, said in told if said is not None)
