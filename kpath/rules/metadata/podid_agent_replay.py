from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.iam import pod_identity
from kpath.semantics.netpol.ends import READS, to_agent
from kpath.semantics.workload.holders import on_linux
from kpath.verdict import Denied, all_of


@rule(
    verb="exchanges, at the agent of its node, a token for",
    attack=("T1528",),
    difficulty=2, noise=1, gain=4,
    reads=READS | pod_identity.READS,
    breaks=("M-NP-DENY", "M-NP-ENGINE", "M-PODID"),
)  # fmt: skip
def podid_agent_replay(model: Model) -> Iterator[Step]:
    """Exchange a Pod Identity token at 169.254.170.23 for the role of its association, from any pod.

    When:
        A token for `pods.eks.amazonaws.com` of an account that has an association; and a pod on a Linux machine that is
        not Fargate's, whose network policies let it out to the agent on port 80. The agent runs, or Auto Mode has it
        built in.

    Trap:
        The agent does not ask which pod calls. A default deny has to let those out to it that have associations.
    """
    agent = pod_identity.agent(model)
    for found in pod_identity.associations(model):
        for each in to_agent(model):
            verdict = all_of(agent, each.verdict)
            if not isinstance(verdict, Denied):
                because, assumes = (*found.because, *verdict.because), (*found.assumes, *verdict.assumes)
                yield Step(on_linux(model, each.pods), found.role, because, assumes, also=(found.token,))
