"""Calico's tiers: where each stands, and what becomes of what its policies leave undecided.

Source: Calico's reference, Tier.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from kpath.model.wire_net import NetworkPolicy
from kpath.refs import Ref
from kpath.semantics.netpol.policy import Action, Fault
from kpath.semantics.netpol.reader import Reader

DEFAULT = "default"


class TierOrder(Struct, frozen=True):
    order: float
    otherwise: Action


# A tier that no object describes may be anywhere.
UNKNOWN = TierOrder(-math.inf, Action.DENY)


def tiers(found: Mapping[Ref, NetworkPolicy], faults: list[Fault]) -> dict[str, TierOrder]:
    """The tiers by name, with the three that Calico makes itself."""
    known = {
        "kube-admin": TierOrder(1_000, Action.PASS),
        DEFAULT: TierOrder(1_000_000, Action.DENY),
        "kube-baseline": TierOrder(10_000_000, Action.PASS),
    }
    for ref, data in found.items():
        reader = Reader(ref, faults)
        before = reader.count
        spec = reader.document(data.spec, "order defaultAction")
        told = spec.get("defaultAction", "Deny")
        if told not in ("Deny", "Pass"):
            reader.fault("/spec/defaultAction", "is none of Deny, Pass")
        otherwise = Action.PASS if told == "Pass" or (ref.name in known and ref.name != DEFAULT) else Action.DENY
        usual = known[ref.name].order if ref.name in known else math.inf
        order = reader.order(spec.get("order"), "/spec/order", default=usual)
        # One that could not be read is as good as none.
        if reader.count == before:
            known[ref.name] = TierOrder(order, otherwise)
    return known
