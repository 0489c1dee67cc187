"""What the steps of controllers have in common: who writes their objects and where, what runs, what it is in AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from oracle import aws
from oracle.escalations import escalations
from oracle.rights import Right, Rights
from oracle.world import Json, Pod, World

# Outside of namespaces.
CLUSTER = [
    "rbacdefinitions.rbacmanager.reactiveops.io", "ec2nodeclasses.karpenter.k8s.aws", "nodeclasses.eks.amazonaws.com",
    "clusterissuers.cert-manager.io",
]  # fmt: skip
MAKERS = [("create", "pods", ""), ("create", "jobs", "batch")] + [
    (verb, plural, group)
    for verb in ("create", "update", "patch")
    for plural, group in (
        ("daemonsets", "apps"), ("deployments", "apps"), ("replicasets", "apps"), ("statefulsets", "apps"),
        ("cronjobs", "batch"), ("replicationcontrollers", ""),
    )
]  # fmt: skip
# Who, and in which namespace; `None` is everywhere.
Scopes = set[tuple[str, str | None]]


class Cluster:
    """What the steps ask again and again."""

    def __init__(self, world: World) -> None:
        self.world, self.rights = world, Rights(world)
        # Rights that one could come to have count as rights.
        list(escalations(self.rights))
        self._aws: dict[str, set[tuple[str, str]]] | None = None

    def writes(self, group: str, plural: str) -> Iterator[tuple[str, Right]]:
        for verb in ("create", "update", "patch"):
            for who, right in self.rights.holders(verb, plural, group):
                is_outside = f"{plural}.{group}" in CLUSTER or group in ("iam.aws.crossplane.io", "iam.aws.upbound.io")
                if right.space is None or not is_outside:
                    yield who, right

    def scopes(self, found: Iterable[tuple[str, Right]]) -> Scopes:
        return {(who, space) for who, right in found for space in self.spaces(right)}

    def spaces(self, right: Right) -> list[str | None]:
        if right.space is None or not right.space.endswith("*"):
            return [right.space]
        return [each for each in self.world.namespaces if each.startswith(right.space[:-1])]

    def runs(self, *texts: str) -> list[tuple[Pod, Json]]:
        patterns = [".*".join(re.escape(part) for part in text.split("*")) for text in texts]
        return [
            (pod, container)
            for pod in self.world.pods
            for container in pod.containers
            if any(re.search(each, container.get("image") or "") for each in patterns)
        ]

    def in_aws(self, step: str) -> set[tuple[str, str]]:
        if self._aws is None:
            self._aws = {}
            for name, source, target in aws.steps(self.world):
                self._aws.setdefault(name, set()).add((source, target))
        return self._aws.get(step, set())

    def becomes(self, account: str) -> set[str]:
        """The roles of a service account."""
        prefix = account.replace("sa/", "token/", 1) + "/"
        return {role for source, role in self.in_aws("IRSA_ASSUME") if source.startswith(prefix)}

    def readers(self) -> Scopes:
        """Who sees the Secrets of a namespace."""
        reads = [(verb, "secrets", "") for verb in ("get", "list", "watch", "patch")]
        return self.scopes(pair for each in (*reads, *MAKERS) for pair in self.rights.holders(*each))


def covers(right: Right, space: str) -> bool:
    return Right("", right.space, None).covers(f"any/{space}/any")


def words(container: Json) -> list[str]:
    """What a command line says, word by word, without quotes."""
    line = " ".join([*(container.get("command") or ()), *(container.get("args") or ())])
    return [word.replace("'", "").replace('"', "") for word in line.split()]


def given(container: Json, name: str) -> list[str]:
    """What a flag is given."""
    found, line = [], words(container)
    for word, after in zip_longest(line, line[1:]):
        if word.startswith(name + "="):
            found.append(word.split("=", 1)[1])
        elif word == name and after is not None:
            found.append(after)
    return found


def both(one: Scopes, other: Scopes) -> Scopes:
    """Who has two rights in places that meet, and where."""
    return {
        (who, a if b is None else b)
        for who, a in one
        for person, b in other
        if who == person and (a is None or b is None or a == b)
    }
