"""Where the images of pods come from."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.world import Pod

# The accounts from which AWS hands out the add-ons of EKS, as far as generated clusters have any.
AWS = ("602401143452",)


def repositories(pod: Pod) -> Iterator[str]:
    """The repositories in ECR that a pod names, for its containers or as its volumes."""
    names = [
        container.get("image") or ""
        for key in ("containers", "initContainers", "ephemeralContainers")
        for container in pod.spec.get(key) or ()
    ]
    names += [(volume.get("image") or {}).get("reference") or "" for volume in pod.spec.get("volumes") or ()]
    for name in names:
        host, _, path = name.partition("/")
        parts = host.replace(".dkr-ecr.", ".dkr.ecr.").split(".")
        if parts[1:3] == ["dkr", "ecr"]:
            if parts[0] in AWS:
                continue
            partition = "aws-cn" if host.endswith(".cn") else "aws"
            yield f"arn:{partition}:ecr:{parts[3]}:{parts[0]}:repository/{path.partition('@')[0].partition(':')[0]}"
