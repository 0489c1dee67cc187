"""What the peer of a rule may be: a question about a pod or an address, as a tree, and its three answers.

Every engine's selectors come down to these; `holds` is what each of them means, `universe.Universe.mask` asks it of
all peers at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from kpath.semantics.netpol.addresses import LOCAL, WHOLE, less
from kpath.semantics.netpol.homes import Home

# Where a label is: on the pod, on its namespace, on its service account.
POD, NAMESPACE, ACCOUNT = "pod", "namespace", "account"
EXISTS, IN, CONTAINS, STARTS, ENDS = "exists", "in", "contains", "starts with", "ends with"


class Always(Struct, frozen=True):
    """Every peer: a pod, a node or any address."""


class Unknown(Struct, frozen=True):
    """What could not be read: it may hold or not."""


class Selectable(Struct, frozen=True):
    """A pod that selectors pick: one with a network of its own."""


class Space(Struct, frozen=True):
    """Whatever is in a namespace."""

    name: str


class Label(Struct, frozen=True):
    """A label of the pod, its namespace or its account: that it exists, or what its value is like."""

    of: str
    key: str
    is_: str
    values: tuple[str, ...] = ()


class Nets(Struct, frozen=True):
    """An address in one of some ranges, each a first and a last number on the line of `addresses`.

    `pods` and `nodes` say whether an engine asks this of the addresses of those as well.
    """

    ranges: tuple[tuple[int, int], ...]
    pods: bool
    nodes: bool = True


class Not(Struct, frozen=True):
    part: Term


class AllOf(Struct, frozen=True):
    parts: tuple[Term, ...]


class AnyOf(Struct, frozen=True):
    parts: tuple[Term, ...]


class AtNode(Struct, frozen=True):
    """Pods that are picked, whatever has the address of a node on which a pod of the host's network is, and Services.

    So Amazon's controller writes the rules: by the addresses of pods, and of the Services that select them.
    """

    part: Term


Term = Always | Unknown | Selectable | Space | Label | Nets | Not | AllOf | AnyOf | AtNode
NOTHING = AnyOf(())
ALWAYS = Always()


class Labels(Struct, frozen=True):
    """Labels, and whether these are all that there are."""

    known: Mapping[str, str]
    complete: bool = True

    def get(self, key: str) -> tuple[str | None, bool]:
        """The value of a key, and whether that is known."""
        found = self.known.get(key)
        return found, found is not None or self.complete


class Party(Struct, frozen=True):
    """One that connections come from or go to: pods that no policy tells apart, or a range of addresses.

    `addresses` are numbers on the line of `addresses`, `None` where a pod's are not known; of a range of addresses,
    its first. A party of a node has the node's address.
    """

    pod: bool
    namespace: str = ""
    labels: Labels = Labels({})
    space_labels: Labels = Labels({})
    account_labels: Labels = Labels({})
    host: bool = False
    node: bool = False
    addresses: tuple[int, ...] | None = ()
    families: frozenset[int] = frozenset()
    # The ports that have a name: name, protocol and number.
    ports: tuple[tuple[str, str, int], ...] = ()
    # Whether the engine holds it at all, and if not, why.
    held: bool = True
    free: str = ""
    # Of the address of a Service: a pod that it selects, as far as its selector tells.
    behind: Party | None = None
    # The node that it is on or is the address of, if a HostEndpoint holds it.
    home: Home | None = None

    @property
    def is_endpoint(self) -> bool:
        """Whether it is what a HostEndpoint holds: a node, or pods on its network."""
        return self.home is not None and (self.host or not self.pod)


def labels_of(party: Party, of: str) -> Labels:
    return {POD: party.labels, NAMESPACE: party.space_labels, ACCOUNT: party.account_labels}[of]


def holds(term: Term, party: Party, others: Iterable[Party] = ()) -> bool | None:
    """Whether a term holds of a party; `None` where that is not known. `others` are all parties."""
    match term:
        case Not(part):
            return _negated(holds(part, party, others))
        case AllOf(parts):
            return _all(holds(each, party, others) for each in parts)
        case AnyOf(parts):
            return _negated(_all(_negated(holds(each, party, others)) for each in parts))
        case AtNode(part):
            return _at_node(part, party, others)
        case _:
            return _leaf(term, party)


def _leaf(term: Always | Unknown | Selectable | Space | Label | Nets, party: Party) -> bool | None:
    match term:
        case Always():
            return True
        case Unknown():
            return None
        case Selectable():
            return party.pod and not party.host
        case Space(name):
            return party.pod and party.namespace == name
        case Label():
            return _label(term, party)
        case Nets():
            return _nets(term, party)


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _all(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for each in answers:
        if each is False:
            return False
        if each is None:
            found = None
    return found


def _label(term: Label, party: Party) -> bool | None:
    if not party.pod:
        return False
    value, known = labels_of(party, term.of).get(term.key)
    if not known:
        return None
    return value is not None and fits(term, value)


def fits(term: Label, value: str) -> bool:
    """Whether the value of a label that is there is one that a term asks for."""
    match term.is_:
        case "exists":
            return True
        case "in":
            return value in term.values
        case "contains":
            return term.values[0] in value
        case "starts with":
            return value.startswith(term.values[0])
        case _:
            return value.endswith(term.values[0])


def _nets(term: Nets, party: Party) -> bool | None:
    if party.pod and not party.host and not term.pods:
        return False
    if (party.node or party.host) and not term.nodes:
        return False
    if party.addresses is not None:
        return any(first <= each <= last for each in party.addresses for first, last in term.ranges)
    return holds_any(term, party.families)


@lru_cache(maxsize=4096)
def holds_any(term: Nets, families: frozenset[int]) -> bool | None:
    """Whether the ranges hold a pod's address of which the family alone is known, or that it is one of some."""
    whole = [WHOLE[family] for family in families]
    if families and not any(less(whole, (*term.ranges, *LOCAL))):
        return True
    ranges = list(less(term.ranges, LOCAL))
    may = any(low <= first <= high for low, high in whole for first, _ in ranges)
    return None if may or (ranges and not families) else False


def _at_node(part: Term, party: Party, others: Iterable[Party]) -> bool | None:
    if party.behind is not None:
        return holds(part, party.behind)
    own = holds(part, party) if party.pod and not party.host else False
    if own or not (party.node or party.host):
        return own
    answers = [holds(part, party) if party.host else False]
    for each in others:
        if each.host and (each.addresses is None or party.addresses is None):
            # They may be on one node.
            answers.append(False if holds(part, each) is False else None)
        elif each.host and set(each.addresses or ()) & set(party.addresses or ()):
            answers.append(holds(part, each))
    return True if True in answers else (None if None in answers else False)
