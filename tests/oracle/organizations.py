"""What an organisation's documents say of an account: policies from the root down, and what it is called there."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from oracle.conditions import UNKNOWN, Setting, document
from oracle.world import Json, World

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
BOUND = (
    "aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts",
)  # fmt: skip
Levels = list[list[Json]]


class Organization:
    """The one organisation of a snapshot, if anything speaks of one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.parents: dict[str, str] = {}
        self.arns: dict[str, str] = {}
        for each in world.answers:
            for key in ("Accounts", "OrganizationalUnits", "Children", "Roots"):
                for place in each.get(key) or ():
                    self.arns |= {place["Id"]: place["Arn"]} if place.get("Arn") else {}
                    self.parents |= {place["Id"]: each["ParentId"]} if "ParentId" in each else {}
            for place in each.get("Parents") or () if "ChildId" in each else ():
                self.parents[each["ChildId"]] = place["Id"]
        self.policies = [each for each in world.answers if isinstance(each.get("Policy"), dict)]
        told = next(world.said("Organization"), {})
        named = [*self.arns.values(), *(_arn(each) for each in self.policies)]
        own = [each.split(":") for each in named if "::aws:" not in each]
        self.management = told.get("MasterAccountId") or next((each[4] for each in own), "")
        self.id = told.get("Id") or next((each[5].split("/")[1] for each in own), "")
        self.is_for_bills = told.get("FeatureSet") == "CONSOLIDATED_BILLING"

    def chain(self, account: str) -> list[str]:
        """The account and what is above it, the root first."""
        found = [account]
        while found[0] in self.parents:
            found.insert(0, self.parents[found[0]])
        return found

    def has(self, account: str) -> bool:
        chain = self.chain(account)
        is_named = account == self.management or any(each in self.arns for each in chain)
        return bool(self.id) and (is_named or chain[0].startswith("r-"))

    def levels(self, account: str, kind: str) -> Levels:
        """The policies of each level, those that nobody knows among them."""
        if not self.has(account) or account == self.management or self.is_for_bills:
            return []
        chain, roots = self.chain(account), {each["Id"]: each for each in self.world.said_each("Roots")}
        if not chain[0].startswith("r-"):
            chain = [*sorted(roots)[:1], *chain]
        types = [each["Type"] for each in roots[chain[0]]["PolicyTypes"]] if chain[0] in roots else None
        if types is not None and kind not in types:
            return []
        mine = [each for each in self.policies if each["Policy"]["PolicySummary"]["Type"] == kind]
        open_ended = [UNKNOWN for each in mine if "Targets" not in each or "NextToken" in each]
        found = [[each for each in mine if place in _targets(each)] for place in chain]
        if types is None and not any(found):
            return []
        return [[*map(_text, level), *open_ended] if level else [UNKNOWN] for level in found]

    def keys(self, account: str, whose: str) -> Setting:
        """The condition keys that tell where an account is."""
        if not self.has(account):
            return {}
        chain = self.chain(account)
        path = "/".join((self.id, *chain[:-1], ""))
        paths: Setting = {f"aws:{whose}orgpaths": (path,)} if chain[0].startswith("r-") else {}
        return {f"aws:{whose}orgid": (self.id,), **paths}

    def owners(self, resource: str, asking: str) -> list[str]:
        """The accounts that may have a resource."""
        if resource == "*":
            return [asking]
        number = resource.split(":")[4] if resource.count(":") > 4 else ""
        keys = ("RoleDetailList", "UserDetailList", "GroupDetailList")
        return (
            [number]
            if number
            else sorted({each["Arn"].split(":")[4] for key in keys for each in self.world.said_each(key)})
        )

    def guards(self, resource: str, asking: str) -> list[Json]:
        """The policies that certainly bind a resource; where its owner is open, those that bind it either way."""
        found: list[list[Json]] = []
        for account in self.owners(resource, asking):
            found.append([])
            for one in (each for level in self.levels(account, RCP) for each in level):
                found[-1] += [one] if one not in found[-1] else []
        return found[0] if found and all(each == found[0] for each in found) else []

    def around(self, resource: str, asking: str) -> Setting:
        """What is known of a resource's owner."""
        owners = self.owners(resource, asking) if resource != "*" else []
        ids = {self.keys(each, "resource").get("aws:resourceorgid") for each in owners}
        if len(owners) == 1:
            return {"aws:resourceaccount": (owners[0],), **self.keys(owners[0], "resource")}
        only: Any = next(iter(ids)) if len(ids) == 1 else None
        return {"aws:resourceorgid": only} if only else {}


@lru_cache(maxsize=2)
def of(world: World) -> Organization:
    return Organization(world)


def _arn(policy: Json) -> str:
    return str(policy["Policy"]["PolicySummary"]["Arn"])


def _targets(policy: Json) -> list[str]:
    return [each["TargetId"] for each in policy.get("Targets") or ()]


def _text(policy: Json) -> Json:
    return document(policy["Policy"]["Content"])
