"""The same random clusters each time, as many of each family."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from snapshots import Json
from strategies import FAMILIES, clusters

EXAMPLES = 90


def over_every_family(look: Callable[[list[Json]], None]) -> None:
    """Look at the documents of clusters of each family, none of them left to chance."""
    for family in FAMILIES:

        @seed(1)
        @settings(
            max_examples=EXAMPLES, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
        )
        @given(clusters(family))
        def run(documents: list[Json]) -> None:
            look(documents)

        run()
