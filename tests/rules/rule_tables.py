"""The case tables of the rules: what they hold, and the snapshot that each case describes.

A table has `given` (objects in shorthand), `aws` (answers of the AWS CLI, each under a name of our choosing) and
`cases`. A case starts from what is given and changes it: `with` sets fields (null unsets them), `without` drops
objects, `add` brings more of them. An answer is named `aws/NAME`. `then` lists the pairs that the rule derives; a
pair that rests on an assumption ends in ` ?`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from rule_shorthand import Raw, expanded, ref

from kpath.refs import Ref
from kpath.snapshot.patch import MISSING, Patch, apply, lookup

FOLDER = Path(__file__).parent


class Case(Struct, frozen=True):
    """One row of a table, and the documents it describes: objects by ref, answers by `aws/NAME`."""

    rule: str
    when: str
    documents: dict[Ref, Raw]
    expected: list[str]
    administrators: bool

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.when}"

    def written(self, folder: Path) -> str:
        """The folder, with the documents in it: objects as kubectl lists them, each answer in its own file."""
        objects = [each for name, each in self.documents.items() if name.kind != "aws"]
        _write(folder / "cluster.json", {"apiVersion": "v1", "kind": "List", "items": objects})
        for name, each in self.documents.items():
            if name.kind == "aws":
                _write(folder / f"aws-{name.name}.json", each)
        return str(folder)


def names() -> list[str]:
    """The rules that have a table."""
    return sorted(path.stem.upper() for path in FOLDER.glob("*.yaml"))


def cases(rule: str) -> Iterator[Case]:
    """The rows of a rule's table."""
    table = yaml.safe_load((FOLDER / f"{rule.lower()}.yaml").read_text())
    known(table, "given", "aws", "cases")
    given = {ref(each): expanded(each) for each in copy.deepcopy(table.get("given") or [])}
    given |= {Ref(f"aws/{name}"): answer for name, answer in (table.get("aws") or {}).items()}
    for row in table["cases"]:
        known(row, "when", "with", "without", "add", "then", "administrators")
        yield Case(rule, row["when"], changed(given, row), sorted(row["then"]), row.get("administrators", False))


def changed(
    given: dict[Ref, Raw], row: Raw, named: Callable[[Raw], Ref] = ref, full: Callable[[Raw], Raw] = expanded
) -> dict[Ref, Raw]:
    """What is given, without what a row drops, with what it adds and then as it edits them."""
    documents = dict(copy.deepcopy(given))
    for name in many(row.get("without")):
        del documents[name]
    for number, each in enumerate(copy.deepcopy(many(row.get("add")))):
        if "kind" in each:
            documents[named(each)] = full(each)
        else:
            documents[Ref(f"aws/added-{number}")] = each
    edits = row.get("with") or []
    for name, pointer, value in [edits] if edits and isinstance(edits[0], str) else edits:
        documents[name] = _edited(documents[name], Ref(name), pointer, value)
    return documents


def _edited(document: Any, of: Ref, pointer: str, value: object) -> Any:
    patch = Patch.replace(of, pointer, value) if value is not None else Patch.remove(of, pointer)
    if value is None and lookup(document, pointer) is MISSING:
        raise ValueError(f"{of} has no {pointer} to take away")
    return apply(document, patch.operations)


def many(value: Any) -> list[Any]:
    """A list, where one element need not be in one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def known(row: Raw, *keys: str) -> None:
    """Raises on a key that no table has, for a misspelt one would be passed over."""
    if unknown := sorted(row.keys() - set(keys)):
        raise ValueError(f"a table does not know {', '.join(unknown)}")


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1))
