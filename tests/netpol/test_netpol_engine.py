"""Which engine enforces policies, as the objects of a cluster show it."""

from __future__ import annotations

import pytest
from laws.snapshots import loaded
from strategies.words import Json, item

from kpath.errors import UsageError
from kpath.semantics.netpol.engine import NAMES, engines, named

PLUGIN = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.19.0"
AGENT = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon/aws-network-policy-agent:v1.2.0"
ON, OFF = "--enable-network-policy=true", "--enable-network-policy=false"
AUTO = item("Node", "i-1", labels={"eks.amazonaws.com/compute-type": "auto"})


# An empty list says that there is no such object.
LISTED = {"apiVersion": "v1", "kind": "ConfigMapList", "items": []}


def daemon(name: str, *images: str) -> Json:
    return made(name, [{"name": f"c{number}", "image": each} for number, each in enumerate(images)])


def made(name: str, containers: list[Json]) -> Json:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers, "hostNetwork": True}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return item("DaemonSet", name, "kube-system", spec=spec)


def aws_node(*arguments: str, mode: str = "", agent: str = AGENT) -> Json:
    env = [{"name": "NETWORK_POLICY_ENFORCING_MODE", "value": mode}] if mode else []
    first = {"name": "aws-node", "image": PLUGIN, "env": env}
    second = {"name": "aws-eks-nodeagent", "image": agent, "args": ["--metrics-bind-addr=:8162", *arguments]}
    return made("aws-node", [first, second] if agent else [first])


def setting(value: str) -> Json:
    return item("ConfigMap", "amazon-vpc-cni", "kube-system", data={"enable-network-policy-controller": value})


CALICO, CILIUM, ANTREA = (
    daemon("calico-node", "docker.io/calico/node:v3.29.1"),
    daemon("cilium", "quay.io/cilium/cilium:v1.16.4"),
    daemon("antrea-agent", "antrea/antrea-agent-ubuntu:v2.2.0"),
)


def off_host(document: Json) -> Json:
    spec = document["spec"]
    inner = {key: value for key, value in spec["template"]["spec"].items() if key != "hostNetwork"}
    return {**document, "spec": {**spec, "template": {**spec["template"], "spec": inner}}}


SEEN = {
    "the agent's flag is on": ([aws_node(ON)], "vpc-cni"),
    "a flag without a value is on": ([aws_node("--enable-network-policy")], "vpc-cni"),
    "the agent's flag is off": ([aws_node(OFF)], "none"),
    "a flag that only begins alike is another": ([aws_node("--enable-network-policy-logs=true")], "none"),
    "the agent has no such flag": ([aws_node()], "none"),
    "the plugin runs without its agent": ([aws_node(agent="")], "none"),
    "strict mode": ([aws_node(ON, mode="strict")], "vpc-cni-strict"),
    "standard mode, said": ([aws_node(ON, mode="standard")], "vpc-cni"),
    "a mode that does not exist": ([aws_node(ON, mode="lenient")], "vpc-cni"),
    "strict, and the agent is off": ([aws_node(OFF, mode="strict")], "none"),
    "Auto Mode without the setting": ([AUTO, LISTED], "none"),
    "Auto Mode whose settings were not collected": ([AUTO], "vpc-cni guessed"),
    "Auto Mode, switched on": ([AUTO, setting("true")], "vpc-cni"),
    "Auto Mode, switched off": ([AUTO, setting("false")], "none"),
    "Auto Mode beside nodes where the agent is on": ([AUTO, aws_node(ON)], "vpc-cni"),
    "the setting without Auto Mode": ([setting("true")], "generic guessed"),
    "Calico": ([CALICO], "calico"),
    "Calico beside a plugin that enforces nothing": ([CALICO, aws_node(OFF)], "calico"),
    "Calico beside a plugin that does": ([CALICO, aws_node(ON)], "calico vpc-cni"),
    "Cilium": ([CILIUM], "cilium"),
    "Cilium beside Amazon's plugin": ([CILIUM, aws_node()], "cilium"),
    "another that goes by the API": ([ANTREA], "generic"),
    "an image that a mirror has": ([daemon("calico-node", "rancher/mirrored-calico-node:v3.29.1")], "calico"),
    "an image of a digest": ([daemon("cilium", "quay.io/cilium/cilium@sha256:ab")], "cilium"),
    "a registry with a port": ([daemon("cilium", "mirror.example:5000/cilium/cilium")], "cilium"),
    "a client of Cilium is not Cilium": ([daemon("cli", "quay.io/cilium/cilium-cli:v0.16")], "generic guessed"),
    "an image of somebody's own": ([daemon("x", "me/antrea/antrea-exporter:1")], "generic guessed"),
    "an agent that is not on the host's network": ([off_host(CALICO)], "generic guessed"),
    "nothing is seen": ([], "generic guessed"),
    "only what is no engine": ([daemon("kube-proxy", "eks/kube-proxy:v1.31")], "generic guessed"),
}


@pytest.mark.parametrize(("documents", "expected"), SEEN.values(), ids=SEEN)
def test_engines_are_told_by_what_runs(documents: list[Json], expected: str) -> None:
    found = engines(loaded(documents))

    assert expected == " ".join((*(each.name for each in found), *("guessed" for each in found if each.guessed)))
    assert all(each.because or each.guessed for each in found)


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_that_is_asked_for_is_taken_as_it_is(name: str) -> None:
    [found] = named(name)

    assert (found.name, found.asked, found.guessed) == (name, True, False)


def test_an_engine_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="`flannel` is no engine that kpath knows; there are none, generic, vpc-cni"):
        named("flannel")


@pytest.mark.parametrize(
    ("documents", "reads"), [([aws_node(OFF)], "vpc-cni"), ([AUTO], "vpc-cni"), ([CALICO], "calico"), ([], "generic")]
)
def test_policies_are_read_as_who_would_enforce_them(documents: list[Json], reads: str) -> None:
    """Also where nobody does, so that what is switched off can be told."""
    assert reads == engines(loaded(documents))[0].reads
