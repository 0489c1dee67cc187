"""A small cluster, its policies in few words, and questions put to the reference evaluator."""

from __future__ import annotations

from reference import verdict
from strategies.words import Json

METADATA, OUTSIDE, NODE, OTHER_NODE = "169.254.169.254", "198.51.100.7", "10.0.0.1", "10.0.0.2"
WEB, DB, API, AGENT = "shop/web", "shop/db", "ci/api", "ops/agent"
EVERYONE: Json = {"podSelector": {}}
CLUSTER, AWS, V3 = "policy.networking.k8s.io/v1alpha2", "networking.k8s.aws/v1alpha1", "projectcalico.org/v3"


def pod(name: str, address: str = "", ports: list[Json] | None = None, **rest: object) -> Json:
    space, _, own = name.partition("/")
    meta: Json = {"namespace": space, "name": own, "labels": {"app": own}, "ownerReferences": [{"kind": "ReplicaSet"}]}
    spec = {"nodeName": "n1", "containers": [{"name": "app", "ports": ports or []}], **rest}
    return {"kind": "Pod", "metadata": meta, "spec": spec, "status": {"phase": "Running", "podIP": address or None}}


def other(kind: str, name: str, version: str = "v1", labels: Json | None = None, **rest: object) -> Json:
    space, _, own = name.rpartition("/")
    meta = {"name": own, "labels": labels or {}} | ({"namespace": space} if space else {})
    return {"apiVersion": version, "kind": kind, "metadata": meta, **rest}


def policy(**spec: object) -> Json:
    return other("NetworkPolicy", "shop/policy", "networking.k8s.io/v1", spec={"podSelector": {}, **spec})


def calico(name: str = "calico", kind: str = "GlobalNetworkPolicy", **spec: object) -> Json:
    return other(kind, name, V3, spec=spec)


def admin(*rules: Json, key: str = "ingress", version: str = CLUSTER, name: str = "admin", **spec: object) -> Json:
    spec = {"tier": "Admin", "priority": 10, "subject": {"namespaces": {}}, key: list(rules), **spec}
    return other("ClusterNetworkPolicy", name, version, spec=spec)


def node(name: str, address: str, **rest: object) -> Json:
    return other("Node", name, status={"addresses": [{"type": "InternalIP", "address": address}]}, **rest)


def given_(*documents: Json) -> list[Json]:
    """Three pods and an agent in its node's network, with what is said replacing what has its name."""
    pods = [pod(WEB, "10.0.1.1"), pod(DB, "10.0.1.2"), pod(API, "10.0.1.3", nodeName="n2")]
    base = [*pods, pod(AGENT, "10.0.0.2", hostNetwork=True, nodeName="n2"), node("n1", NODE), node("n2", OTHER_NODE)]
    base += [other("Namespace", name, labels={"team": "a"}) for name in ("shop", "ci")]
    named = {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in documents}
    kept = [
        each
        for each in base
        if (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) not in named
    ]
    return [*kept, *documents]


def ask(documents: list[Json], question: str, engine: str = "generic") -> str:
    source, destination, protocol, port = question.split()
    return verdict(documents, source, destination, protocol, int(port), engine)


def ingress(*rules: Json) -> Json:
    return policy(policyTypes=["Ingress"], ingress=list(rules))


def egress(*rules: Json) -> Json:
    return policy(policyTypes=["Egress"], egress=list(rules))
