"""Writes the catalogue: a page for each rule and each mitigation, from the code and the case tables.

`python docs/generate.py` writes them, `python docs/generate.py --check` exits 1 if that would change anything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from kpath.mitigations import Mitigation, mitigations
from kpath.rules import Rule, rules
from kpath.semantics.iam.escalation.table import Way, of_rule

DOCS = Path(__file__).parent
TABLES = DOCS.parent / "tests" / "rules"
FOLDERS = (DOCS / "rules", DOCS / "mitigations")
FAMILIES = (
    "escape", "volume", "token", "rbac", "pod", "node", "network", "metadata", "identity", "bridge", "aws", "supply",
)  # fmt: skip
SHOWN = 5
REPOSITORY = Path("..", "..")


def pages() -> Mapping[Path, str]:
    """Every page that there should be, with its text."""
    found = {DOCS / "rules" / f"{each.id}.md": _rule(each) for each in rules().values()}
    found |= {DOCS / "mitigations" / f"{each.id}.md": _mitigation(each) for each in mitigations().values()}
    return found | {DOCS / "rules" / "README.md": _rules(), DOCS / "mitigations" / "README.md": _mitigations()}


def changes(wanted: Mapping[Path, str]) -> Iterator[Path]:
    """The files that are missing, out of date, or of something that is gone."""
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path
    for folder in FOLDERS:
        yield from sorted(set(folder.glob("*.md")) - wanted.keys())


def write(wanted: Mapping[Path, str], changed: list[Path]) -> None:
    """Bring the files up to date."""
    for path in changed:
        if path in wanted:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()


def _rule(rule: Rule) -> str:
    table = TABLES / f"{rule.id.lower()}.yaml"
    return _page(
        f"# {rule.id}",
        rule.summary,
        f"In a path: *source* **{rule.verb}** *target*.",
        *_prose(rule.prose),
        *_ways(of_rule(rule.id)),
        "## Measures",
        "| difficulty | noise | gain | ATT&CK |",
        "|---|---|---|---|",
        f"| {rule.difficulty} of 5 | {rule.noise} of 5 | {rule.gain} of 5 | {_attack(rule)} |",
        "## What breaks it",
        ", ".join(_mitigation_link(each, "../mitigations/") for each in rule.breaks) or "Nothing that kpath knows.",
        "## Example",
        *_example(table),
        f"All cases: [`{table.name}`]({REPOSITORY.as_posix()}/tests/rules/{table.name}).",
    )


def _ways(ways: Iterable[Way]) -> Iterator[str]:
    """The ways in which a step is known to be taken, those published with a link."""
    listed = sorted(ways, key=lambda way: (not way.link, way.id))
    if listed:
        yield "## Ways"
        yield "Ids without a link are kpath's own; the others are of [pathfinding.cloud](https://pathfinding.cloud)."
        yield "| way | permissions | service | besides |"
        yield "|---|---|---|---|"
    for way in listed:
        name = f"[{way.id}]({way.link})" if way.link else way.id
        runs = f"{way.runs.what} with the role" if way.runs is not None else ""
        besides = "; ".join(filter(None, (runs, way.given)))
        yield f"| {name} | {', '.join(map(_code, way.actions))} | {way.service} | {besides} |"


def _example(table: Path) -> Iterator[str]:
    """What is given, as it is written; then the first rows, the step and what first breaks or keeps it."""
    given = re.split(r"^cases:\n", table.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
    yield f"```yaml\n{given.rstrip()}\n```"
    yield "| when | then |"
    yield "|---|---|"
    for row in yaml.safe_load(table.read_text(encoding="utf-8"))["cases"][:SHOWN]:
        then = "<br>".join(_code(pair) for pair in row["then"]) or "no step"
        yield f"| {_cell(row['when'])} | {then} |"


def _rules() -> str:
    return _page(
        "# Attack steps",
        f"The {len(rules())} steps that kpath knows, by family. Difficulty, noise and gain run from 1 to 5.",
        *(line for family in _families() for line in _family(family)),
    )


def _families() -> list[str]:
    known = {each.family for each in rules().values()}
    return [*(each for each in FAMILIES if each in known), *sorted(known - set(FAMILIES))]


def _family(family: str) -> Iterator[str]:
    yield f"## {family}"
    yield "| step | | difficulty | noise | gain | ATT&CK |"
    yield "|---|---|---|---|---|---|"
    for each in rules().values():
        if each.family == family:
            measures = f"{each.difficulty} | {each.noise} | {each.gain}"
            yield f"| [{each.id}]({each.id}.md) | {_cell(each.summary)} | {measures} | {_attack(each)} |"


def _mitigation(mitigation: Mitigation) -> str:
    broken = [each.id for each in rules().values() if mitigation.id in each.breaks]
    return _page(
        f"# {mitigation.id}",
        mitigation.summary,
        *_prose(mitigation.prose),
        "## Effect",
        f"{mitigation.lag[:1].upper()}{mitigation.lag[1:]}.",
        "## What it breaks",
        ", ".join(f"[{each}](../rules/{each}.md)" for each in broken) or "No step by itself.",
    )


def _mitigations() -> str:
    return _page(
        "# Mitigations",
        f"The {len(mitigations())} changes that kpath knows how to make.",
        "| mitigation | | effect |",
        "|---|---|---|",
        *(f"| [{each.id}]({each.id}.md) | {_cell(each.summary)} | {each.lag} |" for each in mitigations().values()),
    )


def _prose(prose: Mapping[str, str]) -> Iterator[str]:
    for heading, text in prose.items():
        if text:
            yield f"## {heading}"
            yield text


def _attack(rule: Rule) -> str:
    return ", ".join(f"[{each}](https://attack.mitre.org/techniques/{each.replace('.', '/')}/)" for each in rule.attack)


def _mitigation_link(name: str, folder: str) -> str:
    return f"[{name}]({folder}{name}.md)" if name in mitigations() else name


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _page(*lines: str) -> str:
    """Blocks with a blank line between them, but for the lines of a table."""
    text = ""
    before = ""
    for line in lines:
        inside = line.startswith("|") and before.startswith("|")
        text += line if not text else f"\n{line}" if inside else f"\n\n{line}"
        before = line
    return text + "\n"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    wanted = pages()
    changed = list(changes(wanted))
    for path in changed:
        print(path.relative_to(DOCS.parent))
    if arguments:
        return 1 if changed else 0
    write(wanted, changed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
