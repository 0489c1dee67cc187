"""What a user names → refs: names, controllers, patterns, goals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from kpath.errors import UsageError
from kpath.graph.graph import Steps
from kpath.model.tables import Model
from kpath.refs import ALIASES, CONTROLLERS, KINDS, Ref

# What an attacker wants, most wanted first.
GOALS = (
    "cluster-admin", "aws-admin", "aws-secret", "aws-bucket", "aws-table", "aws-snapshot", "node", "aws-parameter",
    "secret", "aws-key", "aws-repository",
)  # fmt: skip

# A key reads nothing by itself, and images rarely hold secrets.
SEVERITY = {
    "cluster-admin": "critical", "aws-admin": "critical", "aws-secret": "high", "aws-bucket": "high",
    "aws-table": "high", "aws-snapshot": "high", "node": "high", "aws-parameter": "medium", "secret": "medium",
    "aws-key": "low", "aws-repository": "low",
}  # fmt: skip

SEVERITIES = ("critical", "high", "medium", "low")

# Places outside, from which or to which there may be no step.
ANYWHERE = ("internet", "vpc", "apiserver")

_NEAR = 3
# What stands for something else in a pattern; the star of `grant/*` itself is written `[*]`.
_MEANING = {"*": ".*", "?": ".", "[*]": r"\*"}


def sources(steps: Steps, texts: Sequence[str], namespace: str = "") -> tuple[Ref, ...]:
    """The refs that a user starts from: for each text one, the pods of a controller, or all that match a pattern.

    Raises `UsageError` where there is none, with names that come near; of several texts, a pattern may match nothing.
    """
    found: dict[Ref, None] = {}
    for text in texts:
        refs = dict.fromkeys(_matching(steps, text, namespace))
        if not refs and not (len(texts) > 1 and "*" in text):
            raise UsageError(_unknown(steps, text, namespace))
        found |= refs
    return tuple(found)


def targets(steps: Steps, texts: Sequence[str], namespace: str = "") -> tuple[Ref, ...]:
    """The refs that a user wants to get to; none where the snapshot has none of that kind."""
    found: dict[Ref, None] = {}
    for text in texts:
        found |= dict.fromkeys(_targets(steps, text, namespace))
    return tuple(found)


def _targets(steps: Steps, text: str, namespace: str) -> tuple[Ref, ...]:
    if text in ("", "*"):
        return goals(steps)
    if text == "cluster-admin" or _is_kind(text):
        return tuple(ref for ref in _every(steps) if ref.kind == ALIASES.get(text, text))
    found = tuple(_matching(steps, text, namespace))
    if not found and not _is_absent_goal(text):
        raise UsageError(_unknown(steps, text, namespace))
    return found


def goals(steps: Steps) -> tuple[Ref, ...]:
    """Everything that an attacker would want."""
    return tuple(ref for ref in _every(steps) if ref.kind in SEVERITY)


def _is_kind(text: str) -> bool:
    return ALIASES.get(text, text) in KINDS or text in SEVERITY


def _is_absent_goal(text: str) -> bool:
    """Whether a name is one that may well not exist: an administrator nobody can become has no vertex."""
    return text.startswith(("aws-admin/", "arn:", "grant/")) or text in ANYWHERE


def _every(steps: Steps) -> Iterator[Ref]:
    names = steps.model.names
    for number in range(len(steps.model.pods), len(names)):
        yield names.ref(number)


def _matching(steps: Steps, text: str, namespace: str) -> Iterator[Ref]:
    model = steps.model
    if "*" in text or "?" in text:
        pattern = _pattern(_qualified(text, namespace))
        prefix = text.partition("*")[0].partition("?")[0]
        candidates = model.names.starting("pod/" if prefix.startswith(("pod/", "po/")) else "")
        yield from (ref for ref in candidates if pattern.fullmatch(ref))
        return
    ref = Ref.parse(text, namespace)
    if ref in ANYWHERE and model.clusters_apart:
        # Each of several clusters has its own; the internet is everybody's.
        yield from (each for each in _every(steps) if each.kind == ref)
    elif ref.kind == "aws-admin" and ref.name == "*":
        yield from (each for each in _every(steps) if each.kind == "aws-admin")
    elif ref.kind in CONTROLLERS:
        yield from model.pods.owned_by(ref)
    elif _is_known(steps, ref):
        yield ref
    elif ref.kind == "pod":
        # A DaemonSet that only a manifest describes has a pod on every node.
        yield from (each for each in model.names.starting(f"{ref}@"))


def _is_known(steps: Steps, ref: Ref) -> bool:
    """Whether a step or an object of the snapshot has this name, or it is a place that there always is."""
    named = ref in ANYWHERE or steps.model.names.find(ref) is not None
    return named or any(ref in table for table in _objects(steps.model))


def _objects(model: Model) -> Iterator[Mapping[Ref, object]]:
    yield from (model.service_accounts, model.secrets, model.aws_roles, model.aws_users, model.buckets)
    yield from (model.aws_secrets, model.aws_parameters, model.aws_tables, model.aws_snapshots, model.aws_keys)
    yield from (model.aws_repositories, {node.ref: node for node in model.nodes})


def _qualified(text: str, namespace: str) -> str:
    kind, _, rest = text.partition("/")
    kind = ALIASES.get(kind, kind)
    if kind == "*" or text.startswith("arn:"):
        return text
    if KINDS.get(kind) == 3 and "/" not in rest and kind != "grant":
        if "*" in rest and not namespace:
            # A pattern without a namespace is one for all of them.
            return f"{kind}/{rest}" if rest.startswith("*") else f"{kind}/*/{rest}"
        return f"{kind}/{namespace or 'default'}/{rest}"
    return f"{kind}/{rest}" if rest else kind


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.findall(r"\[\*\]|.", text, re.DOTALL)
    return re.compile("".join(_MEANING.get(each, re.escape(each)) for each in parts), re.DOTALL)


def _unknown(steps: Steps, text: str, namespace: str) -> str:
    wanted = _qualified(text, namespace)
    kind = wanted.partition("/")[0]
    model = steps.model
    prefix = "arn:" if wanted.startswith("arn:") else f"{kind}/"
    known = [*model.names.starting(prefix)]
    known += [ref for table in _objects(model) for ref in table if ref.startswith(prefix)]
    known = list(dict.fromkeys(known))
    if kind in CONTROLLERS:
        known = [ref for ref in model.pods.owners if ref.kind == kind]
    elif kind == "pod":
        known += [ref for ref in model.pods.owners if ref.namespace == Ref(wanted).namespace]
    near = get_close_matches(wanted, [str(ref) for ref in known], _NEAR, 0.6)
    named = [str(ref) for ref in known if ref.name == Ref(wanted).name and str(ref) not in near]
    offered = [*near, *named][:_NEAR]
    hint = f"; did you mean {' or '.join(offered)}?" if offered else ""
    return f"`{wanted}` is not in the snapshot{hint}"
