"""Nodes whose kubelet lacks a fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kpath.evidence import TARGET, Assumption, Evidence, Fact
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.refs import Ref

# For each minor version the patch release that brought a fix. Later ones were born with it, earlier ones have none.
Fixes = Mapping[int, int]

# Source: Kubernetes security advisories for CVE-2021-25741 and CVE-2024-10220.
SUBPATH: Fixes = {19: 15, 20: 11, 21: 5, 22: 2}
GITREPO: Fixes = {28: 12, 29: 7, 30: 3}

_VERSION = re.compile(r"v?1\.([0-9]{1,4})\.([0-9]{1,4})([^0-9].*)?")
BACKPORTED = Assumption("EKS has not brought the fix to this build of the kubelet")


def lacks(version: str, fixes: Fixes) -> bool:
    """Whether a version of the kubelet is known to be older than a fix."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return False
    minor, patch = int(found[1]), int(found[2])
    return minor < min(fixes) or (minor in fixes and patch < fixes[minor])


def lacking(model: Model, fixes: Fixes) -> Iterator[tuple[Refs, Evidence, tuple[Assumption, ...]]]:
    """The Linux nodes whose kubelet lacks a fix, by its version."""
    found: dict[str, list[Ref]] = {}
    for node in model.nodes:
        if node.info is not None and node.info.operating_system != "windows" and node.compute != "fargate":
            found.setdefault(node.info.kubelet_version, []).append(node.ref)
    for version, nodes in sorted(found.items()):
        if lacks(version, fixes):
            because = (Fact(TARGET, "/status/nodeInfo/kubeletVersion", version),)
            yield model.names.refs(nodes), because, (BACKPORTED,) if "-eks-" in version else ()
