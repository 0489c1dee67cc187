"""Every exception kpath raises.

KpathError
├── UsageError       the caller's: unknown ref, bad selector, no such step      exit 2
├── SnapshotError    the input's: malformed, hostile, written by a newer kpath  exit 2
└── RuleError        ours: names rule and object, and is worth a bug report     exit 70
"""

from __future__ import annotations


class KpathError(Exception):
    """The root: what kpath raises on purpose."""

    exit_code = 70


class UsageError(KpathError):
    """A question that cannot be asked: an unknown name, a malformed selector."""

    exit_code = 2


class SnapshotError(KpathError):
    """Input that cannot be read, as one line that names the file and the field.

    `file` is the path as given, `at` a pointer or line in it (may be empty),
    `problem` what is wrong and what would have been right. Never the value:
    it may be a secret.
    """

    exit_code = 2

    def __init__(self, file: str, at: str, problem: str) -> None:
        self.file, self.at, self.problem = file, at, problem
        super().__init__(": ".join(part for part in (file, at, problem) if part))


class RuleError(KpathError):
    """A rule failed on a model it should have understood."""
