"""kube2iam and kiam: on which nodes they answer in place of the metadata service, and for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle.world import Json, Pod, World

IMAGE = {"kube2iam": "kube2iam", "kiam": "/kiam"}
# What network plugins call the interfaces of pods: an example of each.
PLUGINS = [
    ("amazon-k8s-cni", "eni12ab"), ("calico/node", "cali34cd"), ("cilium/cilium", "lxc56ef"), ("flannel", "cni0"),
    ("kube-router", "kube-bridge"), ("weave-kube", "weave"),
]  # fmt: skip
# A pod, its container, and the words of that container's command line.
Agent = tuple[Pod, Json, list[str]]


def told(container: Json) -> list[str]:
    """The words of a command line."""
    return [word for part in ("command", "args") for entry in container.get(part) or () for word in entry.split()]


def value(words: list[str], name: str) -> str | None:
    """The last value of a flag, in one word or two."""
    found = None
    for number, word in enumerate(words):
        if word.startswith(f"{name}="):
            found = word[len(name) + 1 :]
        elif word == name and number + 1 < len(words):
            found = words[number + 1]
    return found


def is_on(words: list[str], name: str) -> bool:
    said = [word for word in words if word == name or word.startswith(f"{name}=")]
    return bool(said) and said[-1] in (name, f"{name}=true", f"{name}=1")


def agents(world: World, product: str, part: str = "agent") -> Iterator[Agent]:
    """The containers of a product that are agents, or servers."""
    for pod in world.pods:
        for container in pod.containers:
            words = told(container)
            if IMAGE[product] in (container.get("image") or ""):
                is_part = product == "kube2iam" or part in words or f"/{part}" in words
                if is_part:
                    yield pod, container, words


def may_catch(world: World, words: list[str]) -> bool:
    """Whether an agent may redirect what ordinary pods of its node ask for."""
    return not is_on(words, "--iptables") or _meets(world, words) is not False


def _meets(world: World, words: list[str]) -> bool | None:
    images = [container.get("image") or "" for pod in world.pods for container in pod.containers]
    for image, example in PLUGINS:
        if any(image in each for each in images):
            pattern = value(words, "--host-interface")
            pattern = "docker0" if pattern is None else pattern
            bare = re.escape(pattern.strip("!")).replace(r"\+", ".*")
            return bool(re.fullmatch(bare, example)) is not pattern.startswith("!")
    return None


def gets_past(world: World, node: str) -> bool:
    """Whether ordinary pods of a node may come to the metadata service itself."""
    for product in IMAGE:
        for pod, _, words in agents(world, product):
            is_there = pod.spec.get("nodeName") == node and node != "*"
            if (
                is_there
                and pod.status.get("phase") != "Pending"
                and is_on(words, "--iptables")
                and _meets(world, words)
            ):
                return False
    return True


def exist(world: World) -> bool:
    return any(pod.nodes for product in IMAGE for pod, _, _ in agents(world, product))
