from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.netpol.imds import READS, past_interceptors
from kpath.semantics.workload.metadata import imds_ref


@rule(
    verb="gets past the interceptor to the metadata service of its node,",
    attack=("T1552.005",),
    difficulty=1, noise=1, gain=5,
    reads=READS,
    breaks=("M-IMDS-HOP", "M-GK-HOSTNS"),
)  # fmt: skip
def kube2iam_bypass(model: Model) -> Iterator[Step]:
    """Reach the metadata service itself where kube2iam or kiam is meant to stand in for it.

    When:
        The pod is on the host's network; or its node has no agent, though others have, or one
        that has not started; or the agent is not told to
        redirect anything, or redirects from other interfaces than those that the network plugin makes; or the service
        answers on IPv6, which no agent redirects. And all that IMDS_REACH asks for.

    Trap:
        A hop limit of 1 with required tokens closes all of these but the host's network. What is no credential,
        kube2iam hands on to everybody: IMDS_USERDATA.
    """
    for place in past_interceptors(model):
        yield Step(place.pods, imds_ref(place.node), place.because, place.assumes)
