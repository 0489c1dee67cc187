"""What IAM answers to a request, by brute force: one world at a time, every key with a value or without.

Written from AWS's documents alone. A world is a mapping from keys in lower case to lists of values; a key that is
not in it is absent from the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from ipaddress import ip_network
from itertools import product
from typing import Any

Json = dict[str, Any]
World = dict[str, list[str]]

RCP_SERVICES = frozenset({
    "aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts",
})  # fmt: skip
VARIABLE = re.compile(r"\$\{([*?$])\}|\$\{ *([A-Za-z0-9:/_.-]+) *(?:, *'([^']*)' *)?\}")


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# Patterns.


def expression(pattern: str, world: World | None, *, wild: bool = True, dot: str = ".") -> str | None:
    """A regular expression for a pattern; `None` if a variable of it has no value. Without a world, no variables."""
    found, at = "", 0
    for match in VARIABLE.finditer(pattern) if world is not None else ():
        found += _plain(pattern[at : match.start()], wild, dot)
        at = match.end()
        if match[1]:
            found += re.escape(match[1])
            continue
        values = (world or {}).get(match[2].lower(), [])
        if len(values) > 1 or (not values and match[3] is None):
            return None
        found += re.escape(values[0] if values else match[3])
    return found + _plain(pattern[at:], wild, dot)


def _plain(piece: str, wild: bool, dot: str) -> str:
    if not wild:
        return re.escape(piece)
    return "".join({"*": f"{dot}*", "?": dot}.get(each) or re.escape(each) for each in piece)


def is_like(pattern: str, value: str, world: World | None, *, wild: bool = True, fold: bool = False) -> bool:
    found = expression(pattern, world, wild=wild)
    flags = re.DOTALL | (re.IGNORECASE if fold else 0)
    return found is not None and re.fullmatch(found, value, flags) is not None


def segments(pattern: str, most: int, *, variables: bool) -> list[str]:
    """A pattern at its colons; those within a variable are none."""
    found, depth = [""], 0
    for index, each in enumerate(pattern):
        depth += variables and pattern.startswith("${", index)
        if each == "}" and depth:
            depth -= 1
        if each == ":" and not depth and len(found) <= most:
            found.append("")
        else:
            found[-1] += each
    return found


def is_arn_like(pattern: str, value: str, world: World | None) -> bool:
    parts, own = segments(pattern, 5, variables=world is not None), value.split(":", 5)
    return len(own) == len(parts) and all(is_like(each, part, world) for each, part in zip(parts, own, strict=True))


def is_resource(pattern: str, value: str, world: World | None) -> bool:
    if set(pattern) == {"*"}:
        return True
    parts = segments(pattern, 5, variables=world is not None)
    own = value.split(":", len(parts) - 1)
    return len(own) == len(parts) and all(is_like(each, part, world) for each, part in zip(parts, own, strict=True))


# Conditions.


def number(value: str) -> Fraction | None:
    return Fraction(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else None


def seconds(value: str) -> Fraction | None:
    if number(value) is not None:
        return number(value)
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", value)
    if not match:
        return None
    at = datetime.strptime(f"{match[1]} {match[2] or '00:00'}{match[3] or ':00'}", "%Y-%m-%d %H:%M:%S")
    if match[4] and match[4] != "Z":
        shift = timedelta(hours=int(match[4][1:3]), minutes=int(match[4][4:6]))
        at += shift if match[4][0] == "-" else -shift
    return Fraction(int((at - datetime(1970, 1, 1)).total_seconds()))


def compared(base: str, wanted: str, actual: str, world: World | None) -> bool:
    """Whether one value meets one that is wanted, for the positive form of an operator."""
    if base.startswith("string"):
        return is_like(wanted, actual, world, wild=base == "stringlike", fold="ignorecase" in base)
    if base.startswith("arn"):
        return is_arn_like(wanted, actual, world)
    if base.startswith(("numeric", "date")):
        read = number if base.startswith("numeric") else seconds
        left, right = read(actual), read(wanted)
        if left is None or right is None:
            return False
        name = base.removeprefix("numeric").removeprefix("date")
        return {"equals": left == right, "lessthan": left < right, "lessthanequals": left <= right,
                "greaterthan": left > right, "greaterthanequals": left >= right}[name]  # fmt: skip
    if base == "ipaddress":
        address, block = ip_network(actual, strict=False), ip_network(wanted, strict=False)
        return address.version == block.version and address[0] in block and address[-1] in block
    if base == "bool":
        return wanted.lower() == actual.lower()
    return wanted == actual


def holds(operator: str, key: str, wanted: list[str], world: World, *, variables: bool) -> bool:
    name = operator.lower()
    values = world.get(key.lower(), [])
    if name == "null":
        return any((each.lower() == "true") == (not values) for each in wanted)
    quantifier, _, base = name.rpartition(":")
    if base.endswith("ifexists"):
        base = base.removesuffix("ifexists")
        if not values:
            return True
    negated = "not" in base
    base = base.replace("not", "")
    scope = world if variables else None

    def meets(value: str) -> bool:
        return any(compared(base, each, value, scope) for each in wanted) is not negated

    if quantifier == "forallvalues":
        return all(map(meets, values))
    if quantifier == "foranyvalue":
        return any(map(meets, values))
    if not values:
        return negated
    return all(map(meets, values)) if negated else any(map(meets, values))


# Statements.


class Asked:
    """A request in a world, with who asks."""

    def __init__(self, request: Json, world: World, *, bounded: bool) -> None:
        self.action, self.resource = request["action"].lower(), request["resource"]
        self.bounded, self.session = bounded, request.get("session", "")
        who = request["principal"]
        self.is_service = not who.startswith("arn:")
        if ":assumed-role/" in who:
            _, name, self.session = who.split(":", 5)[5].split("/")
            who = request["context"].get("aws:PrincipalArn") or who.split(":sts:")[0] + (
                f":iam::{who.split(':')[4]}:role/{name}"
            )
        self.who = who
        self.account = "" if self.is_service else who.split(":")[4]
        self.is_root, self.is_role = who.endswith(":root"), ":role/" in who
        self.is_linked = ":role/aws-service-role/" in who
        owner = request.get("owner") or (self.resource.split(":")[4] if self.resource.startswith("arn:") else "")
        self.owner = owner
        self.crosses = not self.is_service and owner not in ("", self.account)
        self.world = {**self._own_keys(), **world}

    def _own_keys(self) -> World:
        if self.is_service:
            return {"aws:principalisawsservice": ["true"], "aws:principalservicename": [self.who]}
        kind = "User" if ":user/" in self.who else "AssumedRole" if self.is_role else "Account"
        found = {"aws:principalarn": [self.who], "aws:principalaccount": [self.account], "aws:principaltype": [kind]}
        if kind == "User":
            found["aws:username"] = [self.who.rpartition("/")[2]]
        if self.owner:
            found["aws:resourceaccount"] = [self.owner]
        return found


def in_list(statement: Json, name: str, test: Any) -> bool:
    if name in statement:
        return any(map(test, listed(statement[name])))
    if "Not" + name in statement:
        return not any(map(test, listed(statement["Not" + name])))
    return True


def applies(statement: Json, document: Json, asked: Asked) -> bool:
    variables = document.get("Version") == "2012-10-17"
    scope = asked.world if variables else None
    if not in_list(statement, "Action", lambda each: is_like(each.lower(), asked.action, None)):
        return False
    if not in_list(statement, "Resource", lambda each: is_resource(each, asked.resource, scope)):
        return False
    return all(
        holds(operator, key, [text(each) for each in listed(values)], asked.world, variables=variables)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def manner(statement: Json, asked: Asked) -> int:
    """How a statement of a resource's policy names who asks: not (0), as its account (1), its role (2), itself (3)."""
    if "NotPrincipal" in statement:
        hit = max((_named(kind, name, asked) for kind, name in _names(statement["NotPrincipal"])), default=0)
        if statement["Effect"] == "Deny" and asked.bounded:
            return 3
        return 0 if hit else 3
    conditions = statement.get("Condition", {})
    by_arn = any(
        key.lower() == "aws:principalarn" and "not" not in operator.lower()
        for operator, keys in conditions.items()
        if operator.lower() != "null"
        for key in keys
    )
    most = 2 if asked.is_role and by_arn else 3
    return max(
        (min(_named(kind, name, asked), most if name == "*" else 3) for kind, name in _names(statement["Principal"])),
        default=0,
    )


def _names(principal: Any) -> Iterator[tuple[str, str]]:
    for kind, names in principal.items() if isinstance(principal, dict) else [("AWS", principal)]:
        for each in listed(names):
            yield kind, each


def _named(kind: str, name: str, asked: Asked) -> int:
    if asked.is_service:
        return 3 if kind == "Service" and name == asked.who else 0
    if kind != "AWS":
        return 0
    if name in ("*", asked.who):
        return 2 if name == asked.who and asked.is_role else 3
    parts = name.split(":")
    if name == asked.account or (len(parts) == 6 and parts[4:] == [asked.account, "root"]):
        return 3 if asked.is_root else 1
    short = asked.who.rpartition("/")[2]
    if asked.is_role and parts[4:] == [asked.account, f"assumed-role/{short}/{asked.session}"] and asked.session:
        return 3
    return 0


# The whole.


def documents(given: Any) -> list[Json]:
    return [] if given is None else listed(given)


def statements(given: Any, effect: str) -> Iterator[tuple[Json, Json]]:
    for document in documents(given):
        for statement in listed(document["Statement"]):
            if statement["Effect"] == effect:
                yield statement, document


def grants(given: Any, asked: Asked) -> bool:
    return any(applies(*each, asked) for each in statements(given, "Allow"))


def denies(given: Any, asked: Asked, *, names: bool = False) -> bool:
    found = (each for each in statements(given, "Deny") if applies(*each, asked))
    return any(not names or manner(each, asked) > 0 for each, _ in found)


def in_world(request: Json, policies: Json, world: World) -> bool:
    """Whether a request is allowed in one world."""
    asked = Asked(request, world, bounded=policies.get("boundary") is not None)
    service = asked.action.partition(":")[0]
    own = ("identity", "boundary", "session")
    if asked.is_root or asked.is_service:
        policies = {name: each for name, each in policies.items() if name not in own}
        asked.bounded = False
    levels = [] if asked.is_linked or asked.is_service else policies.get("scps", [])
    rcps = policies.get("rcps") if service in RCP_SERVICES and not asked.is_linked else None
    if any(denies(policies.get(name), asked) for name in own) or any(denies(level, asked) for level in levels):
        return False
    if denies(rcps, asked, names=True) or denies(policies.get("resource"), asked, names=True):
        return False
    if not all(grants(level, asked) for level in levels):
        return False
    fenced = all(grants(policies[name], asked) for name in ("boundary", "session") if policies.get(name))
    identity = (asked.is_root or grants(policies.get("identity"), asked)) and fenced
    found = [manner(each, asked) for each, document in statements(policies.get("resource"), "Allow")
             if applies(each, document, asked)]  # fmt: skip
    best = max(found, default=0)
    if asked.crosses:
        return identity and best > 0
    if best == 3 or (best == 2 and fenced):
        return True
    must_name = asked.action.startswith("sts:assumerole") or (service == "kms" and ":key/" in asked.resource)
    return identity and (best > 0 or not must_name)


def answer(request: Json, policies: Json, unknown: dict[str, list[list[str]]], chosen: set[str]) -> str:
    """Allowed, denied, or undecided where worlds differ; what the caller chooses, it chooses for the best."""
    known = {key.lower(): [text(each) for each in listed(value)] for key, value in request["context"].items()}
    open_, free = [key for key in unknown if key not in chosen], [key for key in unknown if key in chosen]
    outcomes = set()
    for picked in product(*(unknown[key] for key in open_)):
        outcomes.add(
            any(
                in_world(request, policies, {**known, **dict(zip((*open_, *free), (*picked, *choice), strict=True))})
                for choice in product(*(unknown[key] for key in free))
            )
        )
    return "undecided" if len(outcomes) > 1 else "allowed" if outcomes.pop() else "denied"
