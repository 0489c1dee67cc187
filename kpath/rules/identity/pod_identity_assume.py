from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import pod_identity
from kpath.semantics.netpol.ends import READS, to_agent
from kpath.semantics.workload import holders
from kpath.verdict import Denied, all_of


@rule(
    verb="exchanges, at the agent of its node, its own token for",
    attack=("T1550.001", "T1078.004"),
    difficulty=1, noise=2, gain=4,
    reads=READS | pod_identity.READS | holders.READS,
    breaks=("M-SA-DEDICATED", "M-PODID", "M-NP-DENY"),
)  # fmt: skip
def pod_identity_assume(model: Model) -> Iterator[Step]:
    """Take, from a pod with a token for Pod Identity, the role of its service account's association.

    When:
        The pod has a volume with a token for `pods.eks.amazonaws.com`, or is yet to be made and will be given one; its
        account has an association, and the associated role trusts the service. The pod is on a Linux machine that is
        not Fargate's, and its network policies let it out to the agent on port 80. The agent runs, or Auto Mode has it.

    Trap:
        A pod that was made before the association has no such token. What somebody else does with a pod's token, from
        whichever pod, is PODID_AGENT_REPLAY. Where a target role is associated, it is that one that the pod gets.
    """
    agent = pod_identity.agent(model)
    for found in pod_identity.associations(model):
        for pods, because in holders.holders(model, found.account, pod_identity.SERVICE):
            for each in to_agent(model):
                verdict = all_of(agent, each.verdict)
                if not isinstance(verdict, Denied):
                    facts = (*because, *found.because, *verdict.because)
                    yield Step(pods & each.pods, found.role, facts, (*found.assumes, *verdict.assumes))
