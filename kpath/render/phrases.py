"""Facts and refs as short text."""

from __future__ import annotations

from kpath.evidence import Assumption
from kpath.refs import Ref
from kpath.render.escape import plain
from kpath.report import Cited, StepTaken

_LONGEST = 60


def short(ref: Ref) -> str:
    """A ref as a reader knows it: of an ARN, what follows the account."""
    if not ref.startswith("arn:"):
        return plain(ref)
    service, account, resource = (ref.split(":", 5) + [""] * 6)[2], ref.account, ref.split(":", 5)[-1]
    return plain(resource if service in ("iam", "sts") or not account else f"{service} {resource}") or plain(ref)


def value(text: str | None) -> str:
    """The value of a fact, cut where it is long."""
    if text is None:
        return "not set"
    return plain(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def phrase(fact: Cited, step: StepTaken) -> str:
    """A fact in a few words; whose it is goes without saying where it is the source's."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in fact.at.split("/")[1:]]
    for common in (["spec", "jobTemplate"], ["spec", "template"], ["spec"], ["metadata"]):
        if tokens[: len(common)] == common and len(tokens) > len(common):
            tokens = tokens[len(common) :]
    field = plain(".".join(tokens))
    said = f"{field} is {value(fact.value)}" if field else value(fact.value)
    return said if fact.of == step.source else f"{short(fact.of)}: {said}"


def because(step: StepTaken) -> str:
    """The evidence of a step in one line: what is set; defaults only where a step rests on nothing else."""
    told = [fact for fact in step.evidence if fact.value is not None] or list(step.evidence)
    found: list[str] = []
    for fact in told:
        said = phrase(fact, step)
        owner, colon, rest = said.partition(": ")
        # The same object need not be named twice.
        found.append(rest if colon and found and any(each.startswith(owner + ": ") for each in found) else said)
    return "; ".join(found)


def assumed(assumption: Assumption) -> str:
    """An assumption, with the input that would decide it."""
    missing = f" (not collected: {assumption.missing})" if assumption.missing else ""
    return plain(assumption.what) + missing


def steps(count: int) -> str:
    return f"{count} step" + "s" * (count != 1)
