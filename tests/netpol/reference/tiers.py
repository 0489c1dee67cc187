"""Tiers of policies, walked in order: the first rule that matches decides.

What is unknown is read both ways, so the answer is each outcome that some reading leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, permutations, product
from typing import Any

from .unknowns import Truth

Rule = tuple[str, Truth]
FINAL = ("Allow", "Deny")


@dataclass(frozen=True)
class Policy:
    """One policy at one end of one connection: whether it applies there, and its rules as action and match."""

    order: tuple[Any, ...]
    applies: Truth
    rules: list[Rule]


@dataclass(frozen=True)
class Tier:
    """`otherwise` is for a pod that policies apply to and no rule decides."""

    policies: list[Policy]
    otherwise: str = "Pass"


def decided(tiers: list[Tier], at_last: set[str]) -> set[str]:
    """Allow, Deny, or both."""
    outcomes: set[str] = set()
    for tier in tiers:
        found = set[str]().union(*(_walked(order, tier) for order in _orders(tier.policies)))
        outcomes |= found - {"Pass"}
        if "Pass" not in found:
            return outcomes
    return outcomes | at_last


def _orders(policies: list[Policy]) -> Iterator[list[Policy]]:
    """Every order that the policies may be asked in: equal ones in any."""
    concerned = sorted((each for each in policies if each.applies is not False), key=lambda each: each.order)
    groups = [list(equal) for _, equal in groupby(concerned, key=lambda each: each.order)]
    for orders in product(*(_arrangements(equal) for equal in groups)):
        yield [policy for order in orders for policy in order]


def _arrangements(policies: list[Policy]) -> list[list[Policy]]:
    heard = [each for each in policies if any(match is not False for _, match in each.rules)]
    silent = [each for each in policies if each not in heard]
    actions = {action for each in heard for action, match in each.rules if match is not False}
    if len(actions) < 2:
        return [policies]
    return [[*order, *silent] for order in permutations(heard)]


def _walked(policies: list[Policy], tier: Tier) -> set[str]:
    outcomes: set[str] = set()
    # Of the readings in which nothing has decided yet: whether some policy has applied.
    undecided = {False}
    for policy in policies:
        found = _first(policy.rules)
        outcomes |= found - {""}
        undecided = (undecided if policy.applies is None else set()) | ({True} if "" in found else set())
        if not undecided:
            return outcomes
    return outcomes | ({tier.otherwise} if True in undecided else set()) | ({"Pass"} if False in undecided else set())


def _first(rules: list[Rule]) -> set[str]:
    """The actions of the rules that may come first; empty where none may."""
    found: set[str] = set()
    for action, match in rules:
        if match is False or action == "Log":
            continue
        if action not in (*FINAL, "Pass"):
            found |= {*FINAL, ""}
            continue
        found.add(action)
        if match is True:
            return found
    return found | {""}
