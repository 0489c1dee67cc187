"""A cluster as network policies see it: many small workloads with labels, and the policies of its teams."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import count, islice

from synthetic.cluster import made
from synthetic.cluster import namespaces as spaces_of
from synthetic.plan import TEAMS, Plan, Workload
from synthetic.pods import pod
from synthetic.printer import Json
from synthetic.templates import ADDONS

NAME, TEAM = "app.kubernetes.io/name", "team"
POLICIES_PER_POD = 0.4
# A third of the namespaces deny by default, and have most of the policies.
DENYING, SHARE = 1 / 3, 0.8
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
METADATA, AGENT = "169.254.169.254/32", "169.254.170.23/32"


class NetworkPlan(Plan):
    """Workloads of a few pods, six to a namespace; with what policies of every team name: DNS, metrics, the ingress."""

    pods_per_workload, workloads_per_namespace = 4, 6

    def system(self) -> list[Workload]:
        shared = (("kube-system", "coredns", 2), ("monitoring", "prometheus", 1), ("ingress-nginx", "controller", 3))
        found = (
            Workload(self.seed, space, name, "Deployment", pods, name, system=True) for space, name, pods in shared
        )
        return [*super().system(), *found]

    @cached_property
    def by_space(self) -> dict[str, list[Workload]]:
        """The workloads of each team's namespace."""
        found: dict[str, list[Workload]] = {name: [] for name in self.namespaces}
        for each in self.workloads:
            if each.namespace in found:
                found[each.namespace].append(each)
        return {name: workloads for name, workloads in found.items() if workloads}

    @cached_property
    def denying(self) -> tuple[str, ...]:
        """The namespaces that deny by default."""
        chance = random.Random(f"{self.seed}/denying")
        return tuple(sorted(chance.sample(list(self.by_space), round(len(self.by_space) * DENYING))))


def team(space: str) -> str:
    return space.partition("-")[0]


def environment(space: str) -> str:
    found = {"sandbox": "development", "labs": "development", "staging": "staging"}
    return next((value for name, value in found.items() if name in space), "production")


def http(workload: Workload) -> int:
    """The port that a workload calls `http`."""
    return workload.random("http").choice([8080, 8080, 8080, 3000, 8000])


def shape(workload: Workload) -> Json:
    """A pod of a workload with its gaps."""
    found = pod(workload)
    labels, containers = found["metadata"]["labels"], found["spec"]["containers"]
    labels |= {"env": environment(workload.namespace), "version": labels["app.kubernetes.io/version"]}
    if workload.name == "coredns":
        labels["k8s-app"] = "kube-dns"
    containers[0]["ports"][0]["containerPort"] = http(workload)
    for sidecar in containers[1:]:
        sidecar["ports"] = [{"name": sidecar["name"], "containerPort": 15001, "protocol": "TCP"}]
    if workload.name == "aws-node":
        containers.append(_agent())
    return found


def _agent() -> Json:
    """The container that holds pods to their policies."""
    arguments = ["--enable-ipv6=false", "--enable-network-policy=true", "--enable-cloudwatch-logs=false",
                 "--metrics-bind-addr=:8162", "--health-probe-bind-addr=:8163"]  # fmt: skip
    return {
        "name": "aws-eks-nodeagent", "image": f"{ADDONS}/aws-network-policy-agent:v1.2.0-eksbuild.1",
        "args": arguments, "imagePullPolicy": "Always", "resources": {"requests": {"cpu": "25m"}},
        "ports": [{"name": "agentmetrics", "containerPort": 8162, "protocol": "TCP"}],
        "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}, "privileged": True},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "volumeMounts": [{"name": "host-0", "mountPath": "/host/opt/cni/bin"}],
    }  # fmt: skip


def namespaces(plan: NetworkPlan) -> Iterator[Json]:
    for name in sorted({*spaces_of(plan), "ingress-nginx"}):
        labels: Json = {"kubernetes.io/metadata.name": name, "env": environment(name)}
        if name in plan.by_space:
            labels |= {TEAM: team(name), "pod-security.kubernetes.io/enforce": "baseline"}
        spec: Json = {"finalizers": ["kubernetes"]}
        yield made("Namespace", "v1", name, labels=labels, spec=spec, status={"phase": "Active"})


def policies(plan: NetworkPlan) -> Iterator[Json]:
    """Four for ten pods: what a namespace denies, then what its workloads allow, until its share is used up."""
    total, denying = round(plan.pods * POLICIES_PER_POD), set(plan.denying)
    left = {True: round(total * SHARE), False: total - round(total * SHARE)}
    to_come = {True: len(denying), False: len(plan.by_space) - len(denying)}
    for space, workloads in plan.by_space.items():
        denies = space in denying
        share = round(left[denies] / to_come[denies])
        left[denies] -= share
        to_come[denies] -= 1
        chance = random.Random(f"{plan.seed}/policies/{space}")
        own = list(islice(_of_space(plan, space, workloads, chance, denies=denies), share))
        yield from sorted(own, key=lambda each: str(each["metadata"]["name"]))


def _of_space(
    plan: NetworkPlan, space: str, workloads: Sequence[Workload], chance: random.Random, *, denies: bool
) -> Iterator[Json]:
    both = denies and plan.denying.index(space) % 2 == 0
    if denies:
        types = ["Ingress", "Egress"] if both else ["Ingress"]
        yield _policy(space, "default-deny", {"podSelector": {}, "policyTypes": types})
    if both:
        yield _policy(space, "allow-dns", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [DNS]})
    for turn in count(1):
        # Who does not deny what goes out rarely says what may.
        wanted = [
            (workload, name, incoming)
            for workload in workloads
            for name, incoming, _ in RULES
            if incoming or both or chance.random() < 0.2
        ]
        for workload, name, incoming in chance.sample(wanted, len(wanted)):
            alike = [(told, rule) for told, way, rule in RULES if way == incoming]
            rules = [rule for told, rule in alike if told == name]
            if chance.random() < 0.3:
                rules.append(chance.choice([rule for told, rule in alike if told != name]))
            direction = "Ingress" if incoming else "Egress"
            said = [rule(plan, workload, workloads, chance) for rule in rules]
            selected = {"matchLabels": {NAME: workload.name}}
            spec: Json = {"podSelector": selected, "policyTypes": [direction], direction.lower(): said}
            yield _policy(space, f"{workload.name}-{name}" + (f"-{turn}" if turn > 1 else ""), spec)


def _policy(space: str, name: str, spec: Json) -> Json:
    return made("NetworkPolicy", "networking.k8s.io/v1", name, space, spec=spec,
                labels={TEAM: team(space), "app.kubernetes.io/managed-by": "Helm"})  # fmt: skip


Rule = Callable[[Plan, Workload, Sequence[Workload], random.Random], Json]


def _tcp(port: int | str, end: int | None = None) -> Json:
    return {"protocol": "TCP", "port": port, **({"endPort": end} if end else {})}


def _named(*names: str) -> Json:
    if len(names) == 1:
        return {"matchLabels": {NAME: names[0]}}
    return {"matchExpressions": [{"key": NAME, "operator": "In", "values": list(names)}]}


def _space(name: str) -> Json:
    return {"matchLabels": {"kubernetes.io/metadata.name": name}}


DNS: Json = {
    "to": [{"namespaceSelector": _space("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


def _neighbours(workload: Workload, beside: Sequence[Workload], chance: random.Random) -> Json:
    others = [each.name for each in beside if each is not workload] or [workload.name]
    return {"podSelector": _named(*sorted(chance.sample(others, min(len(others), chance.randrange(1, 4)))))}


def _other_team(workload: Workload, chance: random.Random) -> Json:
    """Some pods of another team, or those of one of its namespaces."""
    tier = {"matchLabels": {"tier": chance.choice(["backend", "frontend", "data"])}}
    name = chance.choice([each for each in TEAMS if each != team(workload.namespace)])
    where = {"matchLabels": {TEAM: name, "env": environment(workload.namespace)}}
    return {"namespaceSelector": where, **({"podSelector": tier} if chance.random() < 0.8 else {})}


def _subnet(chance: random.Random) -> str:
    """A /24, mostly where databases are, and sometimes where pods are."""
    return f"10.{128 if chance.random() < 0.1 else 64}.{chance.randrange(64)}.0/24"


def _from_neighbours(_: Plan, workload: Workload, beside: Sequence[Workload], chance: random.Random) -> Json:
    return {"from": [_neighbours(workload, beside, chance)], "ports": [_tcp("http")]}


def _from_metrics(*_: object) -> Json:
    there = {"namespaceSelector": _space("monitoring"), "podSelector": _named("prometheus")}
    return {"from": [there], "ports": [_tcp("metrics")]}


def _to_neighbours(_: Plan, workload: Workload, beside: Sequence[Workload], chance: random.Random) -> Json:
    return {"to": [_neighbours(workload, beside, chance)], "ports": [_tcp("http"), _tcp("metrics")]}


def _from_ingress(plan: Plan, workload: Workload, _: Sequence[Workload], chance: random.Random) -> Json:
    if chance.random() < 0.5:
        return {"from": [{"namespaceSelector": _space("ingress-nginx")}], "ports": [_tcp(http(workload))]}
    zones = [{"ipBlock": {"cidr": f"10.{number}.0.0/20"}} for number in (1, 2, 3)]
    return {"from": zones, "ports": [_tcp(8000, 8999)]}


def _to_outside(_: Plan, workload: Workload, __: Sequence[Workload], chance: random.Random) -> Json:
    whole = {"ipBlock": {"cidr": "0.0.0.0/0", "except": [*PRIVATE, METADATA] if chance.random() < 0.7 else [METADATA]}}
    return {"to": [whole], "ports": [_tcp(443)]}


def _from_team(_: Plan, workload: Workload, __: Sequence[Workload], chance: random.Random) -> Json:
    return {"from": [_other_team(workload, chance)], "ports": [_tcp("http")]}


def _to_database(_: Plan, workload: Workload, __: Sequence[Workload], chance: random.Random) -> Json:
    there = [{"ipBlock": {"cidr": _subnet(chance)}} for _ in range(chance.randrange(1, 3))]
    return {"to": [*there, {"ipBlock": {"cidr": AGENT}}], "ports": [_tcp(5432), _tcp(6379, 6389), _tcp(80)]}


def _to_team(plan: Plan, workload: Workload, _: Sequence[Workload], chance: random.Random) -> Json:
    if chance.random() < 0.5:
        return {"to": [_other_team(workload, chance)], "ports": [_tcp("http"), _tcp(9000, 9099)]}
    return {"to": [{"namespaceSelector": _space(chance.choice(plan.namespaces))}], "ports": [_tcp(8080)]}


def _from_network(_: Plan, workload: Workload, __: Sequence[Workload], chance: random.Random) -> Json:
    block: Json = {"cidr": "10.0.0.0/8", "except": sorted({_subnet(chance) for _ in range(2)})}
    return {"from": [{"ipBlock": block}], "ports": [_tcp(chance.choice([8443, 9443]))]}


# Name, whether it is about what comes in, and what it says.
RULES: tuple[tuple[str, bool, Rule], ...] = (
    ("from-neighbours", True, _from_neighbours),
    ("to-neighbours", False, _to_neighbours),
    ("from-ingress", True, _from_ingress),
    ("to-outside", False, _to_outside),
    ("from-team", True, _from_team),
    ("to-database", False, _to_database),
    ("from-metrics", True, _from_metrics),
    ("to-team", False, _to_team),
    ("from-network", True, _from_network),
)
