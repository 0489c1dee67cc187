"""Where AWS has things: zones, regions, partitions.

Source: Amazon EC2 user guide, Local Zones and Wavelength Zones (names); botocore's partitions (regions of each).
"""

from __future__ import annotations

import re

# A zone is named after its region: `eu-west-1a`, `us-west-2-lax-1a`, `us-east-1-wl1-bos-wlz-1`.
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-\d+")
# How the regions of a partition begin; all others are of the largest.
_PARTITIONS = {
    "cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f", "eusc-": "aws-eusc",
}  # fmt: skip


def region(zone: str) -> str:
    """The region of an availability zone, or of a zone that lies away from its region."""
    found = _REGION.match(zone)
    return found[0] if found is not None else zone


def partition(region: str) -> str:
    """The partition that a region belongs to."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
