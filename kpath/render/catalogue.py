"""Catalogue entries as text."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from textwrap import fill

from kpath.errors import UsageError
from kpath.mitigations import Mitigation, mitigations
from kpath.query.saved import queries
from kpath.rules import Rule, rules

_COLUMNS = 100


def entry(id_: str) -> str:
    """The entry of a step or a mitigation. Raises `UsageError` on an unknown one."""
    wanted = id_.upper().replace("-", "_") if not id_.upper().startswith("M-") else id_.upper()
    if wanted in rules():
        return "\n".join(_step(rules()[wanted])) + "\n"
    if wanted in mitigations():
        return "\n".join(_mitigation(mitigations()[wanted])) + "\n"
    asked = wanted.lower().replace("_", "-")
    if asked in queries():
        raise UsageError(f"`{id_}` is no step of its own; ask for it with kpath query {asked}")
    near = get_close_matches(wanted, [*rules(), *mitigations()], 3, 0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; kpath explain lists them"
    raise UsageError(f"`{id_}` is no step and no mitigation{hint}")


def _step(rule: Rule) -> Iterator[str]:
    yield f"{rule.id}  {rule.family}  {' '.join(rule.attack)}"
    yield fill(rule.summary, _COLUMNS)
    yield f"difficulty {rule.difficulty} of 5, noise {rule.noise}, gain {rule.gain}"
    for heading, text in rule.prose.items():
        yield ""
        yield f"{heading.lower()}"
        yield fill(text, _COLUMNS, initial_indent="  ", subsequent_indent="  ")
    known = mitigations().keys()
    for heading, broken in (
        ("broken by", [each for each in rule.breaks if each in known]),
        ("broken by, not simulated yet", [each for each in rule.breaks if each not in known]),
    ):
        if broken:
            yield ""
            yield heading
            yield fill(", ".join(broken), _COLUMNS, initial_indent="  ", subsequent_indent="  ")


def _mitigation(each: Mitigation) -> Iterator[str]:
    yield f"{each.id}  {each.lag}"
    yield fill(each.summary, _COLUMNS)
    for heading, text in each.prose.items():
        if text:
            yield ""
            yield heading.lower()
            yield fill(text, _COLUMNS, initial_indent="  ", subsequent_indent="  ")
    broken = [rule.id for rule in rules().values() if each.id in rule.breaks]
    if broken:
        yield ""
        yield "breaks"
        yield fill(", ".join(broken), _COLUMNS, initial_indent="  ", subsequent_indent="  ")


def index() -> str:
    """Every step and mitigation with its first sentence, steps by family."""
    lines: list[str] = []
    wide = max(map(len, (*rules(), *mitigations()))) + 2
    families: dict[str, list[Rule]] = {}
    for rule in rules().values():
        families.setdefault(rule.family, []).append(rule)
    for family, members in sorted(families.items()):
        lines += [family.upper(), *(f"  {rule.id:<{wide}}{rule.summary}" for rule in members), ""]
    lines += ["MITIGATIONS", *(f"  {each.id:<{wide}}{each.summary}" for each in mitigations().values())]
    return "\n".join(lines) + "\n"
