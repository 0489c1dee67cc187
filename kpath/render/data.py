"""Shapes as text for programs, in ASCII: what an attacker has named stays inside its string."""

from __future__ import annotations

import json

import yaml


def as_json(value: object) -> str:
    """JSON over several lines."""
    return _without_delete(json.dumps(value, indent=2, allow_nan=False)) + "\n"


def as_line(value: object) -> str:
    """JSON on one line."""
    return _without_delete(json.dumps(value, allow_nan=False)) + "\n"


def as_yaml(value: object) -> str:
    """The same as YAML."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=120)
    return text


def _without_delete(text: str) -> str:
    """The one control character that ASCII output leaves as it is."""
    return text.replace("\x7f", "\\u007f")
