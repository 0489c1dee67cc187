"""Policy variables: `${aws:username}` in a resource or a condition value."""

from __future__ import annotations

import re

from kpath.semantics.iam.context import Context, Open
from kpath.semantics.iam.patterns import escaped

_VARIABLE = re.compile(r"\$\{\s*([^{}*?$,\s][^{},]*?)\s*(?:,\s*'([^']*)'\s*)?\}")


def variables(text: str) -> frozenset[str]:
    """The keys, in lower case, that a text takes values from."""
    return frozenset(found[1].lower() for found in _VARIABLE.finditer(text)) if "${" in text else frozenset()


def substituted(text: str, context: Context) -> str | Open | None:
    """The pattern with values in place of variables.

    `None` where a variable has no single value and no default, so that nothing matches, or why its value is open.
    """
    if "${" not in text:
        return text
    for found in _VARIABLE.finditer(text):
        values = context.values(found[1])
        if isinstance(values, Open):
            return values
        if len(values) != 1 and (values or found[2] is None):
            return None
    return _VARIABLE.sub(lambda found: escaped(_value(context, found[1], found[2])), text)


def _value(context: Context, key: str, default: str | None) -> str:
    values = context.values(key)
    return values[0] if not isinstance(values, Open) and values else default or ""


def widened(text: str, context: Context) -> str | None:
    """The pattern with a wildcard for each variable whose value is open: it matches whatever might match."""
    open_keys = {key for key in variables(text) if isinstance(context.values(key), Open)}
    if not open_keys:
        pattern = substituted(text, context)
        return pattern if isinstance(pattern, str) else None
    loose = _VARIABLE.sub(lambda found: "*" if found[1].lower() in open_keys else found[0], text)
    pattern = substituted(loose, context)
    return pattern if isinstance(pattern, str) else None
