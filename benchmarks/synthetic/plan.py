"""What a synthetic cluster holds, before any of it is written: names, counts and who runs as whom."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

ACCOUNT = "111122223333"
REGION = "eu-west-1"
CLUSTER = "production"
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/5B0F2C4D6E8A4B1C9D3E7F6A8B2C4D6E"

PODS_PER_NODE, PODS_PER_WORKLOAD, WORKLOADS_PER_NAMESPACE = 33, 30, 8


def words(text: str) -> list[str]:
    return text.split()


TEAMS = words(
    """
    accounts billing catalog checkout content data delivery growth identity insights inventory loyalty
    media messaging orders partners payments pricing risk search shipping support tax warehouse
    """
)
PRODUCTS = words(
    """
    b2b core eu exports feeds gateway history imports internal labs legacy mobile national next public
    reports retail sandbox staging tools
    """
)
ROLES = words(
    """
    api admin aggregator backend batch cache consumer cron dispatcher events frontend gateway graphql indexer ingest
    ledger mailer matcher notifier proxy publisher queue renderer replicator router scheduler scorer sync tracker
    uploader validator web webhook worker
    """
)

# Node groups: share of the nodes, instance type, image, hop limit and tokens of the metadata service.
NODE_GROUPS = (
    ("general", 60, "m6i.4xlarge", "Amazon Linux 2023.6.20250303", 1, "required"),
    ("legacy", 20, "m5.4xlarge", "Amazon Linux 2", 2, "optional"),
    ("compute", 15, "c7g.4xlarge", "Bottlerocket OS 1.32.0 (aws-k8s-1.32)", 2, "required"),
    ("ingress", 5, "c6i.2xlarge", "Amazon Linux 2023.6.20250303", 1, "optional"),
)


@dataclass(frozen=True)
class Workload:
    """One controller with its pods; `role` is the AWS role of its service account, empty for none."""

    seed: str
    namespace: str
    name: str
    kind: str
    replicas: int
    account: str
    role: str = ""
    system: bool = False

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}"

    def random(self, purpose: str) -> random.Random:
        """Chance that depends on this workload and a purpose alone."""
        return random.Random(f"{self.seed}/{self.id}/{purpose}")

    @cached_property
    def hash(self) -> str:
        """The hash of the pod template, as its ReplicaSet is named."""
        return suffix(self.random("hash"), 10)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        chance = self.random("secrets").random()
        return tuple(f"{self.name}-{each}" for each in ("credentials", "tls", "signing")[: 1 + int(chance * 3)])


@dataclass(frozen=True)
class Node:
    number: int
    group: str
    instance_type: str
    image: str
    hops: int
    tokens: str

    @property
    def ip(self) -> str:
        return f"10.{32 + (self.number >> 16)}.{(self.number >> 8) & 255}.{self.number & 255}"

    @property
    def name(self) -> str:
        return f"ip-{self.ip.replace('.', '-')}.{REGION}.compute.internal"

    @property
    def zone(self) -> str:
        return REGION + "abc"[self.number % 3]

    @property
    def instance(self) -> str:
        return f"i-{random.Random(f'instance/{self.number}').getrandbits(68):017x}"


# Namespace, name, AWS role or not: what a cluster on EKS runs on each node.
DAEMON_SETS = (
    ("kube-system", "aws-node", True),
    ("kube-system", "ebs-csi-node", True),
    ("kube-system", "eks-pod-identity-agent", False),
    ("kube-system", "kube-proxy", False),
    ("logging", "fluent-bit", True),
    ("monitoring", "node-exporter", False),
)


class Plan:
    """A cluster of so many pods."""

    pods_per_workload, workloads_per_namespace = PODS_PER_WORKLOAD, WORKLOADS_PER_NAMESPACE

    def __init__(self, pods: int, seed: int) -> None:
        self.pods, self.seed = pods, str(seed)
        self.nodes = tuple(self._nodes(max(3, round(pods / PODS_PER_NODE))))

    def _nodes(self, count: int) -> Iterator[Node]:
        chance = random.Random(f"{self.seed}/nodes")
        shares = [each[1] for each in NODE_GROUPS]
        for number in range(count):
            name, _, kind, image, hops, tokens = chance.choices(NODE_GROUPS, shares)[0]
            # Instances drift from their launch template.
            yield Node(number, name, kind, image, hops if chance.random() > 0.03 else 2, tokens)

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of teams."""
        count = max(4, self.pods // self.pods_per_workload // self.workloads_per_namespace)
        names = [f"{team}-{product}" for product in PRODUCTS for team in TEAMS]
        names += [f"{name}-{number}" for number in range(2, 2 + count // len(names)) for name in names]
        return tuple(sorted(names[:count]))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Every controller with pods, by namespace and name."""
        system = self.system()
        left = max(0, self.pods - sum(each.replicas for each in system))
        return tuple(sorted([*system, *self._applications(left)], key=lambda each: (each.namespace, each.name)))

    def system(self) -> list[Workload]:
        """What runs in every cluster."""
        return [
            Workload(
                self.seed, space, name, "DaemonSet", len(self.nodes), name, role_arn(space, name) * aws, system=True
            )
            for space, name, aws in DAEMON_SETS
        ]

    def _applications(self, pods: int) -> Iterator[Workload]:
        chance = random.Random(f"{self.seed}/workloads")
        count = min(pods, max(12, self.pods // self.pods_per_workload))
        weights = [chance.paretovariate(1.3) for _ in range(count)]
        # The few that run hundreds of pods are not that many more.
        weights = [min(weight, 30.0) for weight in weights]
        total, given, before = sum(weights), 0, 0.0
        names: dict[str, list[str]] = {}
        for number, weight in enumerate(weights):
            before += weight
            replicas = max(1, round((pods - count) * before / total) + number + 1 - given)
            given += replicas
            space = self.namespaces[number % len(self.namespaces)]
            if space not in names:
                names[space] = chance.sample(ROLES, len(ROLES))
            name = f"{space.partition('-')[0]}-{names[space].pop()}"
            kind = "StatefulSet" if chance.random() < 0.1 else "Deployment"
            account = name if chance.random() < 0.7 else "default"
            role = role_arn(space, name) if account != "default" and chance.random() < 1 / 3 else ""
            yield Workload(self.seed, space, name, kind, replicas, account, role)

    @cached_property
    def first(self) -> str:
        """The pod that the benchmark asks about: of a team's workload, with a service account and a role of its own."""
        own = [each for each in self.workloads if each.kind == "Deployment" and each.role]
        workload = (own or [each for each in self.workloads if not each.system])[0]
        return f"pod/{workload.namespace}/{pod_names(workload)[0]}"


def role_arn(namespace: str, account: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{CLUSTER}-{namespace}-{account}"


def suffix(chance: random.Random, length: int) -> str:
    """Random letters as the API server adds them to names."""
    return "".join(chance.choices("bcdfghjklmnpqrstvwxz2456789", k=length))


def uid(chance: random.Random) -> str:
    bits = f"{chance.getrandbits(128):032x}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"


def pod_names(workload: Workload) -> list[str]:
    """The names of a workload's pods, sorted as the API server sorts them."""
    if workload.kind == "StatefulSet":
        return sorted(f"{workload.name}-{number}" for number in range(workload.replicas))
    chance = workload.random("pods")
    stem = workload.name if workload.kind == "DaemonSet" else f"{workload.name}-{workload.hash}"
    found: dict[str, None] = {}
    while len(found) < workload.replicas:
        found[f"{stem}-{suffix(chance, 5)}"] = None
    return sorted(found)
