"""Who is meant by a name on the network: pods by controller, name or pattern, and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import translate
from functools import cached_property

import numpy as np
from msgspec import Struct

from kpath.errors import UsageError
from kpath.model.sets import Ids, Refs
from kpath.model.tables import Model
from kpath.model.wire_net import ServicePort
from kpath.refs import ALIASES, CONTROLLERS, Ref
from kpath.semantics.netpol.addresses import PUBLIC, VPC, Range, at_node, block, blocks, family, less, merged
from kpath.semantics.netpol.addresses import number as number_of
from kpath.semantics.netpol.beside import EVERY_KIND
from kpath.semantics.netpol.parties import families_of
from kpath.semantics.netpol.ports import Span
from kpath.semantics.netpol.verdicts import resolved
from kpath.semantics.workload.endpoints import backends
from kpath.semantics.workload.targets import numbered, of_ports

PLACES = {"internet": PUBLIC, "vpc": VPC}
_NEAR = 3


class Chosen(Struct, frozen=True):
    """The pods and addresses that a name stands for; `word` is what all of these addresses are called together.

    With `ports`, they go by these names and numbers, each with what it leads to in the pods.
    """

    pods: Ids
    ranges: tuple[Range, ...] = ()
    word: str = ""
    ports: tuple[tuple[ServicePort, tuple[Span, ...]], ...] = ()

    @property
    def points(self) -> tuple[int, ...]:
        """The ends of the ranges, where the line of addresses has to be cut."""
        return tuple(sorted({end for each in self.ranges for end in each}))


def chosen(model: Model, text: str, namespace: str) -> Chosen:
    """What a user names: pods, `internet`, `vpc`, an address, a block or a node.

    Raises `UsageError` where there is none.
    """
    if text in PLACES:
        families = families_of(model) or frozenset({4})
        return Chosen(_no_pods(), tuple(each for each in PLACES[text] if family(each[0]) in families), text)
    if (at := number_of(text)) is not None:
        return _address(model, at)
    if (found := block(text)) is not None:
        return Chosen(_within(model, found), (found,))
    kind, _, rest = text.partition("/")
    kind = ALIASES.get(kind, kind)
    if kind == "node" and rest:
        return _node(model, rest)
    if kind == "svc" and rest:
        return _service(model, Ref(f"svc/{rest}" if "/" in rest else f"svc/{namespace or 'default'}/{rest}"))
    pods = np.array(sorted(set(_pods(model, text, namespace))), np.int32)
    if not len(pods):
        raise UsageError(_unknown(model, text, namespace))
    return Chosen(pods)


def _no_pods() -> Ids:
    return np.zeros(0, np.int32)


def _within(model: Model, whole: Range) -> Ids:
    """The pods with a network of their own that have an address of a block."""
    first, last = whole
    here = [
        any((at := number_of(each)) is not None and first <= at <= last for each in text.split(","))
        for text in model.pods.addresses
    ]
    on_host = np.array([bool(each.spec.host_network) for each in model.pods.classes] + [True], np.bool_)
    columns = model.pods.columns
    return np.flatnonzero(np.array([*here, False], np.bool_)[columns.address] & ~on_host[columns.cls]).astype(np.int32)


def _address(model: Model, at: int) -> Chosen:
    service = next((ref for ref, each in model.services.items() if number_of(each.spec.cluster_ip or "") == at), None)
    if service is not None and service in backends(model):
        return _service(model, service)
    found = resolved(model, at)
    if isinstance(found, Ref) and (row := model.names.find(found)) is not None:
        return Chosen(np.array([row], np.int32))
    return Chosen(_no_pods(), ((at, at),))


def _service(model: Model, ref: Ref) -> Chosen:
    """The pods behind a Service, on the ports that it leads to: its own address adds no way to them."""
    if ref not in model.services:
        near = get_close_matches(str(ref), map(str, model.services), _NEAR, 0.6)
        raise UsageError(f"`{ref}` is not in the snapshot{_hint(near)}")
    pods = backends(model).get(ref)
    if pods is None:
        raise UsageError(f"`{ref}` selects no pods; name the addresses that it leads to")
    listed = model.services[ref].spec.ports or ()
    return Chosen(pods.ids, ports=tuple((each, tuple(_led(model, pods, each))) for each in listed))


def _led(model: Model, pods: Refs, port: ServicePort) -> Iterator[Span]:
    for protocol, target in of_ports([port]):
        for number, _ in numbered(model, pods, protocol, target):
            yield Span(protocol, number, number)


def _node(model: Model, name: str) -> Chosen:
    node = next((each for each in model.nodes if each.name == name), None)
    if node is None:
        near = get_close_matches(f"node/{name}", [str(each.ref) for each in model.nodes], _NEAR, 0.6)
        raise UsageError(f"`node/{name}` is not in the snapshot{_hint(near)}")
    found = at_node(node, *EVERY_KIND)
    if not found:
        raise UsageError(f"`node/{name}` has no address in the snapshot")
    return Chosen(_no_pods(), tuple((each, each) for each in sorted(set(found))), f"node/{name}")


class _Names(Struct, frozen=True, dict=True):
    """The names by which pods go: their own and those of their controllers."""

    model: Model

    @cached_property
    def of_pods(self) -> list[str]:
        return [self.model.names.ref(row)[4:] for row in range(len(self.model.pods))]

    @cached_property
    def of_owners(self) -> list[str]:
        return [f"{each.namespace}/{each.name}" for each in self.model.pods.owners]


def _pods(model: Model, text: str, namespace: str) -> Iterator[int]:
    """The numbers of the pods that a name or a pattern stands for."""
    names = _Names(model)
    kind, wanted = _split(text, namespace)
    owner = model.pods.columns.owner
    is_wanted = re.compile(translate(wanted)).match if _is_pattern(wanted) else wanted.__eq__
    if kind in ("", "pod"):
        yield from (row for row, name in enumerate(names.of_pods) if is_wanted(name))
    if kind == "ns":
        space = f"{wanted}/"
        yield from (row for row, name in enumerate(names.of_pods) if name.startswith(space))
    elif kind != "pod":
        numbers = [
            number
            for number, (ref, name) in enumerate(zip(model.pods.owners, names.of_owners, strict=True))
            if kind in ("", ref.kind) and is_wanted(name)
        ]
        yield from np.flatnonzero(np.isin(owner, numbers)).tolist()
    if kind == "pod" and not _is_pattern(wanted):
        # A DaemonSet that only a manifest describes has a pod on every node.
        yield from (row for row, name in enumerate(names.of_pods) if name.startswith(f"{wanted}@"))


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _split(text: str, namespace: str) -> tuple[str, str]:
    """A name as its kind, if it states one, and `namespace/name`; of `ns/NAME` the namespace alone."""
    kind, _, rest = text.partition("/")
    kind = ALIASES.get(kind, kind)
    if kind == "ns" and rest and "/" not in rest:
        return kind, rest
    if kind in ("pod", *CONTROLLERS) and rest:
        return kind, rest if "/" in rest else f"{namespace or 'default'}/{rest}"
    if "/" in text:
        return "", text
    if text == "*" and not namespace:
        return "", "*"
    return "", f"{namespace or 'default'}/{text}"


def _unknown(model: Model, text: str, namespace: str) -> str:
    kind, wanted = _split(text, namespace)
    names = _Names(model)
    refs = [str(each) for each in model.pods.owners if kind in ("", each.kind)]
    known = names.of_owners + names.of_pods if kind in ("", "pod") else refs
    told = wanted if kind == "" else f"{kind}/{wanted}"
    if kind == "ns":
        known = [f"ns/{each}" for each in sorted(model.spaces)]
    near = get_close_matches(told if kind not in ("", "pod") else wanted, dict.fromkeys(known), _NEAR, 0.6)
    alike = [each for each in dict.fromkeys(known) if each.rpartition("/")[2] == wanted.rpartition("/")[2]]
    return f"`{told}` is no peer in the snapshot" + _hint([*near, *(each for each in alike if each not in near)])


def _hint(offered: list[str]) -> str:
    return f"; did you mean {' or '.join(offered[:_NEAR])}?" if offered else ""


def cidrs(ranges: tuple[Range, ...]) -> tuple[str, ...]:
    """Ranges as the fewest CIDR blocks."""
    return tuple(str(each) for each in blocks(ranges))


def said(ranges: tuple[Range, ...], whole: tuple[Range, ...], word: str) -> str:
    """Addresses in few words: all of them by their name, else blocks, or all but some."""
    if merged(ranges) == merged(whole):
        return word or ", ".join(cidrs(whole))
    listed, but = cidrs(ranges), cidrs(tuple(less(whole, ranges)))
    if len(but) < len(listed):
        return f"{word or ', '.join(cidrs(whole))} except {', '.join(but)}"
    return ", ".join(listed)
