"""Pods that no policy tells apart, put together: the parties of a network, and the pods of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kpath.model.classes import PodClass
from kpath.model.sets import Ids
from kpath.model.tables import Model, Node
from kpath.semantics.netpol.addresses import at_node, family, number
from kpath.semantics.netpol.calico import OF_ACCOUNT, ORCHESTRATOR
from kpath.semantics.netpol.engine import CALICO, VPC_CNI
from kpath.semantics.netpol.expressions import OF_NAMESPACE
from kpath.semantics.netpol.homes import ANYWHERE, Home
from kpath.semantics.netpol.policy import DIRECTIONS, Tier
from kpath.semantics.netpol.spaces import labels_of_account, labels_of_spaces
from kpath.semantics.netpol.terms import (
    ACCOUNT,
    IN,
    POD,
    AllOf,
    AnyOf,
    AtNode,
    Label,
    Labels,
    Nets,
    Not,
    Party,
    Term,
)

# Why the engine does not hold a pod.
ON_HOST, ALONE, ON_FARGATE, ON_WINDOWS, ELSEWHERE = "host", "alone", "fargate", "windows", "elsewhere"
WINDOWS_LABEL = "kubernetes.io/os"


class Asked(Struct, frozen=True):
    """What some policies ask about pods: labels by key, labels by value, accounts, addresses, names of ports."""

    keys: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    accounts: bool
    addresses: bool
    names: frozenset[str]


def asked(tiers: Iterable[Tier]) -> Asked:
    """What the policies of some tiers ask."""
    keys: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    names: set[str] = set()
    accounts = addresses = False
    terms: dict[Term, None] = {}
    for tier in tiers:
        for policy in tier.policies:
            terms[policy.subject] = None
            for direction in DIRECTIONS:
                for rule in policy.rules(direction) or ():
                    terms |= {rule.peer: None, rule.own: None}
                    names.update(each.name for each in rule.ports.names)
    for leaf in leaves(terms):
        match leaf:
            case Label(of, key, is_, values):
                accounts = accounts or of == ACCOUNT or key == OF_ACCOUNT
                if of == POD and is_ == IN:
                    pairs.update((key, value) for value in values)
                elif of == POD:
                    keys.add(key)
            case Nets(_, pods):
                addresses = addresses or pods
    return Asked(frozenset(keys), frozenset(pairs), accounts, addresses, frozenset(names))


def leaves(terms: Iterable[Term]) -> Iterator[Term]:
    """The parts of some terms that have none, each once."""
    left, seen = list(terms), set[Term]()
    while left:
        each = left.pop()
        if each in seen:
            continue
        seen.add(each)
        match each:
            case Not(part) | AtNode(part):
                left.append(part)
            case AllOf(parts) | AnyOf(parts):
                left.extend(parts)
            case _:
                yield each


class Groups(Struct, frozen=True):
    """The parties that pods are, and for each pod the number of its party."""

    parties: tuple[Party, ...]
    of_pod: Ids


def groups(
    model: Model, engine: str, scope: frozenset[str], wanted: Asked, families: frozenset[int],
    cut: Callable[[int], int], homes: Mapping[str, Home],
) -> Groups:  # fmt: skip
    """The pods by what the policies ask, and by nodes that are held.

    `cut` is the number of the piece of the line that an address is in.
    """
    columns, classes = model.pods.columns, model.pods.classes
    kinds: dict[object, int] = {}
    drafts: list[Party] = []
    spaces = labels_of_spaces(model, engine)
    of_class = np.zeros(len(classes), np.int64)
    for each in classes:
        draft = _draft(model, each, engine, wanted, spaces, families)
        key = (draft.namespace, tuple(sorted(draft.labels.known.items())), draft.ports, draft.host,
               each.service_account if wanted.accounts else "")  # fmt: skip
        if key not in kinds:
            kinds[key] = len(drafts)
            drafts.append(draft)
        of_class[each.number] = kinds[key]
    kind = of_class[columns.cls] if len(classes) else np.zeros(0, np.int64)
    on_host = np.array([bool(each.host) for each in drafts], np.bool_)[kind] if drafts else np.zeros(0, np.bool_)
    place, places = _places(model, on_host, wanted, cut)
    free, reasons = _free(model, engine, scope)
    home, at_home = _homes(model, homes)
    # One number for all that tells parties apart.
    joint = ((kind * (len(places) + 1) + place + 1) * len(reasons) + free) * len(at_home) + home
    _, first, of_pod = np.unique(joint, return_index=True, return_inverse=True)
    parties = [
        _party(
            drafts[kind[row]], places[place[row]] if place[row] >= 0 else None, reasons[free[row]], at_home[home[row]]
        )
        for row in first.tolist()
    ]
    return Groups(tuple(parties), of_pod.astype(np.int32))


def _draft(
    model: Model, each: PodClass, engine: str, wanted: Asked, spaces: Mapping[str, Labels], families: frozenset[int]
) -> Party:
    labels = {key: value for key, value in each.labels if key in wanted.keys or (key, value) in wanted.pairs}
    account = Labels({})
    if engine == CALICO:
        added = {OF_NAMESPACE: each.namespace, ORCHESTRATOR: "k8s", OF_ACCOUNT: each.service_account.name}
        labels |= {key: value for key, value in added.items() if key in wanted.keys or (key, value) in wanted.pairs}
        account = labels_of_account(model, each.service_account) if wanted.accounts else account
    return Party(
        pod=True,
        namespace=each.namespace,
        labels=Labels(labels),
        space_labels=spaces[each.namespace],
        account_labels=account,
        host=bool(each.spec.host_network),
        families=families,
        ports=_named_ports(each, wanted.names, sidecars=engine != VPC_CNI),
    )


def _named_ports(each: PodClass, names: frozenset[str], *, sidecars: bool) -> tuple[tuple[str, str, int], ...]:
    """The ports with a name that some rule uses; Amazon's controller does not look at sidecars."""
    init = [inner for inner in each.spec.init_containers or () if inner.restart_policy == "Always"] if sidecars else []
    found = {
        (port.name, port.protocol or "TCP", port.container_port)
        for container in (*(each.spec.containers or ()), *init)
        for port in container.ports or ()
        if port.name in names and port.name is not None and port.container_port is not None
    }
    return tuple(sorted(found))


def _places(
    model: Model, on_host: NDArray[np.bool_], wanted: Asked, cut: Callable[[int], int]
) -> tuple[NDArray[np.int64], list[tuple[int, ...]]]:
    """For each pod where its addresses are, as far as any policy asks; -1 where that is not known."""
    columns = model.pods.columns
    kinds: dict[tuple[int, ...], int] = {(): 0}
    values: list[tuple[int, ...]] = [()]

    def kind(addresses: tuple[int, ...]) -> int:
        pieces = tuple(sorted({cut(each) for each in addresses}))
        if pieces not in kinds:
            kinds[pieces] = len(values)
            values.append(tuple(sorted(addresses)))
        return kinds[pieces]

    # Where there are addresses of both families, it matters which a pod has.
    place = np.zeros(len(columns.cls), np.int64)
    own = np.array([kind(told) if (told := _numbers(text)) else -1 for text in model.pods.addresses] + [-1], np.int64)
    if wanted.addresses:
        place = own[columns.address]
    by_node = np.array([kind(told) if (told := at_node(node)) else -1 for node in model.nodes] + [-1], np.int64)
    nodes = by_node[columns.node]
    place[on_host] = np.where(nodes >= 0, nodes, own[columns.address])[on_host]
    return place, values


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(found for each in text.split(",") if (found := number(each)) is not None)


def families_of(model: Model) -> frozenset[int]:
    """The families of addresses that pods, nodes and Services have; none where nothing tells."""
    texts = [text for joined in model.pods.addresses for text in joined.split(",")]
    texts += [each.address for node in model.nodes for each in node.addresses if each.type == "InternalIP"]
    texts += [each.spec.cluster_ip for each in model.services.values() if each.spec.cluster_ip]
    return frozenset(family(found) for text in texts if (found := number(text)) is not None)


def _free(model: Model, engine: str, scope: frozenset[str]) -> tuple[NDArray[np.int64], list[str]]:
    """For each pod why the engine does not hold it, as the number of a reason; 0 where it does."""
    columns = model.pods.columns
    reasons = ["", ALONE, ON_FARGATE, ON_WINDOWS, ELSEWHERE]
    if engine != VPC_CNI:
        return np.zeros(len(columns.cls), np.int64), reasons
    by_node = np.array([reasons.index(_of_node(node, scope)) for node in model.nodes] + [0], np.int64)
    found = by_node[columns.node]
    found[(found == 0) & columns.alone] = reasons.index(ALONE)
    return found, reasons


def _of_node(node: Node, scope: frozenset[str]) -> str:
    if node.compute == "fargate":
        return ON_FARGATE
    system = node.info.operating_system if node.info is not None else ""
    if "windows" in (system, node.labels.get(WINDOWS_LABEL)):
        return ON_WINDOWS
    # Of a node that is known by its pods alone, nobody knows the kind.
    is_known = node.info is not None or bool(node.labels)
    return ELSEWHERE if scope and is_known and node.compute not in scope else ""


def _homes(model: Model, homes: Mapping[str, Home]) -> tuple[NDArray[np.int64], list[Home | None]]:
    """For each pod the node that it is on, if a HostEndpoint holds that; one that is on none yet may come to any."""
    listed: list[Home | None] = [None]
    if not homes:
        return np.zeros(len(model.pods.columns.cls), np.int64), listed
    listed += (*homes.values(), ANYWHERE)
    of_name = {name: number for number, name in enumerate(homes, 1)}
    numbers = [len(listed) - 1 if node.is_placeholder else of_name.get(node.name, 0) for node in model.nodes]
    return np.array([*numbers, len(listed) - 1], np.int64)[model.pods.columns.node], listed


def _party(draft: Party, addresses: tuple[int, ...] | None, free: str, home: Home | None) -> Party:
    free = ON_HOST if draft.host else free
    # A pod that nobody asks for its address has none here.
    families = frozenset(map(family, addresses)) if addresses else draft.families
    return Party(
        True, draft.namespace, draft.labels, draft.space_labels, draft.account_labels, draft.host, False,
        addresses, families, home.ports if home is not None and draft.host else draft.ports, not free, free, home=home,
    )  # fmt: skip
