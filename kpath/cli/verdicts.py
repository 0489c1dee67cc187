"""Answers → exit codes, and what several commands read alike."""

from __future__ import annotations

from collections.abc import Iterable

from kpath.errors import UsageError
from kpath.query.answers import UNKNOWN
from kpath.report import Report

# What each threshold counts.
THRESHOLDS = {
    "critical": {"critical"},
    "high": {"critical", "high"},
    "medium": {"critical", "high", "medium"},
    "any": {"critical", "high", "medium", "low"},
}

FOUND, CANNOT_TELL = 1, 3


def keys(given: Iterable[str]) -> dict[str, list[str]]:
    """Condition keys and their values, each given as `KEY=VALUE`. Raises `UsageError` on anything else."""
    found: dict[str, list[str]] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not (key and equals):
            raise UsageError(f"`{each}` is no condition key with its value; write aws:SourceIp=10.0.0.1")
        found.setdefault(key, []).append(value)
    return found


def threshold(fail_on: str) -> set[str]:
    """The severities that a threshold counts; none where there is none. Raises `UsageError` on an unknown one."""
    if fail_on and fail_on not in THRESHOLDS:
        raise UsageError(f"`{fail_on}` is no threshold; there are {', '.join(THRESHOLDS)}")
    return THRESHOLDS.get(fail_on, set())


def code(report: Report, fail_on: str, *, strict: bool) -> int:
    """0 answered, 1 a path as severe as was asked about, 3 cannot tell."""
    if any(path.severity in threshold(fail_on) for path in report.paths):
        return FOUND
    if report.verdict == UNKNOWN or (strict and (report.missing or report.diagnostics)):
        return CANNOT_TELL
    return 0
