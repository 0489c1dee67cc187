from __future__ import annotations

from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Step, changed, rule
from kpath.semantics.rbac.grants import READS
from kpath.semantics.rbac.operators import BALANCED, spaces, writers
from kpath.semantics.workload import balancing

FOREIGN = Assumption("the controller's role may write to that target group", Confidence.MEDIUM)


@rule(
    verb="puts behind a load balancer what it likes of",
    attack=("T1557", "T1133"),
    difficulty=2, noise=3, gain=3,
    reads=READS | balancing.READS,
    breaks=("M-GK", "M-CTRL-SCOPE"),
)  # fmt: skip
def ctrl_lbc_target(model: Model) -> Iterator[Step]:
    """Have a load balancer lead to pods of one's choice.

    When:
        `create`, `update` or `patch` on Services, Ingresses or TargetGroupBindings, where the AWS Load Balancer
        Controller runs, or a Service has a load balancer.

    Trap:
        It gives nothing by itself: it is a change of what is exposed. A target group of somebody else is within
        reach only if the controller's role is not held to its own cluster's.
    """
    because = balancing.maker(model)
    for operator in BALANCED if because else ():
        doubts = (FOREIGN,) if operator.plural == "targetgroupbindings" else ()
        for grant in writers(model, operator):
            places = model.names.refs(changed("CTRL_LBC_TARGET", Ref(f"ns/{each}")) for each in spaces(model, grant))
            yield Step(grant.subjects, places, (*grant.because, *because), (*grant.assumes, *doubts))
