"""What the policies of every engine come down to: tiers of policies, policies of rules, one action a rule."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from kpath.refs import Ref
from kpath.semantics.netpol.homes import Home
from kpath.semantics.netpol.ports import EVERY, Ports
from kpath.semantics.netpol.terms import ALWAYS, Term

INGRESS, EGRESS = "Ingress", "Egress"
DIRECTIONS = (INGRESS, EGRESS)


class Action(Enum):
    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"


class Rule(Struct, frozen=True):
    """What a policy says of connections between its pods and some peer, on some ports of the destination.

    `at` points to it in its policy. With `own`, it is about some of the policy's pods only. `collective` is how
    Amazon's plugin reads the name of a port: as every number that a pod of the policy gives it.
    """

    action: Action
    peer: Term
    at: str
    ports: Ports = EVERY
    own: Term = ALWAYS
    collective: bool = False


class Policy(Struct, frozen=True):
    """A policy: whose connections it is about, and in which directions; `None` for one that it leaves alone."""

    ref: Ref
    subject: Term
    ingress: tuple[Rule, ...] | None = None
    egress: tuple[Rule, ...] | None = None
    # Policies of one rank are in no order.
    rank: float | None = None
    # The HostEndpoints that it is about, each for certain or perhaps.
    endpoints: tuple[tuple[Ref, bool], ...] = ()

    def rules(self, direction: str) -> tuple[Rule, ...] | None:
        return self.ingress if direction == INGRESS else self.egress


# The tier of Kubernetes' own policies.
PLAIN = "network policies"


class Tier(Struct, frozen=True):
    """Policies in their order. What none of those that apply decides is dealt with as `otherwise` says."""

    name: str
    policies: tuple[Policy, ...]
    otherwise: Action


class Fault(Struct, frozen=True, order=True):
    """A field of a policy that cannot be read as its engine's API says; what it was to say is not known."""

    of: Ref
    at: str
    what: str


class Reading(Struct, frozen=True):
    """The policies that an engine goes by, in tiers, and what of them could not be read."""

    tiers: tuple[Tier, ...]
    faults: tuple[Fault, ...] = ()
    # By name, the nodes that HostEndpoints hold.
    homes: Mapping[str, Home] = {}
