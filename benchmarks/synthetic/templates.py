"""Pod templates: what teams ask for, and what the DaemonSets of an EKS cluster ask for."""

from __future__ import annotations

import random

from synthetic.plan import ACCOUNT, REGION, Workload, words
from synthetic.printer import Json

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
ADDONS = f"602401143452.dkr.ecr.{REGION}.amazonaws.com/eks"

_SETTINGS = words(
    """
    CACHE_TTL_SECONDS CIRCUIT_BREAKER_THRESHOLD DATABASE_HOST DATABASE_POOL_SIZE FEATURE_FLAGS_URL GOMEMLIMIT
    HTTP_IDLE_TIMEOUT HTTP_READ_TIMEOUT JAVA_TOOL_OPTIONS KAFKA_BROKERS KAFKA_GROUP_ID LOG_FORMAT LOG_LEVEL
    MAX_IN_FLIGHT METRICS_PORT OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME OTEL_TRACES_SAMPLER REDIS_URL
    RETRY_BUDGET SENTRY_ENVIRONMENT SHUTDOWN_GRACE_SECONDS TZ UPSTREAM_URL WORKER_CONCURRENCY
    """
)
_HARDENED = {
    "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True,
    "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip


def pod_template(workload: Workload) -> dict[str, Json]:
    """The pod template of a controller: the same each time it is asked for."""
    chance = workload.random("template")
    labels: Json = {
        "app.kubernetes.io/name": workload.name, "app.kubernetes.io/instance": workload.name,
        "app.kubernetes.io/part-of": workload.namespace, "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/version": f"{chance.randrange(1, 9)}.{chance.randrange(40)}.{chance.randrange(9)}",
        "team": workload.namespace.partition("-")[0], "tier": chance.choice(["backend", "frontend", "data"]),
    }  # fmt: skip
    annotations: Json = {
        "checksum/config": f"{chance.getrandbits(256):064x}", "checksum/secrets": f"{chance.getrandbits(256):064x}",
        "prometheus.io/path": "/metrics", "prometheus.io/port": "9090", "prometheus.io/scrape": "true",
    }  # fmt: skip
    spec = _daemon(workload, chance) if workload.kind == "DaemonSet" else _application(workload, chance)
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}


def _spec(workload: Workload, containers: list[Json], volumes: list[Json], chance: random.Random) -> Json:
    return {
        "volumes": volumes, "containers": containers, "restartPolicy": "Always",
        "terminationGracePeriodSeconds": chance.choice([30, 30, 60, 90]), "dnsPolicy": "ClusterFirst",
        "serviceAccountName": workload.account, "serviceAccount": workload.account, "securityContext": {},
        "schedulerName": "default-scheduler",
    }  # fmt: skip


def _application(workload: Workload, chance: random.Random) -> Json:
    volumes: list[Json] = [
        {"name": "config", "configMap": {"name": f"{workload.name}-config", "defaultMode": 420}},
        {"name": "tmp", "emptyDir": {}},
    ]
    if len(workload.secrets) > 1:
        volumes.append({"name": "tls", "secret": {"secretName": workload.secrets[1], "defaultMode": 420}})
    if workload.kind == "StatefulSet":
        volumes.insert(0, {"name": "data", "persistentVolumeClaim": {"claimName": "data-@name@"}})
    if chance.random() < 0.03:
        volumes.append({"name": "host", "hostPath": {"path": chance.choice(["/", "/var/log", "/etc"]), "type": ""}})
    image = f"{REGISTRY}/{workload.namespace}/{workload.name}:{chance.getrandbits(28):07x}"
    containers = [_container("app", image, workload, volumes, chance)]
    if chance.random() < 0.2:
        containers.append(_container("proxy", f"{REGISTRY}/platform/envoy:v1.33.0", workload, volumes[:1], chance))
    spec = _spec(workload, containers, volumes, chance)
    if chance.random() < 0.25:
        first = _container("migrate", image, workload, volumes[:1], chance)
        spec["initContainers"] = [{key: value for key, value in first.items() if not key.endswith("Probe")}]
    if chance.random() < 0.6:
        spec["securityContext"] = {"fsGroup": 2000, "runAsNonRoot": True, "runAsUser": 1000}
    if chance.random() < 0.05:
        spec["automountServiceAccountToken"] = False
    if chance.random() < 0.01:
        spec["hostNetwork"], spec["dnsPolicy"] = True, "ClusterFirstWithHostNet"
    alike = {"matchLabels": {"app.kubernetes.io/name": workload.name}}
    spec["topologySpreadConstraints"] = [
        {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": alike}
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    return spec


def _container(name: str, image: str, workload: Workload, volumes: list[Json], chance: random.Random) -> Json:
    env: list[Json] = [
        {"name": key, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}
        for key, path in (("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"))
    ]
    settings = sorted(chance.sample(_SETTINGS, chance.randrange(4, 12) if name == "app" else 3))
    env += [{"name": key, "value": f"{workload.name}-{key.lower().replace('_', '-')}"} for key in settings]
    if name != "proxy":
        key = {"name": workload.secrets[0], "key": "password"}
        env.append({"name": "DATABASE_PASSWORD", "valueFrom": {"secretKeyRef": key}})
    found: Json = {
        "name": name, "image": image,
        "command": ["/bin/sh", "-c", f"exec /srv/{workload.name} --config=/etc/app/config.yaml 2>&1"],
        "ports": [
            {"name": "http", "containerPort": 8080, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
        ],
        "env": env,
        "resources": {
            "limits": {"memory": f"{chance.choice([256, 512, 1024, 2048])}Mi"},
            "requests": {"cpu": f"{chance.choice([100, 250, 500])}m", "memory": "256Mi"},
        },
        "volumeMounts": [
            {"name": each["name"], "mountPath": f"/mnt/{each['name']}"}
            | ({"readOnly": True} if each["name"] in ("config", "tls") else {})
            for each in volumes
        ],
    }  # fmt: skip
    for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        found[probe] = {
            "httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "initialDelaySeconds": 5, "timeoutSeconds": 2,
            "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
        }  # fmt: skip
    found |= {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
    found["imagePullPolicy"] = "IfNotPresent"
    if chance.random() < 0.6:
        found["securityContext"] = _HARDENED
    elif chance.random() < 0.05:
        found["securityContext"] = chance.choice([{"privileged": True}, {"capabilities": {"add": ["SYS_ADMIN"]}}])
    return found


# Path on the host, privileged or not, on the host's network or not.
_DAEMONS = {
    "aws-node": (("/opt/cni/bin", "/etc/cni/net.d", "/var/log/aws-routed-eni", "/run/xtables.lock"), True, True),
    "ebs-csi-node": (("/var/lib/kubelet", "/dev"), True, False),
    "eks-pod-identity-agent": ((), False, True),
    "kube-proxy": (("/var/log", "/run/xtables.lock", "/lib/modules"), True, True),
    "fluent-bit": (("/var/log", "/var/lib/docker/containers"), False, False),
    "node-exporter": (("/proc", "/sys", "/"), False, True),
}


def _daemon(workload: Workload, chance: random.Random) -> Json:
    paths, privileged, on_host = _DAEMONS[workload.name]
    volumes: list[Json] = [{"name": "config", "configMap": {"name": f"{workload.name}-config", "defaultMode": 420}}]
    volumes += [{"name": f"host-{number}", "hostPath": {"path": path, "type": ""}} for number, path in enumerate(paths)]
    image = f"{ADDONS}/{workload.name}:v1.19.2-eksbuild.1"
    container = _container("app", image, workload, volumes, chance)
    context: Json = {"privileged": True} if privileged else {"readOnlyRootFilesystem": True}
    spec = _spec(workload, [{**container, "name": workload.name, "securityContext": context}], volumes, chance)
    spec |= {"tolerations": [{"operator": "Exists"}], "priorityClassName": "system-node-critical"}
    if on_host:
        spec |= {"hostNetwork": True, "hostPID": workload.name == "node-exporter"}
    return spec
