"""Facts and refs as short text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from kpath.evidence import Assumption
from kpath.refs import Ref
from kpath.render.escape import plain
from kpath.report import Cited, Path, StepTaken

_LONGEST = 60
_HOST = re.compile(r"\.(?:ec2|[a-z0-9-]+\.compute)\.internal$")
_STATEMENT = re.compile(
    r"(.*/Statement(?:/(\d+))?)/(Effect|Principal|Action|NotAction|Resource|NotResource|Condition)$"
)
_RULE = re.compile(r"/rules/(\d+)/(verbs|apiGroups|resources|resourceNames)(?:/\d+)?$")

# Where a thing is says little beside why the step exists.
_PLACES = ("/spec/nodeName", "/spec/providerID")


def short(ref: Ref) -> str:
    """A ref as a reader knows it: of an ARN what follows the account, of a host its first label."""
    if not ref.startswith("arn:"):
        return plain(_HOST.sub("", ref))
    service, account, resource = (ref.split(":", 5) + [""] * 6)[2], ref.account, ref.split(":", 5)[-1]
    return plain(resource if service in ("iam", "sts") or not account else f"{service} {resource}") or plain(ref)


def value(text: str | None) -> str:
    """The value of a fact, cut where it is long."""
    if text is None:
        return "not set"
    if not text:
        return '""'
    return plain(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def because(step: StepTaken) -> str:
    """The evidence of a step in one line: what is set; defaults only where a step rests on nothing else."""
    told = [fact for fact in step.evidence if fact.value is not None and fact.at not in _PLACES]
    return "; ".join(dict.fromkeys(_phrases(told or step.evidence, step)))


def _phrases(facts: Iterable[Cited], step: StepTaken) -> Iterator[str]:
    statements: dict[tuple[Ref, str], dict[str, Cited]] = {}
    rules: dict[tuple[Ref, str], dict[str, str]] = {}
    for fact in facts:
        rule, statement = _RULE.match(fact.at), _STATEMENT.match(fact.at)
        if statement is not None and fact.of.startswith("arn:"):
            statements.setdefault((fact.of, statement[1]), {})[statement[3]] = fact
        elif rule is not None and fact.of.kind in ("role", "clusterrole"):
            rules.setdefault((fact.of, rule[1]), {})[rule[2]] = value(fact.value)
        elif fact.of.kind in ("rolebinding", "clusterrolebinding"):
            yield short(fact.of)
        else:
            yield _phrase(fact, step)
    for (of, number), said in rules.items():
        what = f"{said.get('verbs', '')} {said.get('resources', '')}".strip()
        names = f" {said['resourceNames']}" if "resourceNames" in said else ""
        yield f"{short(of)} rule {number}: {what}{names}"
    for (of, at), parts in statements.items():
        yield _statement(of, at, parts)


def _phrase(fact: Cited, step: StepTaken) -> str:
    """A fact in a few words; whose it is goes without saying where it is the source's."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in fact.at.split("/")[1:]]
    for common in (["spec", "jobTemplate"], ["spec", "template"], ["spec"], ["metadata"], ["MetadataOptions"]):
        if tokens[: len(common)] == common and len(tokens) > len(common):
            tokens = tokens[len(common) :]
    field = plain(".".join(tokens))
    said = f"{field} is {value(fact.value)}" if field else value(fact.value)
    return said if fact.of == step.source else f"{short(fact.of)}: {said}"


def _statement(of: Ref, at: str, parts: dict[str, Cited]) -> str:
    """A statement of a policy: whom or what it allows."""
    number = at.rpartition("/")[2]
    where = f"statement {number}" if number.isdigit() else "the statement"
    condition = " under a condition" if "Condition" in parts else ""
    if "AssumeRolePolicyDocument" in at:
        names = parts.get("Principal")
        return f"trust of {short(of)}, {where}: {_told(names) if names else 'no principal'}{condition}"
    action = next((parts[name] for name in ("Action", "NotAction") if name in parts), None)
    resource = next((parts[name] for name in ("Resource", "NotResource") if name in parts), None)
    said = " on ".join(_told(each) for each in (action, resource) if each is not None)
    return f"{short(of)}, {where}: {said}{condition}"


def _told(fact: Cited) -> str:
    """The values in a field of a policy, without their brackets."""
    prefix = "all but " if "/Not" in fact.at else ""
    try:
        found = json.loads(fact.value or "")
    except ValueError:
        return prefix + value(fact.value)
    listed = found if isinstance(found, list) else [*found.values()] if isinstance(found, dict) else [found]
    flat = [str(each) for item in listed for each in (item if isinstance(item, list) else [item])]
    return prefix + value(", ".join(flat))


def assumed(assumption: Assumption) -> str:
    """An assumption, with the input that would decide it."""
    missing = f" (not collected: {assumption.missing})" if assumption.missing else ""
    return plain(assumption.what + missing)


def counted(number: int, what: str) -> str:
    """How many there are of something."""
    return f"{number:,} {what}" + "s" * (number != 1)


def steps(count: int) -> str:
    return counted(count, "step")


def ids(path: Path) -> str:
    """The steps of a path by their ids."""
    return " → ".join(step.id for step in path.steps)
