"""Secrets in AWS that look like credentials for the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.tables import Model
from kpath.refs import Ref

LIKELY = Assumption("by its name, what it holds is the credentials of an administrator of this cluster", Confidence.LOW)

_NAMED = re.compile(r"kube-?_?config|(?:kube|k8s|kubernetes|eks|cluster)[-_/.]?(?:admin|token)", re.IGNORECASE)


def stored(model: Model) -> Iterator[tuple[Ref, Evidence]]:
    """The secrets whose names speak of a kubeconfig, or of a token or an administrator of a cluster."""
    for ref in model.aws_secrets:
        if _NAMED.search(ref.name):
            yield ref, (Fact(ref, "/ARN", ref),)
