"""Why a connection is let through, in a few words."""

from __future__ import annotations

from kpath.semantics.netpol.engine import SETTING, SWITCH, Engine
from kpath.semantics.netpol.joint import UNWATCHED, Because, Connection, Joint
from kpath.semantics.netpol.parties import ALONE, ELSEWHERE, ON_FARGATE, ON_HOST, ON_WINDOWS
from kpath.semantics.netpol.rows import NO_POLICY, Reason

SAME_NODE = "on the same node, where no policy is asked"
OPEN, FOLDED = "no policy restricts", "no policy holds"
FREE = {
    ON_HOST: "is on the host's network", ON_FARGATE: "is on Fargate", ON_WINDOWS: "is on Windows",
    ELSEWHERE: "is on a node where the engine does not run",
    ALONE: "is a pod without its own controller", UNWATCHED: "sends IPv4 by an interface that is not watched",
}  # fmt: skip


class Whys:
    """Tells why, of the connections of one joint network."""

    def __init__(self, joint: Joint) -> None:
        self._joint = joint
        self._known: dict[tuple[bool, bool, tuple[Because, ...]], tuple[str, str]] = {}
        self._enforcing = [each for each in joint.engines if each.enforces]
        self._nothing = not_enforced(joint.engines)

    def why(self, each: Connection) -> tuple[str, str]:
        """One sentence, with several engines one of each; and the sentence for all whom no policy restricts."""
        is_out, is_in = bool(each.sources & self._joint.pods), bool(each.targets & self._joint.pods)
        key = (is_out, is_in, each.because)
        if key not in self._known:
            told = [_told(one, is_out=is_out, is_in=is_in) for one in each.because]
            if len(told) > 1:
                told = [f"{engine.name}: {said}" for engine, said in zip(self._enforcing, told, strict=True)]
            is_open = bool(told) and not any(end[0] for one in each.because for end in (one.out, one.into))
            openly = _told(Because(NO_POLICY, NO_POLICY), is_out=is_out, is_in=is_in) if is_open else ""
            # Of those who are told together, some may be selected, and not held.
            self._known[key] = (" | ".join(told) or self._nothing, openly.replace(OPEN, FOLDED))
        return self._known[key]


def _told(because: Because, *, is_out: bool, is_in: bool) -> str:
    """The reasons of the ends that are pods."""
    if is_out and is_in and because.out == because.into == NO_POLICY:
        return f"{OPEN} either"
    ends = [
        *([_end(because.out, "source")] if is_out else ()),
        *([_end(because.into, "destination")] if is_in else ()),
    ]
    joint = " → " if len(ends) == 2 and because.out[0] and because.into[0] else "; "
    return joint.join(ends)


def _end(reason: Reason, which: str) -> str:
    of, at = reason
    if of:
        return rule(of, at)
    return f"{which} {FREE[at]}" if at else f"{OPEN} the {which}"


def rule(of: str, at: str) -> str:
    """A rule by its policy and its place there: `netpol/shop/web egress[0]`."""
    words = ""
    for token in at.removeprefix("/spec").split("/")[1:]:
        words += f"[{token}]" if token.isdigit() else f".{token}" if words else token
    return f"{of} {words}" if words else str(of)


def not_enforced(engines: tuple[Engine, ...]) -> str:
    """That nothing enforces policies, and how one knows."""
    said = switch(engines)
    return "not enforced: no engine runs" + (f" ({said})" if said else "")


def switch(engines: tuple[Engine, ...]) -> str:
    """The setting by which an engine is off."""
    values = [fact for each in engines for fact in each.because]
    said = next((str(each.value) for each in values if str(each.value).startswith(SWITCH)), "")
    said = said or next((f"{SETTING}: {each.value}" for each in values if each.at.endswith(SETTING)), "")
    return said or (f"{SWITCH} is not set" if any(each.at.endswith("/image") for each in values) else "")
