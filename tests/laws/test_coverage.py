"""The laws say nothing about a rule that never fires."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from snapshots import Json, loaded, written_out
from strategies import clusters

from kpath.rules import rules

EXAMPLES = 600
# The least number of these clusters in which each rule has to be met.
LEAST = 1


def test_every_rule_fires_over_the_generated_clusters() -> None:
    """None is exempt."""
    fired: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(clusters())
    def run(documents: list[Json]) -> None:
        masters = {"group/system:masters", "cluster-admin"}
        for rule, pairs in written_out(loaded(documents)).items():
            # What an administrator may do anyway proves little.
            if any(source not in masters for source, _ in pairs):
                fired[rule] += 1

    run()
    report = "\n".join(f"{fired[rule]:5} {rule}" for rule in sorted(rules(), key=lambda each: fired[each]))
    print(report)

    assert [rule for rule in rules() if fired[rule] < LEAST] == [], report
