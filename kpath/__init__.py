"""Attack paths through EKS and AWS IAM, and the changes that stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpath.api import Graph, Paths, load
    from kpath.errors import KpathError, RuleError, SnapshotError, UsageError
    from kpath.refs import Ref

__all__ = ["Graph", "KpathError", "Paths", "Ref", "RuleError", "SnapshotError", "UsageError", "load"]

_HOMES = {
    "Graph": "kpath.api", "Paths": "kpath.api", "load": "kpath.api", "Ref": "kpath.refs",
    "KpathError": "kpath.errors", "RuleError": "kpath.errors", "SnapshotError": "kpath.errors",
    "UsageError": "kpath.errors",
}  # fmt: skip


def __getattr__(name: str) -> object:
    # Loaded when used, so that `kpath --help` need not wait for SciPy.
    if name not in _HOMES:
        raise AttributeError(f"module `kpath` has no attribute `{name}`")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
