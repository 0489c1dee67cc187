"""Which labels of pods a network policy asks about, whatever its engine."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from kpath.model import wire_net

# What may be a key in a selector that is written as text; what else it finds is no key of any label, or harmless.
_KEYS = re.compile(r"[A-Za-z0-9_./-]+")
# Cilium writes where a label comes from before it.
_ORIGINS = re.compile(r"(?:k8s|any)[:.]")


def mention(policy: wire_net.NetworkPolicy, keys: set[str], pairs: set[tuple[str, str]]) -> None:
    """Add the label keys that a policy asks about, and the labels that it names with their value."""
    for raw in (policy.spec, policy.specs):
        for name, value in _fields(msgspec.json.decode(raw)):
            if name == "matchLabels" and isinstance(value, dict):
                pairs.update((_bare(key), each) for key, each in value.items() if isinstance(each, str))
            elif name == "key" and isinstance(value, str):
                keys.add(_bare(value))
            elif name.endswith("elector") and isinstance(value, str):
                keys.update(_KEYS.findall(value))


def _bare(key: str) -> str:
    return _ORIGINS.sub("", key, count=1) if _ORIGINS.match(key) else key


def _fields(document: object) -> Iterator[tuple[str, object]]:
    """Every field of a document, at any depth; not by recursion, for what is read may be deep."""
    left = [document]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            yield from each.items()
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
