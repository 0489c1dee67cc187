"""S21: what IAM policies mean, in one world at a time.

Whatever nobody knows (an address, a session's name, what an operator means) has some value in every world.
A request counts as allowed where there is a world in which it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from oracle.conditions import UNKNOWN, Setting, arn_matches, conditions, glob, holds, listed, statements, worlds
from oracle.organizations import BOUND, SCP, of
from oracle.world import Json, World


@dataclass
class Ask:
    """A request, and the policies that have a say in it."""

    world: World
    who: str
    action: str
    resource: str
    identity: list[Json] = field(default_factory=list)
    boundary: Json | None = None
    own: Json | None = None
    kind: str = "AWS"
    known: Setting = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.who.split(":")[4]

    @property
    def documents(self) -> list[Json]:
        around = [*self.rcps, *(each for level in self.scps for each in level)]
        return [*self.identity, *around, *(each for each in (self.boundary, self.own) if each is not None)]

    @property
    def scps(self) -> list[list[Json]]:
        """The levels of the organisation, for whom they bind."""
        return scps_of(self.world, self.who) if self.kind == "AWS" else []

    @property
    def rcps(self) -> list[Json]:
        linked = any("/aws-service-role/" in each for each in (self.who, self.resource))
        is_bound = self.action.split(":")[0].lower() in BOUND and not linked
        return of(self.world).guards(self.resource, self.account if self.kind == "AWS" else "") if is_bound else []


# Statements.


def applies(statement: Json, ask: Ask, world: Setting, *, principals: bool) -> int:
    """Whether a statement speaks of a request: not at all (0), or as of an account (1), a role (2), just this (3)."""
    if not listed_in(statement, "Action", lambda pattern: glob(pattern.lower(), ask.action.lower())):
        return 0
    if "Resource" in statement or "NotResource" in statement:

        def is_meant(pattern: str) -> bool:
            filled = _filled(pattern, world)
            return filled is not None and arn_matches(filled, ask.resource)

        if not listed_in(statement, "Resource", is_meant):
            return 0
    if not all(holds(*condition, world) for condition in conditions(statement)):
        return 0
    return _naming(statement, ask, world) if principals else 3


def listed_in(statement: Json, name: str, test: Callable[[str], bool]) -> bool:
    if name in statement:
        return any(map(test, listed(statement[name])))
    return not any(map(test, listed(statement["Not" + name])))


def _filled(pattern: str, world: Setting) -> str | None:
    """A pattern with the name of the user in place of the variable, if there is one."""
    name = world.get("aws:username", ())
    if "${aws:username}" in pattern and not name:
        return None
    return pattern.replace("${aws:username}", name[0] if name else "")


def _naming(statement: Json, ask: Ask, world: Setting) -> int:
    principal = statement["Principal"]
    if principal == "*" or "*" in listed(principal.get("AWS", [])):
        return 3
    best = 0
    for name in listed(principal.get(ask.kind, [])):
        if name == ask.who:
            best = max(best, 2 if ":role/" in name else 3)
        elif ask.kind == "AWS" and name in (ask.account, f"arn:aws:iam::{ask.account}:root"):
            best = max(best, 1)
        elif ask.kind == "AWS" and ":role/" in ask.who and ":assumed-role/" in name:
            _, role, session = name.split(":", 5)[5].split("/")
            is_mine = name.split(":")[4] == ask.account and role == ask.who.rpartition("/")[2]
            best = max(best, 3 if is_mine and world["session"] == (session,) else 0)
    return best


# Decisions.


def scps_of(world: World, who: str) -> list[list[Json]]:
    return [] if "/aws-service-role/" in who else of(world).levels(who.split(":")[4], SCP)


def standard(world: World | None, who: str, resource: str) -> Setting:
    """The condition keys that follow from who asks for what."""
    is_user = ":user/" in who
    known: Setting = {
        "aws:principalarn": (who,),
        "aws:principalaccount": (who.split(":")[4],),
        "aws:principaltype": ("User" if is_user else "AssumedRole",),
        "aws:username": (who.rpartition("/")[2],) if is_user else (),
        "aws:sourcearn": (), "aws:sourceaccount": (),
    }  # fmt: skip
    region = resource.split(":")[3] if resource.count(":") > 4 else ""
    if region:
        known["aws:requestedregion"] = (region,)
    if world is None:
        return known
    account = who.split(":")[4]
    return {
        **known,
        **of(world).keys(account, "principal"),
        **(of(world).around(resource, account) if resource else {}),
    }


def allowed(ask: Ask) -> bool:
    """Whether there is a world in which a request is allowed."""
    if ask.kind == "AWS":
        known = {**standard(ask.world, ask.who, ask.resource), **ask.known}
    else:
        known = {**of(ask.world).around(ask.resource, ""), **ask.known}
    if ask.action.startswith("ec2:") and "aws:requestedregion" in known:
        known["ec2:region"] = known["aws:requestedregion"]
    return any(_allowed_in(ask, world) for world in worlds(ask.documents, known))


def _allowed_in(ask: Ask, world: Setting) -> bool:
    def best(policies: list[Json], effect: str, *, principals: bool = False) -> int:
        found = [3 for policy in policies if policy is UNKNOWN and effect == "Allow"]
        for policy in policies:
            for statement in statements(policy):
                if statement["Effect"] == effect:
                    found.append(applies(statement, ask, world, principals=principals))
        return max(found, default=0)

    if any(best(level, "Deny") or not best(level, "Allow") for level in ask.scps) or best(ask.rcps, "Deny"):
        return False
    fence = [ask.boundary] if ask.boundary is not None else []
    own = [ask.own] if ask.own is not None else []
    if best(ask.identity + fence, "Deny") or best(own, "Deny", principals=True):
        return False
    mine, fenced = best(ask.identity, "Allow"), best(fence, "Allow") if fence else 3
    theirs = best(own, "Allow", principals=True)
    if ask.kind != "AWS":
        return theirs > 0
    home = ask.resource.split(":")[4] if ask.resource != "*" else ""
    if home and home != ask.account:
        return bool(mine and fenced and theirs)
    # In one account the resource's policy may suffice; a boundary that is silent limits what it gives to a role.
    if theirs == 3 or (theirs == 2 and fenced):
        return True
    needs_both = ask.action.lower().startswith(("sts:assumerole", "kms:"))
    return bool(mine and fenced and (theirs or not needs_both))
