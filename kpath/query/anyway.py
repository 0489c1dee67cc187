"""What an administrator of the cluster has anyway: told by how many, not path by path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kpath.query.paths import Search
from kpath.refs import Ref
from kpath.report import Path

ADMIN = "cluster-admin"
# Goals inside the cluster.
_INSIDE = frozenset({"node", "secret", "sa", "pod", "user", "group", "token"})


def worth_a_path(found: Search, targets: Sequence[Ref]) -> tuple[tuple[Ref, ...], Counter[str]]:
    """The targets but for those to which the best way leads past an administrator; and how many these are, by kind."""
    anyway: Counter[str] = Counter()
    admins = {
        number: ref for ref in found.model.names.starting(ADMIN) if (number := found.steps.start(ref)) is not None
    }
    kept = []
    for target in targets:
        if target.kind in _INSIDE and found.reaches(target) and _is_past(found, admins, target):
            anyway[target.kind] += 1
        else:
            kept.append(target)
    return tuple(kept), anyway


def is_had_anyway(path: Path) -> bool:
    """Whether a path leads past an administrator to what is inside the cluster."""
    passed = [step.target for step in path.steps[:-1] if step.target.kind == ADMIN]
    return path.target.kind in _INSIDE and any(_is_over(admin, path.target) for admin in passed)


def _is_over(admin: Ref, target: Ref) -> bool:
    """Whether an administrator is that of the cluster that something is in."""
    cluster = admin.partition("/")[2]
    return not cluster or target.partition("/")[2].startswith(f"{cluster}:")


def had_anyway(counted: Mapping[str, int]) -> Iterator[str]:
    """A line for each kind."""
    for kind, count in sorted(counted.items()):
        yield f"{count:,} {kind}{'s' * (count != 1)} that cluster-admin has anyway; --all shows them"


def _is_past(found: Search, admins: Mapping[int, Ref], target: Ref) -> bool:
    before, at = found.nearest.before, found.steps.start(target)
    while at is not None and at >= 0:
        if at in admins and _is_over(admins[at], target):
            return True
        at = int(before[at])
    return False
