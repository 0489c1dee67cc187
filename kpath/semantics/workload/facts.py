"""How the fields of a pod are cited."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kpath.evidence import SOURCE, TARGET, Assumption, Confidence, Evidence, Fact, pointer
from kpath.model.wire import NodeInfo
from kpath.verdict import Allowed, Denied, Undecided, Verdict

Value = str | int | bool | Sequence[str] | None

SPEC = "/spec"


def text(value: Value) -> str | None:
    """The text of a scalar, the compact JSON of a list, `None` for what is not set."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def fact(at: str, *tokens: str | int, value: Value) -> Fact:
    """A field of the pod: the tokens below a pointer, and what it holds."""
    return Fact(SOURCE, at + pointer(*tokens), text(value))


def switch(at: str, *tokens: str | int, value: bool | None) -> Verdict:
    """Whether a flag that is off by default is on."""
    because = (fact(at, *tokens, value=value),)
    return Allowed(because) if value else Denied(because)


def image(node: NodeInfo | None) -> Evidence:
    """The operating system that a pod's node runs, where it is known."""
    if node is None or not node.os_image:
        return ()
    return (Fact(TARGET, "/status/nodeInfo/osImage", node.os_image),)


def doubt(what: str, missing: str | None = None) -> Assumption:
    """An assumption that leaves little certainty."""
    return Assumption(what, Confidence.LOW, missing)


def provided(assumes: tuple[Assumption, ...]) -> Verdict:
    """What holds if some assumptions do; with none, it simply holds."""
    return Undecided((), assumes) if assumes else Allowed(())
