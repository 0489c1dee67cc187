"""Write a synthetic EKS snapshot: the same bytes for the same arguments, item by item, so size costs no memory."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from synthetic import aws, cluster, exposed, rbac
from synthetic.plan import Plan
from synthetic.pods import pods
from synthetic.printer import Json, item, write_list

RBAC = "rbac.authorization.k8s.io/v1"


def generate(folder: Path, count: int, seed: int, *, compact: bool) -> dict[str, int]:
    """Write a cluster of so many pods; returns how many objects each file holds."""
    plan = Plan(count, seed)
    kubernetes, answers = folder / "kubernetes", folder / "aws"
    for each in (kubernetes, answers):
        each.mkdir(parents=True, exist_ok=True)

    def texts(objects: Iterable[Json]) -> Iterator[str]:
        return (item(each, compact=compact) for each in objects)

    kinds: tuple[tuple[str, str, str, Iterable[str]], ...] = (
        ("pods", "Pod", "v1", pods(plan, compact=compact)),
        ("deployments", "Deployment", "apps/v1", texts(cluster.controllers(plan, "Deployment"))),
        ("daemonsets", "DaemonSet", "apps/v1", texts(cluster.controllers(plan, "DaemonSet"))),
        ("statefulsets", "StatefulSet", "apps/v1", texts(cluster.controllers(plan, "StatefulSet"))),
        ("replicasets", "ReplicaSet", "apps/v1", texts(cluster.replica_sets(plan))),
        ("serviceaccounts", "ServiceAccount", "v1", texts(cluster.service_accounts(plan))),
        ("secrets", "Secret", "v1", texts(cluster.secrets(plan))),
        ("configmaps", "ConfigMap", "v1", texts(cluster.config_maps(plan))),
        ("namespaces", "Namespace", "v1", texts(cluster.namespace_objects(plan))),
        ("networkpolicies", "NetworkPolicy", "networking.k8s.io/v1", texts(cluster.network_policies(plan))),
        ("nodes", "Node", "v1", texts(cluster.nodes(plan))),
        ("services", "Service", "v1", texts(exposed.services(plan))),
        ("ingresses", "Ingress", "networking.k8s.io/v1", texts(exposed.ingresses(plan))),
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
    counts = {
        name: write_list(kubernetes / f"{name}.json", kind, version, found, compact=compact)
        for name, kind, version, found in kinds
    }
    aws.write(answers, plan)
    # Hidden, so that it is no part of the snapshot: the pod to ask about, and that the writing came to its end.
    (folder / ".generated").write_text(json.dumps({"from": plan.first, "by": fingerprint()}) + "\n")
    return counts


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
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="the folder to write")
    given = parser.parse_args()
    for name, count in generate(given.output, given.pods, given.seed, compact=given.compact).items():
        size = (given.output / "kubernetes" / f"{name}.json").stat().st_size
        print(f"{name:22}{count:9,}{size / 2**20:10.1f} MiB{size / max(count, 1) / 1000:9.1f} kB each")
    print(f"ask about {json.loads((given.output / '.generated').read_text())['from']}")


if __name__ == "__main__":
    main()
