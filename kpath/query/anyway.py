"""What an administrator of the cluster has anyway: told by how many, not path by path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kpath.query.paths import Search
from kpath.refs import Ref
from kpath.report import Path

CLUSTER_ADMIN = Ref("cluster-admin")

# Goals inside the cluster.
_INSIDE = frozenset({"node", "secret", "sa", "pod", "user", "group", "token"})


def worth_a_path(found: Search, targets: Sequence[Ref]) -> tuple[tuple[Ref, ...], Counter[str]]:
    """The targets but for those to which the best way leads past an administrator; and how many these are, by kind."""
    anyway: Counter[str] = Counter()
    kept = []
    for target in targets:
        if target.kind in _INSIDE and found.reaches(target) and _is_past(found, target):
            anyway[target.kind] += 1
        else:
            kept.append(target)
    return tuple(kept), anyway


def is_had_anyway(path: Path) -> bool:
    """Whether a path leads past an administrator to what is inside the cluster."""
    return path.target.kind in _INSIDE and any(step.target == CLUSTER_ADMIN for step in path.steps[:-1])


def had_anyway(counted: Mapping[str, int]) -> Iterator[str]:
    """A line for each kind."""
    for kind, count in sorted(counted.items()):
        yield f"{count:,} {kind}{'s' * (count != 1)} that cluster-admin has anyway; --all shows them"


def _is_past(found: Search, target: Ref) -> bool:
    passed, at = found.steps.start(CLUSTER_ADMIN), found.steps.start(target)
    if passed is None or at is None:
        return False
    before = found.nearest.before
    at = int(before[at])
    while at >= 0 and at != passed:
        at = int(before[at])
    return at == passed
