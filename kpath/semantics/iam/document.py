"""A policy document as IAM reads it: statements, each with the facts it consists of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import unquote

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence, Fact, pointer
from kpath.refs import Ref
from kpath.semantics.iam.operators import Operator, operator

VARIABLES_SINCE = "2012-10-17"
FIRST_VERSION = "2008-10-17"
VERSIONS = (FIRST_VERSION, VARIABLES_SINCE)


class Clause(Struct, frozen=True, cache_hash=True):
    """One condition: an operator, a key, and the values it is compared with."""

    fact: Fact
    written: str
    key: str
    values: tuple[str, ...]
    operator: Operator | None
    variables: bool


class Principals(Struct, frozen=True):
    """Whom a statement names, by type; `negated` for everyone else."""

    names: tuple[tuple[str, str], ...]
    negated: bool = False

    @property
    def listed(self) -> frozenset[str]:
        """The names, whatever their type."""
        return frozenset(name for _, name in self.names)


class Patterns(Struct, frozen=True):
    """Actions or resources a statement names; `negated` for all others."""

    values: tuple[str, ...]
    negated: bool = False


class Statement(Struct, frozen=True, cache_hash=True):
    """One statement. `effect` is empty where it cannot be told, `problem` says what could not be read."""

    of: Ref
    at: str
    effect: str
    facts: Evidence
    principals: Principals | None = None
    actions: Patterns | None = None
    resources: Patterns | None = None
    clauses: tuple[Clause, ...] = ()
    variables: bool = False
    problem: str = ""
    missing: str | None = None
    policy: str = ""

    @property
    def name(self) -> str:
        """How an assumption refers to it."""
        return f"{self.at.lstrip('/')} of {self.of}" if self.at else str(self.of)


class Policy(Struct, frozen=True, cache_hash=True):
    """A policy document. What cannot be read is a statement with a problem, never a statement less."""

    of: Ref
    at: str
    statements: tuple[Statement, ...]

    @property
    def problems(self) -> tuple[Assumption, ...]:
        """What could not be read, or is not in the snapshot."""
        unread = tuple(doubt(statement) for statement in self.statements if statement.problem)
        odd = ((each, clause) for each in self.statements for clause in each.clauses if clause.operator is None)
        return unread + tuple(
            Assumption(f"{each.name} has the unknown condition operator `{clause.written}`", Confidence.LOW)
            for each, clause in odd
        )


def doubt(statement: Statement) -> Assumption:
    """What to check where a statement could not be read."""
    name = statement.name
    if statement.policy:
        name = f"statement {statement.at.rpartition('/')[2]} of policy {statement.policy} of {statement.of}"
    sentence = f"{name} {statement.problem}"
    return Assumption(sentence, Confidence.LOW if statement.missing is None else Confidence.MEDIUM, statement.missing)


def unknown(of: Ref, at: str = "", *, missing: str | None = None, problem: str = "is not in the snapshot") -> Policy:
    """A policy that is in force but whose text we do not have: it may allow or deny anything."""
    return Policy(of, at, (Statement(of, at, "", (), problem=problem, missing=missing),))


def policy(of: Ref, at: str, raw: object, called: str = "") -> Policy:
    """Compile a document, given as an object, as JSON, or as URL-encoded JSON.

    `of` is the object that carries it, `at` the pointer to it therein, `called` its name where it has one. A document
    that cannot be read becomes one that may allow or deny anything, and says so in its `problems`.
    """
    try:
        return _policy(of, at, _decoded(raw), called)
    except RecursionError:
        return unknown(of, at, problem="is nested too deep")


def _policy(of: Ref, at: str, document: object, called: str) -> Policy:
    if not isinstance(document, Mapping) or "Statement" not in document:
        return unknown(of, at, problem="is no policy document")
    version = document.get("Version", FIRST_VERSION)
    # YAML reads an unquoted version as a date.
    version = version.isoformat() if isinstance(version, date) else version
    problems = [] if version in VERSIONS else ["has an unknown Version"]
    problems += [f"has the unknown element `{name}`" for name in document if name not in _ELEMENTS]
    found = document["Statement"]
    if isinstance(found, list | tuple):
        places = [(f"{at}/Statement/{index}", item) for index, item in enumerate(found)]
    else:
        places = [(f"{at}/Statement", found)]
    read = tuple(statement(of, place, item, variables=version == VARIABLES_SINCE) for place, item in places)
    if problems:
        read = (*read, Statement(of, at, "", (), problem=" and ".join(problems)))
    return Policy(of, at, tuple(replace(each, policy=called) for each in read) if called else read)


_ELEMENTS = ("Version", "Id", "Statement")


def _decoded(raw: object) -> object:
    if not isinstance(raw, str | bytes):
        return raw
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    for candidate in (text.removeprefix("\ufeff"), unquote(text)):
        try:
            found: object = msgspec.json.decode(candidate)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        # Some answers hold the document as text, and that as text of JSON.
        return _decoded(found) if isinstance(found, str) and len(found) < len(candidate) else found
    return None


def statement(of: Ref, at: str, raw: object, *, variables: bool) -> Statement:
    """Compile one statement."""
    if not isinstance(raw, Mapping):
        return Statement(of, at, "", (), problem="is no statement")
    effect = raw.get("Effect")
    problems = [] if effect in ("Allow", "Deny") else ["has an unknown Effect"]
    # A misspelt Condition is not no condition.
    problems += [f"has the unknown element `{name}`" for name in raw if name not in (*_FIELDS, "Sid")]
    principals = _principals(raw, problems)
    actions = _patterns(raw, "Action", problems)
    resources = _patterns(raw, "Resource", problems)
    if actions is None:
        problems.append("names no Action")
    if principals is None and resources is None:
        problems.append("names neither Principal nor Resource")
    clauses = _clauses(of, at, raw.get("Condition"), problems, variables=variables)
    facts = tuple(Fact(of, f"{at}/{field}", cited(raw[field])) for field in _FIELDS if field in raw)
    if "Condition" not in raw:
        facts += (Fact(of, f"{at}/Condition", None),)
    return Statement(
        of, at, str(effect) if effect in ("Allow", "Deny") else "", facts,
        principals, actions, resources, clauses, variables, " and ".join(problems),
    )  # fmt: skip


_FIELDS = ("Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")


def cited(value: object) -> str | None:
    """A value as a fact holds it: the text of a scalar, the JSON of anything else."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _patterns(raw: Mapping[str, object], field: str, problems: list[str]) -> Patterns | None:
    if field in raw and "Not" + field in raw:
        problems.append(f"has both {field} and Not{field}")
    for name in (field, "Not" + field):
        if name in raw:
            values = texts(raw[name])
            if values is None:
                problems.append(f"has an unreadable {name}")
            return Patterns(values or (), negated=name != field)
    return None


def texts(raw: object) -> tuple[str, ...] | None:
    """One text or a list of them."""
    items: Sequence[object] = raw if isinstance(raw, list | tuple) else [raw]
    found = tuple(item for item in items if isinstance(item, str))
    return found if len(found) == len(items) else None


def _principals(raw: Mapping[str, object], problems: list[str]) -> Principals | None:
    name = "NotPrincipal" if "NotPrincipal" in raw else "Principal"
    if name not in raw:
        return None
    if "Principal" in raw and "NotPrincipal" in raw:
        problems.append("has both Principal and NotPrincipal")
    found = raw[name]
    names: list[tuple[str, str]] = []
    for kind, value in found.items() if isinstance(found, Mapping) else [("AWS", found)]:
        values = texts(_with_digits(value))
        if values is None or (not isinstance(found, Mapping) and values != ("*",)):
            problems.append(f"has an unreadable {name}")
        names.extend((str(kind), each) for each in values or ())
    return Principals(tuple(names), negated=name == "NotPrincipal")


def _with_digits(value: object) -> object:
    """A principal with the accounts that stand as numbers written out."""
    if isinstance(value, list | tuple):
        return [_with_digits(each) for each in value]
    return f"{value:012}" if isinstance(value, int) and not isinstance(value, bool) else value


def _clauses(of: Ref, at: str, raw: object, problems: list[str], *, variables: bool) -> tuple[Clause, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, Mapping):
        problems.append("has an unreadable Condition")
        return ()
    found: list[Clause] = []
    for name, keys in raw.items():
        if not isinstance(keys, Mapping):
            problems.append(f"has an unreadable condition `{name}`")
            continue
        for key, value in keys.items():
            fact = Fact(of, at + pointer("Condition", str(name), str(key)), cited(value))
            listed = value if isinstance(value, list | tuple) else [value]
            if not all(isinstance(each, str | bool | int | float) for each in listed):
                problems.append(f"has unreadable values of the condition `{name}`")
            values = tuple(scalar(each) for each in listed)
            found.append(Clause(fact, str(name), str(key), values, operator(str(name)), variables))
    return tuple(found)


def scalar(value: object) -> str:
    """A condition's value as the text it is compared as."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
