"""The edge-case tables of the network: who reaches whom, row by row of network-semantics.md.

A table may begin with `given`, the objects that its entries share; an entry's `objects` come on top, `without` and
`with` change them as in the tables of the rules. A pod belongs to a ReplicaSet unless it states `ownerReferences`.
`then` lists what holds under each of the entry's `engines`; `diagnostics` name the object and the field at fault.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from msgspec import Struct
from rule_shorthand import Raw, expanded, ref
from rule_tables import changed, known

from kpath.refs import Ref

FOLDER = Path(__file__).parent / "tables"

ENGINES = ("none", "generic", "vpc-cni", "vpc-cni-strict", "calico", "cilium")
Verdict = Literal["allowed", "denied", "possible"]

# Refs that no other object has: Calico's NetworkPolicy is called otherwise than that of Kubernetes.
NAMES = {
    "AdminNetworkPolicy": "anp",
    "BaselineAdminNetworkPolicy": "banp",
    "ClusterNetworkPolicy": "cnp",
    "GlobalNetworkPolicy": "gnp",
    "GlobalNetworkSet": "globalnetworkset",
    "HostEndpoint": "hostendpoint",
    "NetworkPolicy": "caliconetworkpolicy",
    "NetworkSet": "networkset",
    "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicy",
    "StagedKubernetesNetworkPolicy": "stagedkubernetesnetworkpolicy",
    "StagedNetworkPolicy": "stagednetworkpolicy",
    "Tier": "tier",
}
CLUSTER_SCOPED = frozenset({
    "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy", "GlobalNetworkPolicy",
    "GlobalNetworkSet", "HostEndpoint", "StagedGlobalNetworkPolicy", "Tier",
})  # fmt: skip
OWNED = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "owner", "uid": "0", "controller": True}]

_EXPECTATION = re.compile(r"(\S+) -> (\S+) (TCP|UDP|SCTP) (\d+): (allowed|denied|possible)")


class Expectation(Struct, frozen=True):
    """One connection and its verdict; a peer is `namespace/pod` or an address."""

    source: str
    destination: str
    protocol: str
    port: int
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination} {self.protocol} {self.port}: {self.verdict}"


class Case(Struct, frozen=True):
    """An entry of a table under one engine; `diagnostics` is empty where the table says nothing of them."""

    id: str
    title: str
    source: str
    engine: str
    documents: list[Raw]
    expectations: tuple[Expectation, ...]
    diagnostics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.id}: {self.title} [{self.engine}]"


def tables() -> list[str]:
    """The names of the tables."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def cases(table: str) -> Iterator[Case]:
    """The entries of a table, one for each engine that they hold under."""
    content = yaml.safe_load((FOLDER / f"{table}.yaml").read_text())
    known(content, "given", "cases")
    given = {_named(each): _full(each) for each in copy.deepcopy(content.get("given") or [])}
    for row in content["cases"]:
        known(row, "id", "title", "source", "engines", "objects", "without", "with", "then", "diagnostics")
        for engine in row.get("engines", ["generic"]):
            yield _case(given, row, engine)


def _case(given: dict[Ref, Raw], row: Raw, engine: str) -> Case:
    if engine not in ENGINES:
        raise ValueError(f"there is no engine {engine}")
    documents = changed(given, {**row, "add": row.get("objects")}, _named, _full)
    expectations = tuple(_expectation(each) for each in row["then"])
    diagnostics = tuple(row.get("diagnostics", ()))
    return Case(row["id"], row["title"], row["source"], engine, [*documents.values()], expectations, diagnostics)


def _named(short: Raw) -> Ref:
    kind = short["kind"]
    if kind not in NAMES or (kind == "NetworkPolicy" and not _calico(short)):
        return ref(short)
    if (kind in CLUSTER_SCOPED) == ("/" in short["name"]):
        raise ValueError(f"{kind} {short['name']} is in a namespace, or is in none")
    return Ref(f"{NAMES[kind]}/{short['name']}")


def _full(short: Raw) -> Raw:
    return expanded({"ownerReferences": OWNED, **short} if short["kind"] == "Pod" else short)


def _calico(short: Raw) -> bool:
    return "projectcalico.org" in short.get("apiVersion", "")


def _expectation(text: Any) -> Expectation:
    if not (match := _EXPECTATION.fullmatch(text)):
        raise ValueError(f"`{text}` does not read SOURCE -> DESTINATION PROTOCOL PORT: VERDICT")
    source, destination, protocol, port, verdict = match.groups()
    return Expectation(source, destination, protocol, int(port), verdict)  # type: ignore[arg-type]
