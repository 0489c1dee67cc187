"""Which engine enforces network policies, as the cluster shows it; without one they are words.

Source: Amazon EKS user guide, Limit Pod traffic with Kubernetes network policies; the documentation of each engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.evidence import SOURCE, Evidence, Fact, pointer
from kpath.model.memo import memoised
from kpath.model.tables import COMPUTE_TYPE, Model
from kpath.refs import Ref
from kpath.semantics.workload.controllers import Running, cited, running

READS = frozenset({"pods", "nodes", "config_maps", "coverage"})
NONE, GENERIC, VPC_CNI, CALICO, CILIUM = "none", "generic", "vpc-cni", "calico", "cilium"
STRICT = "vpc-cni-strict"
NAMES = (NONE, GENERIC, VPC_CNI, STRICT, CALICO, CILIUM)
AGENT, PLUGIN = "aws-network-policy-agent", "amazon-k8s-cni"
# How mirrors write the names of images: with a dash for the slash, and something before it.
_BEFORE = r"(?:.*[/-])?"
SWITCH = "--enable-network-policy"
# What programs in Go take for true.
TRUE = ("1", "t", "T", "true", "True", "TRUE")
SETTINGS, SETTING = Ref("configmap/kube-system/amazon-vpc-cni"), "enable-network-policy-controller"
# By the images of their agents. What is generic goes by the text of the API.
AGENTS = (
    (CALICO, ("calico[/-]node",)),
    (CILIUM, ("(?:cilium|isovalent)[/-]cilium",)),
    (GENERIC, ("antrea(?:-agent)?(?:-ubuntu|-ubi)?", "weave-npc", "azure-npm", "kube-router", "ovn-kube", "kube-ovn")),
)
HOST_NETWORK = Fact(SOURCE, "/spec/hostNetwork", "true")


class Engine(Struct, frozen=True):
    """What enforces policies, why one knows, and what is to be known about it. `guessed`: nothing was seen."""

    name: str
    because: Evidence = ()
    guessed: bool = False
    asked: bool = False
    # The kinds of nodes that it runs on, where it is not on all.
    scope: frozenset[str] = frozenset()

    @property
    def reads(self) -> str:
        """The engine by whose rules policies are read, whether or not they are enforced."""
        return {NONE: VPC_CNI if self.because else GENERIC, STRICT: VPC_CNI}.get(self.name, self.name)

    @property
    def enforces(self) -> bool:
        return self.name != NONE

    @property
    def asks_at_own_node(self) -> bool:
        """Whether policies bear on what a pod sends to its own node. What comes from there reaches it always."""
        return self.reads in (CALICO, CILIUM)


@memoised
def engines(model: Model) -> tuple[Engine, ...]:
    """The engines that run; more than one while a cluster migrates. Where none can be seen, one is guessed."""
    found = tuple(_seen(model))
    enforcing = tuple(each for each in found if each.enforces)
    return enforcing or found or (Engine(GENERIC, guessed=True),)


def named(name: str) -> tuple[Engine, ...]:
    """An engine that the user names. Raises `UsageError` on one that does not exist."""
    if name not in NAMES:
        raise UsageError(f"`{name}` is no engine that kpath knows; there are {', '.join(NAMES)}")
    return (Engine(name, asked=True),)


def _seen(model: Model) -> Iterator[Engine]:
    for name, images in AGENTS:
        for agent in _agents(model, *images):
            yield Engine(name, cited(model, agent, HOST_NETWORK))
            break
    yield from _amazons(model)


def _agents(model: Model, *names: str) -> Iterator[Running]:
    """The containers of an agent: by the whole name of the image, and on the host's network, where all of them are.

    What only has such a name in its own, a client or a look-alike, would make policies look enforced that are not.
    """
    pattern = re.compile(f"{_BEFORE}(?:{'|'.join(names)})")
    for each in running(model, "*"):
        if each.pods.spec.host_network and pattern.fullmatch(_repository(each.image)):
            yield each


def _repository(image: str) -> str:
    """An image without its digest and its tag."""
    path, slash, name = image.partition("@")[0].rpartition("/")
    return path + slash + name.partition(":")[0]


def _amazons(model: Model) -> Iterator[Engine]:
    """Amazon's plugin: on by a flag of its agent, on the nodes of Auto Mode by a setting; off otherwise."""
    found = [*_by_flag(model), *([_automatic(model)] if any(node.compute == "auto" for node in model.nodes) else ())]
    on = [each for each in found if each.enforces]
    if found:
        told = on or found[:1]
        scope = frozenset[str]().union(*(each.scope for each in on))
        yield replace(told[0], because=tuple(fact for each in told for fact in each.because), scope=scope)
        return
    for each in (*_agents(model, AGENT), *_agents(model, PLUGIN)):
        flag = _flag(each)
        yield Engine(NONE, cited(model, each, *((flag,) if flag is not None else ())))
        return


def _by_flag(model: Model) -> Iterator[Engine]:
    for each in _agents(model, AGENT):
        flag = _flag(each)
        if flag is not None and _is_on(flag.value or ""):
            yield Engine(_mode(each), cited(model, each, HOST_NETWORK, flag), scope=frozenset({"ec2"}))
            return


def _flag(each: Running) -> Fact | None:
    for index, argument in enumerate(each.vantage.container.args or ()):
        if argument.partition("=")[0] == SWITCH:
            at = each.vantage.at + pointer("args", index)
            return Fact(SOURCE, at, argument)
    return None


def _is_on(argument: str) -> bool:
    _, given, value = argument.partition("=")
    return not given or value in TRUE


def _mode(each: Running) -> str:
    return STRICT if each.pods.spec.policy_mode == "strict" else VPC_CNI


def _automatic(model: Model) -> Engine:
    """Auto Mode enforces policies once its controller is switched on."""
    settings = model.config_maps.get(SETTINGS)
    data = msgspec.json.decode(settings.data) if settings is not None else None
    value = data.get(SETTING) if isinstance(data, dict) else None
    if isinstance(value, str):
        because = (Fact(SETTINGS, pointer("data", SETTING), value),)
        return Engine(VPC_CNI if value == "true" else NONE, because, scope=frozenset({"auto"}))
    node = next(node for node in model.nodes if node.compute == "auto")
    because = (Fact(node.ref, pointer("metadata", "labels", COMPUTE_TYPE), "auto"),)
    if "configmaps" not in model.coverage.listed:
        # The setting may be there.
        return Engine(VPC_CNI, because, guessed=True)
    return Engine(NONE, because)
