"""Write a synthetic EKS snapshot: the same bytes for the same arguments, item by item, so size costs no memory."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from synthetic import aws, cluster, exposed, network, rbac
from synthetic.plan import Plan
from synthetic.pods import pods
from synthetic.printer import Json, item, write_list

RBAC, NETWORKING = "rbac.authorization.k8s.io/v1", "networking.k8s.io/v1"

Kinds = Iterable[tuple[str, str, str, Iterable[str]]]


def generate(folder: Path, count: int, seed: int, *, compact: bool, of_network: bool = False) -> dict[str, int]:
    """Write a cluster of so many pods, or its network alone; returns how many objects each file holds."""
    plan = network.NetworkPlan(count, seed) if of_network else Plan(count, seed)
    kubernetes = folder / "kubernetes"
    kubernetes.mkdir(parents=True, exist_ok=True)
    if isinstance(plan, network.NetworkPlan):
        kinds = _network(plan, compact=compact)
    else:
        kinds = _whole(plan, compact=compact)
        answers = folder / "aws"
        answers.mkdir(exist_ok=True)
        aws.write(answers, plan)
    counts = {
        name: write_list(kubernetes / f"{name}.json", kind, version, found, compact=compact)
        for name, kind, version, found in kinds
    }
    # Hidden, so that it is no part of the snapshot: the pod to ask about, and that the writing came to its end.
    (folder / ".generated").write_text(json.dumps({"from": plan.first, "by": fingerprint()}) + "\n")
    return counts


def _texts(objects: Iterable[Json], *, compact: bool) -> Iterator[str]:
    return (item(each, compact=compact) for each in objects)


def _whole(plan: Plan, *, compact: bool) -> Kinds:
    def texts(objects: Iterable[Json]) -> Iterator[str]:
        return _texts(objects, compact=compact)

    return (
        ("pods", "Pod", "v1", pods(plan, compact=compact)),
        ("deployments", "Deployment", "apps/v1", texts(cluster.controllers(plan, "Deployment"))),
        ("daemonsets", "DaemonSet", "apps/v1", texts(cluster.controllers(plan, "DaemonSet"))),
        ("statefulsets", "StatefulSet", "apps/v1", texts(cluster.controllers(plan, "StatefulSet"))),
        ("replicasets", "ReplicaSet", "apps/v1", texts(cluster.replica_sets(plan))),
        ("serviceaccounts", "ServiceAccount", "v1", texts(cluster.service_accounts(plan))),
        ("secrets", "Secret", "v1", texts(cluster.secrets(plan))),
        ("configmaps", "ConfigMap", "v1", texts(cluster.config_maps(plan))),
        ("namespaces", "Namespace", "v1", texts(cluster.namespace_objects(plan))),
        ("networkpolicies", "NetworkPolicy", NETWORKING, texts(cluster.network_policies(plan))),
        ("nodes", "Node", "v1", texts(cluster.nodes(plan))),
        ("services", "Service", "v1", texts(exposed.services(plan))),
        ("ingresses", "Ingress", NETWORKING, texts(exposed.ingresses(plan))),
        ("persistentvolumeclaims", "PersistentVolumeClaim", "v1", texts(exposed.claims(plan))),
        ("persistentvolumes", "PersistentVolume", "v1", texts(exposed.volumes(plan))),
        (
            "mutatingwebhookconfigurations",
            "MutatingWebhookConfiguration",
            "admissionregistration.k8s.io/v1",
            texts(exposed.webhooks()),
        ),
        ("roles", "Role", RBAC, texts(rbac.roles(plan))),
        ("rolebindings", "RoleBinding", RBAC, texts(rbac.role_bindings(plan))),
        ("clusterroles", "ClusterRole", RBAC, texts(rbac.cluster_roles())),
        ("clusterrolebindings", "ClusterRoleBinding", RBAC, texts(rbac.cluster_role_bindings())),
    )


def _network(plan: network.NetworkPlan, *, compact: bool) -> Kinds:
    """What the network needs, and no more."""

    def texts(objects: Iterable[Json]) -> Iterator[str]:
        return _texts(objects, compact=compact)

    return (
        ("pods", "Pod", "v1", pods(plan, compact=compact, shape=network.shape)),
        ("nodes", "Node", "v1", texts(cluster.nodes(plan))),
        ("namespaces", "Namespace", "v1", texts(network.namespaces(plan))),
        ("services", "Service", "v1", texts(exposed.services(plan))),
        ("networkpolicies", "NetworkPolicy", NETWORKING, texts(network.policies(plan))),
    )


def synthetic(data: Path, pods: int, seed: int, *, compact: bool = False, of_network: bool = False) -> Path:
    """The snapshot of so many pods, written unless an earlier run has left it."""
    folder = data / f"{'network-' if of_network else ''}{pods}-{seed}{'-compact' if compact else ''}"
    if told(folder).get("by") != fingerprint():
        print(f"writing {pods:,} pods", file=sys.stderr, flush=True)
        generate(folder, pods, seed, compact=compact, of_network=of_network)
    return folder


def told(folder: Path) -> dict[str, str]:
    """What the generator says of a snapshot; nothing of one that it did not finish or write."""
    mark = folder / ".generated"
    found: dict[str, str] = json.loads(mark.read_text()) if mark.exists() else {}
    return found


def fingerprint() -> str:
    """Changes whenever the generator does, so that nobody measures what an older one wrote."""
    here = Path(__file__).parent
    sources = sorted([here / "generate.py", *here.glob("synthetic/*.py")])
    return hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=1_000, help="how many pods (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another cluster (default: %(default)s)")
    parser.add_argument("--compact", action="store_true", help="as the API server prints lists, not as kubectl does")
    parser.add_argument("--network", action="store_true", help="pods, nodes, namespaces, Services and policies alone")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="the folder to write")
    given = parser.parse_args()
    counts = generate(given.output, given.pods, given.seed, compact=given.compact, of_network=given.network)
    for name, count in counts.items():
        size = (given.output / "kubernetes" / f"{name}.json").stat().st_size
        print(f"{name:22}{count:9,}{size / 2**20:10.1f} MiB{size / max(count, 1) / 1000:9.1f} kB each")
    print(f"ask about {json.loads((given.output / '.generated').read_text())['from']}")


if __name__ == "__main__":
    main()
