"""The laws say nothing about a rule that never fires."""

from __future__ import annotations

from collections import Counter

from rounds import over_every_family
from snapshots import Json, loaded, written_out

from kpath.rules import rules

# The least number of clusters in which each rule has to be met.
LEAST = 1
# What an administrator may do anyway proves little.
MASTERS = ("group/system:masters", "cluster-admin")


def test_every_rule_fires_over_the_generated_clusters() -> None:
    """None is exempt."""
    fired: Counter[str] = Counter()

    def count(documents: list[Json]) -> None:
        for rule, pairs in written_out(loaded(documents)).items():
            if any(not source.startswith(MASTERS) for source, _ in pairs):
                fired[rule] += 1

    over_every_family(count)
    report = "\n".join(f"{fired[rule]:5} {rule}" for rule in sorted(rules(), key=lambda each: fired[each]))
    print(report)

    assert [rule for rule in rules() if fired[rule] < LEAST] == [], report
