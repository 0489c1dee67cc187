"""What namespaces say of the roles that their pods may have, and whether a role is one of them.

Source: the documentation of kube2iam, Namespace Restrictions, and of kiam, Namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

# One repetition within another: what another language of patterns reads at once may take ours for ever.
_NESTED = re.compile(r"[*+}?]\)+[*+{]")


def listed(text: str) -> tuple[str, ...]:
    """The patterns that an annotation of kube2iam lists; one that is no list of texts lists none."""
    try:
        return tuple(msgspec.json.decode(text, type=tuple[str, ...]))
    except msgspec.MsgspecError:
        return ()


def glob(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern says, in which `*` stands for anything at all."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - at >= len(last) and text.endswith(last)


def found(pattern: str, texts: Sequence[str], *, whole: bool = False) -> bool | None:
    """Whether an expression is found in one of some texts, or is one; `None` where it cannot be read."""
    if _NESTED.search(pattern):
        return None
    try:
        expression = re.compile(f"^{pattern}$" if whole else pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    return any(expression.search(text) is not None for text in texts)
