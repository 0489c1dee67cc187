"""How workloads are reached and what they keep: Services, Ingresses, claims and their volumes, webhooks."""

from __future__ import annotations

import random
from collections.abc import Iterator

from synthetic.cluster import made
from synthetic.plan import REGION, Plan, Workload
from synthetic.printer import Json

SELECTOR = ("app.kubernetes.io/name", "app.kubernetes.io/instance")


def services(plan: Plan) -> Iterator[Json]:
    """One for each Deployment and StatefulSet; a few are load balancers or node ports."""
    for workload in plan.workloads:
        if workload.kind in ("Deployment", "StatefulSet"):
            yield _service(workload)


def _service(workload: Workload) -> Json:
    chance = workload.random("service")
    kind = chance.choices(["ClusterIP", "LoadBalancer", "NodePort"], [92, 5, 3])[0]
    ports = [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]
    annotations: Json = {"meta.helm.sh/release-name": workload.name}
    status: Json = {"loadBalancer": {}}
    if kind != "ClusterIP":
        ports = [{**ports[0], "nodePort": 30_000 + chance.randrange(2768)}]
    if kind == "LoadBalancer":
        scheme = chance.choice(["internal", "internet-facing"])
        annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"] = scheme
        host = f"k8s-{workload.namespace}-{workload.name}.elb.{REGION}.amazonaws.com"
        status = {"loadBalancer": {"ingress": [{"hostname": host}]}}
    return made(
        "Service", "v1", workload.name, workload.namespace, annotations=annotations,
        spec={"type": kind, "selector": dict.fromkeys(SELECTOR, workload.name), "ports": ports,
              "clusterIP": "None" if workload.kind == "StatefulSet" else "172.20.0.1"},
        status=status,
    )  # fmt: skip


def ingresses(plan: Plan) -> Iterator[Json]:
    """One for each fifth Deployment."""
    for workload in plan.workloads:
        if workload.kind == "Deployment" and workload.random("ingress").random() < 0.2:
            backend = {"service": {"name": workload.name, "port": {"name": "http"}}}
            scheme = workload.random("scheme").choice(["internal", "internet-facing"])
            yield made(
                "Ingress", "networking.k8s.io/v1", workload.name, workload.namespace,
                annotations={"alb.ingress.kubernetes.io/scheme": scheme},
                spec={"ingressClassName": "alb", "rules": [
                    {"host": f"{workload.name}.example.com",
                     "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]},
            )  # fmt: skip


def _claims(plan: Plan) -> Iterator[tuple[Workload, str]]:
    for workload in plan.workloads:
        if workload.kind == "StatefulSet":
            yield from ((workload, f"data-{workload.name}-{number}") for number in range(workload.replicas))


def claims(plan: Plan) -> Iterator[Json]:
    for workload, name in _claims(plan):
        yield made("PersistentVolumeClaim", "v1", name, workload.namespace, status={"phase": "Bound"},
                   spec={"accessModes": ["ReadWriteOnce"], "volumeName": f"pvc-{workload.namespace}-{name}",
                         "storageClassName": "gp3"})  # fmt: skip


def volumes(plan: Plan) -> Iterator[Json]:
    for workload, name in _claims(plan):
        chance = random.Random(f"volume/{workload.id}/{name}")
        source = {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{chance.getrandbits(68):017x}"}
        yield made("PersistentVolume", "v1", f"pvc-{workload.namespace}-{name}", status={"phase": "Bound"},
                   spec={"accessModes": ["ReadWriteOnce"], "csi": source, "storageClassName": "gp3"})  # fmt: skip


def webhooks() -> Iterator[Json]:
    config = {"service": {"namespace": "cert-manager", "name": "cert-manager-webhook", "path": "/mutate"}}
    hook = {"name": "webhook.cert-manager.io", "clientConfig": config, "failurePolicy": "Fail", "rules": []}
    yield made("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1", "cert-manager", webhooks=[hook])
