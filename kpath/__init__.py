"""Attack paths through EKS and AWS IAM, and the changes that stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpath import iam
    from kpath.api import Graph, Paths, load
    from kpath.errors import KpathError, RuleError, SnapshotError, UsageError
    from kpath.refs import Ref

__all__ = ["Graph", "KpathError", "Paths", "Ref", "RuleError", "SnapshotError", "UsageError", "iam", "load"]

_HOMES = {
    "Graph": "kpath.api", "Paths": "kpath.api", "load": "kpath.api", "Ref": "kpath.refs",
    "KpathError": "kpath.errors", "RuleError": "kpath.errors", "SnapshotError": "kpath.errors",
    "UsageError": "kpath.errors", "iam": "kpath.iam",
}  # fmt: skip


def __getattr__(name: str) -> object:
    # Loaded when used, so that `kpath --help` need not wait for SciPy.
    if name not in _HOMES:
        raise AttributeError(f"module `kpath` has no attribute `{name}`")
    from importlib import import_module

    home = import_module(_HOMES[name])
    return home if home.__name__ == f"kpath.{name}" else getattr(home, name)


def __dir__() -> list[str]:
    return __all__
