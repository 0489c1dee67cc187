"""Whether anything makes load balancers of AWS for the cluster."""

from __future__ import annotations

from kpath.evidence import Evidence, Fact
from kpath.model.tables import Model
from kpath.semantics.workload.controllers import cited, running

READS = frozenset({"pods", "services"})
CONTROLLER = "aws-load-balancer-controller"


def maker(model: Model) -> Evidence:
    """What says so: the controller's image, or a Service that has asked for one."""
    for each in running(model, CONTROLLER):
        return cited(model, each)
    for ref, service in model.services.items():
        if service.spec.type == "LoadBalancer":
            return (Fact(ref, "/spec/type", "LoadBalancer"),)
    return ()
