"""Conditions of IAM policies, and the worlds that they can tell apart."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any
from urllib.parse import unquote

from oracle.world import Json

# A policy in force whose text nobody has.
UNKNOWN: Json = {"unknown": True}
Values = tuple[str, ...]
Setting = dict[str, Values]


def document(raw: Any) -> Json:
    """A policy as a dictionary, from however it was written."""
    if isinstance(raw, str):
        raw = json.loads(raw if raw.lstrip().startswith("{") else unquote(raw))
    return raw


def statements(policy: Json) -> list[Json]:
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def glob(pattern: str, text: str) -> bool:
    """`*` and `?`, and nothing else, are wildcards."""
    return (
        re.fullmatch("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), text, re.S)
        is not None
    )


def arn_matches(pattern: str, arn: str) -> bool:
    """Part by part; the last takes what remains."""
    if ":" not in pattern:
        return glob(pattern, arn)
    parts = pattern.split(":", 5)
    others = arn.split(":", len(parts) - 1)
    return len(parts) == len(others) and all(map(glob, parts, others))


def worlds(documents: list[Json], known: Setting) -> Iterator[Setting]:
    """Every value that matters, of every key that is open."""
    wanted: dict[str, list[Values]] = {}
    for policy in documents:
        for statement in statements(policy):
            for operator, key, values in conditions(statement):
                if not _is_known(operator):
                    wanted[f"{operator} {key} {values}".lower()] = [("true",), ("false",)]
                elif key.lower() not in known:
                    wanted.setdefault(key.lower(), [()]).extend(_samples(operator, values))
            for session in sessions(statement):
                wanted.setdefault("session", [("some-other",)]).append((session,))
    keys = sorted(wanted)
    for chosen in product(*(dict.fromkeys(wanted[key]) for key in keys)):
        yield {**known, **dict(zip(keys, chosen, strict=True))}


def _samples(operator: str, values: list[str]) -> list[Values]:
    """Values that a condition tells apart."""
    if "ipaddress" in operator.lower():
        singles = [str(ipaddress.ip_network(value, strict=False)[0]) for value in values] + ["198.51.100.77"]
    else:
        singles = [each.replace("*", "") for each in values] + [each.replace("*", "x") for each in values] + ["⚪"]
    if operator.lower().startswith(("forall", "forany")):
        several = list(dict.fromkeys(singles))
        return [chosen for size in (1, 2) for chosen in combinations(several, size)]
    return [(each,) for each in singles]


def conditions(statement: Json) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            yield operator, key, [each if isinstance(each, str) else json.dumps(each) for each in listed(values)]


COMPARED: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, value: wanted == value,
    "stringlike": glob,
    "arnlike": arn_matches,
    "arnequals": arn_matches,
    "bool": lambda wanted, value: wanted.lower() == value.lower(),
    "ipaddress": lambda wanted, value: ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False),
}
NEGATED = {"stringnotequals": "stringequals", "stringnotlike": "stringlike", "notipaddress": "ipaddress"}


def _parts(operator: str) -> tuple[str, str, bool, bool]:
    """Quantifier, comparison, whether it is negated, and whether absence will do."""
    quantifier, _, name = operator.lower().rpartition(":")
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    return quantifier, NEGATED.get(name, name), name in NEGATED, optional


def _is_known(operator: str) -> bool:
    return _parts(operator)[1] in (*COMPARED, "null")


def holds(operator: str, key: str, values: list[str], world: Setting) -> bool:
    """Whether one condition holds in a world."""
    if not _is_known(operator):
        return world[f"{operator} {key} {values}".lower()] == ("true",)
    quantifier, name, negated, optional = _parts(operator)
    held = world[key.lower()]
    if name == "null":
        return any((value == "true") == (not held) for value in values)
    if not held:
        return optional or quantifier == "forallvalues" or (negated and not quantifier)
    found = [any(COMPARED[name](wanted, value) for wanted in values) is not negated for value in held]
    return any(found) if quantifier == "foranyvalue" else all(found)


def sessions(statement: Json) -> Iterator[str]:
    principal = statement.get("Principal")
    for name in listed(principal.get("AWS", [])) if isinstance(principal, dict) else ():
        if ":assumed-role/" in name:
            yield name.rpartition("/")[2]
