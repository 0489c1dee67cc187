"""The condition operators, and how each compares one value with one wanted."""

from __future__ import annotations

import ipaddress
import operator as compare
import re
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from kpath.semantics.iam.patterns import arn_matcher, literal, matcher
from kpath.semantics.iam.truth import Truth, truth

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Family(Enum):
    """What an operator takes its values for."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOL = "bool"
    BINARY = "binary"
    ADDRESS = "address"
    NULL = "null"


class Operator(Struct, frozen=True):
    """A condition operator taken apart: its base, whether it negates, and what stands around it."""

    base: str
    family: Family
    negated: bool = False
    quantifier: str = ""
    if_exists: bool = False

    @property
    def when_absent(self) -> bool:
        """What it says of a key that is not in the request."""
        if self.if_exists or self.quantifier == "all":
            return True
        return self.negated and not self.quantifier


_ORDER = {
    "lessthan": compare.lt, "lessthanequals": compare.le, "greaterthan": compare.gt, "greaterthanequals": compare.ge,
}  # fmt: skip

_BASES: dict[str, Operator] = {
    "stringequals": Operator("equals", Family.TEXT),
    "stringnotequals": Operator("equals", Family.TEXT, negated=True),
    "stringequalsignorecase": Operator("equalsignorecase", Family.TEXT),
    "stringnotequalsignorecase": Operator("equalsignorecase", Family.TEXT, negated=True),
    "stringlike": Operator("like", Family.TEXT),
    "stringnotlike": Operator("like", Family.TEXT, negated=True),
    "arnequals": Operator("arn", Family.TEXT),
    "arnlike": Operator("arn", Family.TEXT),
    "arnnotequals": Operator("arn", Family.TEXT, negated=True),
    "arnnotlike": Operator("arn", Family.TEXT, negated=True),
    "bool": Operator("bool", Family.BOOL),
    "binaryequals": Operator("binary", Family.BINARY),
    "ipaddress": Operator("address", Family.ADDRESS),
    "notipaddress": Operator("address", Family.ADDRESS, negated=True),
    "null": Operator("null", Family.NULL),
}
for _name, _family in (("numeric", Family.NUMBER), ("date", Family.DATE)):
    _BASES[_name + "equals"] = Operator("equals", _family)
    _BASES[_name + "notequals"] = Operator("equals", _family, negated=True)
    _BASES |= {_name + order: Operator(order, _family) for order in _ORDER}

_QUANTIFIERS = {"forallvalues": "all", "foranyvalue": "any"}


@lru_cache(maxsize=1024)
def operator(name: str) -> Operator | None:
    """The operator of that name, in any case; `None` for one that kpath does not know."""
    prefix, colon, base = name.lower().rpartition(":")
    if_exists = base.endswith("ifexists")
    found = _BASES.get(base.removesuffix("ifexists"))
    quantifier = _QUANTIFIERS.get(prefix, "") if colon else ""
    if found is None or (colon and not quantifier) or (found.family is Family.NULL and (if_exists or colon)):
        return None
    return Operator(found.base, found.family, found.negated, quantifier, if_exists)


_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
# ISO 8601 as W3C has it: a year, a month, a day, or a moment.
_MOMENT = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?)?)?"
)
# What four digits mean, AWS does not say: a year in the one form, seconds in the other. Epochs have more.
_YEAR = 4


def number(text: str) -> Decimal | None:
    """The number a text stands for."""
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> Decimal | None:
    """Seconds since the epoch, from such a count or from an ISO 8601 date; without a zone it is UTC."""
    text = text.strip()
    seconds = number(text)
    if seconds is not None and len(text) != _YEAR:
        return seconds
    found = _MOMENT.fullmatch(text)
    if found is None:
        return seconds
    fields = [int(each or default) for each, default in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)]
    try:
        at = datetime(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], tzinfo=timezone.utc)
    except ValueError:
        return None
    return Decimal(int((at - _EPOCH).total_seconds())) + Decimal(found[7] or 0) - _offset(found[8] or "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _offset(zone: str) -> int:
    """Seconds east of Greenwich."""
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """The addresses that a CIDR range holds; a single address is a range of one."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def matches(of: Operator, wanted: str, actual: str) -> Truth:
    """Whether a value is the wanted one, negation aside; `MAYBE` if the policy's own value cannot be read."""
    return _MATCHES[of.family](of.base, wanted, actual)


def _text(base: str, wanted: str, actual: str) -> Truth:
    if base == "equals":
        return truth(literal(wanted) == actual)
    if base == "equalsignorecase":
        return truth(literal(wanted).lower() == actual.lower())
    if base == "like":
        return truth(matcher(wanted)(actual))
    test = arn_matcher(wanted)
    return Truth.MAYBE if test is None else truth(test(actual))


def _ordered(parse: Callable[[str], Decimal | None]) -> Callable[[str, str, str], Truth]:
    def test(base: str, wanted: str, actual: str) -> Truth:
        limit, value = parse(wanted), parse(actual)
        if limit is None:
            return Truth.MAYBE
        return truth(value is not None and _ORDER.get(base, compare.eq)(value, limit))

    return test


def _bool(base: str, wanted: str, actual: str) -> Truth:
    return truth(wanted.lower() == actual.lower())


def _binary(base: str, wanted: str, actual: str) -> Truth:
    return truth(wanted == actual)


def _address(base: str, wanted: str, actual: str) -> Truth:
    held, value = network(wanted), network(actual)
    if held is None:
        return Truth.MAYBE
    if value is None or held.version != value.version:
        return Truth.NO
    first, last = int(held.network_address), int(held.broadcast_address)
    return truth(first <= int(value.network_address) and int(value.broadcast_address) <= last)


_MATCHES: dict[Family, Callable[[str, str, str], Truth]] = {
    Family.TEXT: _text,
    Family.NUMBER: _ordered(number),
    Family.DATE: _ordered(moment),
    Family.BOOL: _bool,
    Family.BINARY: _binary,
    Family.ADDRESS: _address,
}
