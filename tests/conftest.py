"""Hypothesis profiles: `ci` is the default and always tries the same examples, `dev` looks for new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

# A failure in CI is reported as it was found; `dev` makes it small.
PHASES = (Phase.explicit, Phase.generate)

settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=60, phases=PHASES, suppress_health_check=CHECKS
)
settings.register_profile("dev", deadline=None, max_examples=300, suppress_health_check=CHECKS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
