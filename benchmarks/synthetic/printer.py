"""Lists as kubectl and the API server print them, written item by item; and `managedFields`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_KEYS = {
    "containers": ("name",), "initContainers": ("name",), "volumes": ("name",), "env": ("name",),
    "ports": ("containerPort", "protocol"), "volumeMounts": ("mountPath",), "conditions": ("type",), "podIPs": ("ip",),
    "hostIPs": ("ip",), "ownerReferences": ("uid",),
}  # fmt: skip


def item(found: Json, *, compact: bool) -> str:
    """One object as it stands in a list: with its kind in kubectl's, with `managedFields` in the API server's."""
    if compact:
        bare = {key: value for key, value in found.items() if key not in ("kind", "apiVersion")}
        return json.dumps(bare, separators=(",", ":")).translate(_HTML)
    meta = {key: value for key, value in found["metadata"].items() if key != "managedFields"}
    text = json.dumps({**found, "metadata": meta}, indent=4, sort_keys=True).translate(_HTML)
    return "        " + text.replace("\n", "\n        ")


def write_list(path: Path, kind: str, version: str, items: Iterable[str], *, compact: bool) -> int:
    """Write a list of items that are text already; returns how many there were."""
    if compact:
        opening = f'{{"kind":"{kind}List","apiVersion":"{version}","metadata":{{"resourceVersion":"9123456"}},"items":['
        between, closing = ",", "]}\n"
    else:
        opening, between = '{\n    "apiVersion": "v1",\n    "items": [', ",\n"
        closing = '    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n'
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(opening)
        for text in items:
            file.write(between if count else "" if compact else "\n")
            file.write(text)
            count += 1
        if not compact:
            file.write("\n    ],\n" if count else "],\n")
        file.write(closing)
    return count


def answer(path: Path, found: object) -> None:
    """What the AWS CLI prints."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(found, file, indent=4)
        file.write("\n")


def managed(found: Json, manager: str, *fields: str, time: str, subresource: str = "") -> Json:
    """The entry of `managedFields` of a manager who set some fields of an object."""
    entry: Json = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": found["apiVersion"],
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": {f"f:{name}": _owned(found[name]) for name in fields},
    }
    if subresource:
        entry["subresource"] = subresource
    return entry


_UNMANAGED = frozenset({"name", "namespace", "uid", "resourceVersion", "creationTimestamp", "managedFields"})


def _owned(top: object) -> Json:
    assert isinstance(top, dict)
    return {f"f:{key}": _fields(value, key) for key, value in top.items() if key not in _UNMANAGED}


def _fields(value: object, key: str) -> Json:
    if isinstance(value, dict):
        return {".": {}, **{f"f:{name}": _fields(each, name) for name, each in value.items()}} if value else {}
    if not isinstance(value, list) or key not in _KEYS:
        return {}
    found: Json = {".": {}}
    for each in value:
        chosen = json.dumps({name: each[name] for name in _KEYS[key] if name in each}, separators=(",", ":"))
        found["k:" + chosen] = _fields(each, "")
    return found
