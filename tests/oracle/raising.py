"""Raising privileges in AWS, way by way and target by target; the ways are read from the table as it is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from oracle.aws import _is_administrator, _spans, principals
from oracle.conditions import UNKNOWN, Setting, conditions, document, holds, listed, statements, worlds
from oracle.containers import Pairs
from oracle.policies import Ask, allowed, scps_of
from oracle.running import Thing, shown_whole, things
from oracle.world import Json, World

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).parents[2] / "kpath" / "semantics" / "iam" / "escalation" / "paths.toml"
WRITTEN: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
PATHS: list[dict[str, Any]] = WRITTEN["path"]
KINDS: dict[str, dict[str, str]] = WRITTEN["kinds"]
ALL: Json = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ANYBODY: Json = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}
RAISES = {"AttachRolePolicy", "AttachUserPolicy", "PutRolePolicy", "PutUserPolicy", "CreatePolicyVersion"}


class Account:
    """What was said of IAM, and one principal in it."""

    def __init__(self, world: World, who: str, policies: list[Json], boundary: Json | None) -> None:
        self.world, self.who, self.policies, self.boundary = world, who, policies, boundary
        self.number = who.split(":")[4]
        self.roles = {each["Arn"]: each for each in world.said_each("RoleDetailList")}
        self.users = {each["Arn"]: each for each in world.said_each("UserDetailList")}
        self.groups = {each["Arn"]: each for each in world.said_each("GroupDetailList")}
        self.managed = {each["Arn"]: each for each in world.said_each("Policies") if "Arn" in each}
        self.holder = self.roles.get(who) or self.users[who]

    def may(self, action: str, resource: str, **known: tuple[str, ...]) -> bool:
        if action.startswith("iam:") and action != "iam:PassRole" and is_fixed(resource):
            return False
        setting: Setting = {f"iam:{key}": value for key, value in known.items()}
        return allowed(Ask(self.world, self.who, action, resource, self.policies, self.boundary, known=setting))

    def is_everything(self, more: Iterable[Json] = (), *, without: str = "") -> bool:
        policies = [*(self._without(without) if without else self.policies), *more]
        return _is_administrator(self.world, self.who, policies, self.boundary)

    def _without(self, arn: str) -> list[Json]:
        """The policies but for an attached one: it has another version."""
        default = default_version(self.managed[arn])
        return [each for each in self.policies if each is not default and each != default]

    def writes(self, action: str, of: str, boundary: str = "") -> bool:
        """Whether it may write everything to something."""
        fence = {"permissionsboundary": (boundary,) if boundary else ()} if "Group" not in action else {}
        if action == "iam:CreatePolicyVersion":
            return self.may(action, of)
        if ":Attach" not in action:
            return self.may(action, of, **fence)
        return any(self.may(action, of, **fence, policyarn=(arn,)) for arn in self.administrative())

    def administrative(self) -> Iterator[str]:
        """Policies that give everything, or every way to write policies."""
        yield from ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/IAMFullAccess")
        for arn, policy in self.managed.items():
            found = default_version(policy)
            if arn.split(":")[4] == self.number and (_is_all([found]) or _writes_all(found)):
                yield arn

    def helps(self, action: str, of: str, boundary: str = "") -> bool:
        """Whether it may attach a policy of the account to something that it is, and then writes one itself."""
        fence = {"permissionsboundary": (boundary,) if boundary else ()} if "Group" not in action else {}
        for arn, policy in self.managed.items():
            if arn.split(":")[4] == self.number and self.may(action, of, **fence, policyarn=(arn,)):
                then = Account(self.world, self.who, [*self.policies, default_version(policy)], self.boundary)
                if any(_raises_itself(then, f"iam:Put{kind}Policy") for kind in ("Role", "User", "Group")):
                    return True
        return False

    def my_groups(self) -> Iterator[str]:
        for arn, group in self.groups.items():
            if group["GroupName"] in (self.holder.get("GroupList") or ()) and arn.split(":")[4] == self.number:
                yield arn

    def mine(self) -> set[str]:
        """The managed policies it has."""
        every = [self.holder, *(self.groups[arn] for arn in self.my_groups())]
        return {each["PolicyArn"] for one in every for each in one.get("AttachedManagedPolicies") or ()}

    def picks(self, needs: list[tuple[str, str]]) -> bool:
        """Whether there are names of one's choice under which everything is allowed."""
        kinds = sorted({kind for _, kind in needs})
        return all(
            any(all(self.may(action, name) for action, of in needs if of == kind) for name in self._names(kind))
            for kind in kinds
        )

    def _caps(self) -> Iterator[Json]:
        for level in scps_of(self.world, self.who):
            yield from level

    def _names(self, kind: str) -> Iterator[str]:
        if not kind:
            yield "*"
            return
        service, region, owner, rest = kind.split(":", 3)
        regions, names = {"us-east-1"}, {rest}
        for policy in [*self.policies, *([self.boundary] if self.boundary else []), *self._caps()]:
            for statement in statements(policy):
                for _, key, values in conditions(statement):
                    regions |= {"eu-west-1", "us-west-2", *values} if key.lower() == "aws:requestedregion" else set()
                for pattern in listed(statement.get("Resource", statement.get("NotResource", []))):
                    parts = pattern.split(":", 5)
                    if len(parts) == 6 and parts[2] == service:
                        regions.add(parts[3])
                        names |= {parts[5]} if parts[5].startswith(rest.partition("*")[0]) else set()
        for where in regions if region else [""]:
            for name in names:
                yield f"arn:aws:{service}:{where}:{owner and self.number}:{name}".replace("*", "q")


def is_fixed(arn: str) -> bool:
    """Whether AWS alone changes it."""
    return ":iam::aws:" in arn or "/aws-service-role/" in arn or "/aws-reserved/" in arn


def default_version(policy: Json) -> Json:
    found = [each for each in policy.get("PolicyVersionList") or () if each["IsDefaultVersion"]]
    return document(found[0]["Document"]) if found else UNKNOWN


def _writes_all(policy: Json) -> bool:
    """Whether some world has a statement of it allow every way to write policies."""
    return policy is UNKNOWN or any(
        each["Effect"] == "Allow" and _spans(each, whole=False) and all(holds(*one, world) for one in conditions(each))
        for world in worlds([policy], {})
        for each in statements(policy)
    )


def _is_all(policies: list[Json]) -> bool:
    return _is_administrator(None, "arn:aws:iam::0:role/nobody", policies, None)


def steps(world: World) -> Pairs:
    """Step, source and target."""
    for who, policies, boundary in principals(world):
        me = Account(world, who, policies, boundary)
        for path in PATHS:
            needs = [(action, kind) for action, _, kind in (each.partition(" ") for each in path["needs"])]
            for target in _RULES[path["rule"]](me, path, needs):
                yield path["rule"], who, target


Needs = list[tuple[str, str]]


def _self(me: Account, path: Json, needs: Needs) -> Iterator[str]:
    if _raises_itself(me, needs[0][0]):
        yield f"aws-admin/{me.number}"


def _raises_itself(me: Account, action: str) -> bool:
    is_role, helped = ":role/" in me.who, False
    boundary = (me.holder.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")
    if action.endswith("PermissionsBoundary"):
        if me.boundary is None or ("Role" in action) is not is_role:
            return False
        put = "arn:aws:iam::aws:policy/AdministratorAccess" if ":Put" in action else boundary
        if not me.may(action, me.who, permissionsboundary=(put,)):
            return False
        free = Account(me.world, me.who, me.policies, None)
        others = {each["needs"][0].split()[0] for each in PATHS if each["rule"] == "IAM_SELF_ESCALATE"}
        return free.is_everything() or any(
            _raises_itself(free, each) for each in others if not each.endswith("PermissionsBoundary")
        )
    if action == "iam:SetDefaultPolicyVersion":
        return any(
            me.may(action, arn) and me.is_everything([document(version["Document"])], without=arn)
            for arn in me.mine() & me.managed.keys()
            for version in me.managed[arn].get("PolicyVersionList") or ()
            if not version["IsDefaultVersion"] and _is_all([document(version["Document"])])
        )
    if action == "iam:AddUserToGroup":
        return not is_role and any(
            me.may(action, arn) and _is_all(_policies(me, group)) and me.is_everything(_policies(me, group))
            for arn, group in me.groups.items()
            if arn.split(":")[4] == me.number
        )
    if action == "iam:CreatePolicyVersion":
        may = any(me.writes(action, arn) for arn in me.mine())
    elif "Group" in action:
        may = any(me.writes(action, arn) for arn in me.my_groups())
        helped = ":Attach" in action and any(me.helps(action, arn) for arn in me.my_groups())
    else:
        may = ("Role" in action) is is_role and me.writes(action, me.who, boundary)
        helped = ":Attach" in action and ("Role" in action) is is_role and me.helps(action, me.who, boundary)
    return (may and me.is_everything([ALL])) or helped


def _policies(me: Account, group: Json) -> list[Json]:
    found = [document(each["PolicyDocument"]) for each in group.get("GroupPolicyList") or ()]
    for each in group.get("AttachedManagedPolicies") or ():
        arn = each["PolicyArn"]
        if arn in me.managed:
            found.append(default_version(me.managed[arn]))
        else:
            found.append(ALL if arn.endswith("::aws:policy/AdministratorAccess") else UNKNOWN)
    return found


def _access(me: Account, path: Json, needs: Needs) -> Iterator[str]:
    is_user = any(kind.endswith(":user/*") for _, kind in needs)
    capped = dict[str, bool]()
    for who, policies, boundary in principals(me.world):
        capped[who] = not _is_administrator(me.world, who, [*policies, ALL], boundary)
    for target, holder in (me.users if is_user else me.roles).items():
        if target == me.who or target.split(":")[4] != me.number:
            continue
        if all(_does(me, action, target, holder) for action, _ in needs):
            yield target
            if not capped[target] and any(action.removeprefix("iam:") in RAISES for action, _ in needs):
                yield f"aws-admin/{me.number}"


def _does(me: Account, action: str, target: str, holder: Json) -> bool:
    boundary = (holder.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")
    trust = document(holder.get("AssumeRolePolicyDocument") or {})
    if action == "sts:AssumeRole":
        return allowed(Ask(me.world, me.who, action, target, me.policies, me.boundary, trust))
    if action == "iam:UpdateAssumeRolePolicy":
        taken = Ask(me.world, me.who, "sts:AssumeRole", target, me.policies, me.boundary, ANYBODY)
        return me.may(action, target) and allowed(taken)
    if action == "iam:CreatePolicyVersion":
        return any(me.may(action, each["PolicyArn"]) for each in holder.get("AttachedManagedPolicies") or ())
    if "OpenIDConnectProvider" in action:
        return any(
            me.may(action, arn) and _takes_tokens(me.world, arn, target, trust)
            for arn in _trusted(trust)
            if arn.split(":")[4] == me.number and _is_open(me.world, arn, makes="Create" in action)
        )
    if action.removeprefix("iam:") in RAISES:
        return me.writes(action, target, boundary)
    return me.may(action, target)


def _is_open(world: World, arn: str, *, makes: bool) -> bool:
    """Whether a provider may be there, or may not be there, as one needs it; nobody has the hosts of EKS."""
    if "oidc-provider/oidc.eks." in arn:
        return False
    known = {each["Arn"] for each in world.said_each("OpenIDConnectProviderList")}
    was_asked = any(True for _ in world.said("OpenIDConnectProviderList"))
    return arn not in known if makes else arn in known or not was_asked


def _trusted(trust: Json) -> set[str]:
    found = set()
    for statement in statements(trust):
        principal = statement.get("Principal")
        found |= set(listed(principal.get("Federated", []))) if isinstance(principal, dict) else set()
    return {arn for arn in found if ":oidc-provider/" in arn}


def _takes_tokens(world: World, arn: str, role: str, trust: Json) -> bool:
    issuer = arn.partition("/")[2]
    asked = {key.lower() for each in statements(trust) for _, key, _ in conditions(each)}
    absent: Setting = {key: () for key in asked if key.endswith((":sub", ":aud")) and not key.startswith(issuer)}
    return allowed(Ask(world, arn, "sts:AssumeRoleWithWebIdentity", role, own=trust, kind="Federated", known=absent))


def _passes(me: Account, path: Json, needs: Needs) -> Iterator[str]:
    if me.picks([each for each in needs if each[0] != "iam:PassRole"]):
        is_own_profile = any(action == "iam:AddRoleToInstanceProfile" for action, _ in needs)
        for target in _served(me, path["service"], is_own_profile=is_own_profile):
            if me.may("iam:PassRole", target, passedtoservice=(path["service"],)):
                yield target


def _changes(me: Account, path: Json, needs: Needs) -> Iterator[str]:
    kind = KINDS[path["runs"]]
    around = kind.get("within", "")
    here = [(action, of == around) for action, of in needs if of in (kind["arn"], around)]
    if me.picks([each for each in needs if each[1] not in (kind["arn"], around)]):
        for each in (*_instances(me.world), *things(me.world)):
            is_fit = each.kind == path["runs"] and ("also" not in path or path["also"] in each.fields)
            if is_fit and all(_does_to(me, action, each, is_around=is_around) for action, is_around in here):
                yield each.role
    if not shown_whole(me.world, path["runs"]) and me.picks(needs):
        yield from _served(me, path["service"])


def _does_to(me: Account, action: str, thing: Thing, *, is_around: bool) -> bool:
    """Whether it may do something to a thing with its tags, or to what the thing is in."""
    if is_around:
        return me.may(action, thing.within)
    keys: Setting = {}
    for policy in [*me.policies, *([me.boundary] if me.boundary else [])] if thing.tags is not None else ():
        for statement in statements(policy):
            for _, key, _ in conditions(statement):
                if "resourcetag/" in key.lower():
                    tag = (thing.tags or {}).get(key.partition("/")[2])
                    keys[key.lower()] = () if tag is None else (tag,)
    return allowed(Ask(me.world, me.who, action, thing.arn, me.policies, me.boundary, known=keys))


def _served(me: Account, service: str, *, is_own_profile: bool = False) -> Iterator[str]:
    """The roles of the account that a service may have."""
    held = {profile["Roles"][0]["Arn"] for profile in _profiles(me.world).values() if profile.get("Roles")}
    for arn, role in me.roles.items():
        if arn.split(":")[4] != me.number or "/aws-service-role/" in arn or "/aws-reserved/" in arn:
            continue
        lacks = arn not in held and role.get("InstanceProfileList") is not None
        if service == "ec2.amazonaws.com" and lacks and not is_own_profile:
            continue
        known: Setting = {
            "aws:sourceaccount": (me.number,), "aws:resourceaccount": (me.number,),
            "aws:principalisawsservice": ("true",), "aws:principalservicename": (service,),
        }  # fmt: skip
        # A service in a region is the service.
        text = json.dumps(document(role["AssumeRolePolicyDocument"]))
        trust = json.loads(text.replace(".eu-west-1.amazonaws.com", ".amazonaws.com"))
        if allowed(Ask(me.world, service, "sts:AssumeRole", arn, own=trust, kind="Service", known=known)):
            yield arn


def _profiles(world: World) -> dict[str, Json]:
    found = {each["Arn"]: each for each in world.said_each("InstanceProfiles")}
    for role in world.said_each("RoleDetailList"):
        found |= {each["Arn"]: each for each in role.get("InstanceProfileList") or ()}
    return found


def _instances(world: World) -> Iterator[Thing]:
    profiles = _profiles(world)
    for reservation in world.said_each("Reservations"):
        for each in reservation["Instances"]:
            arn = (each.get("IamInstanceProfile") or {}).get("Arn")
            if arn in profiles and (each.get("State") or {}).get("Name") not in ("terminated", "shutting-down"):
                region = each["Placement"]["AvailabilityZone"][:-1]
                name = f"arn:aws:ec2:{region}:{reservation['OwnerId']}:instance/{each['InstanceId']}"
                tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags") or ()}
                for role in profiles[arn]["Roles"][:1]:
                    yield Thing("ec2_instances", name, role["Arn"], tags=tags)


def _none(me: Account, path: Json, needs: Needs) -> Iterator[str]:
    yield from ()


_RULES = {
    "IAM_SELF_ESCALATE": _self,
    "IAM_PRINCIPAL_ACCESS": _access,
    "IAM_PASSROLE": _passes,
    "IAM_ROLE_OF_RESOURCE": _changes,
    # The oracle of sections 11 and 13 has it.
    "STS_ASSUME_ROLE": _none,
}
