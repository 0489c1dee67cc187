"""What AWS services are called where they are principals: `ec2.amazonaws.com`, and what some partitions make of it.

Source: AWS IAM user guide, service principals; AWS in China, differences; botocore's partitions (DNS suffixes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SUFFIX = ".amazonaws.com"
_OTHERS = {
    "aws-cn": ".amazonaws.com.cn", "aws-iso": ".c2s.ic.gov", "aws-iso-b": ".sc2s.sgov.gov",
    "aws-iso-e": ".cloud.adc-e.uk", "aws-iso-f": ".csp.hci.ic.gov", "aws-eusc": ".amazonaws.eu",
}  # fmt: skip
# A service within a region, as trusts of older roles name it.
_REGIONAL = re.compile(r"(.+)\.[a-z]{2}(?:-[a-z]+)+-\d(\.amazonaws\.com)(?:\.cn)?")


def called(service: str, partitions: Iterable[str]) -> tuple[str, ...]:
    """The names that a service has in some partitions: the plain one, and that of the partition."""
    others = (_OTHERS[each] for each in sorted(set(partitions)) if each in _OTHERS)
    return (service, *(service.removesuffix(SUFFIX) + each for each in others))


def plain(name: str) -> str:
    """The name that a service has everywhere."""
    suffix = next((each for each in _OTHERS.values() if name.endswith(each)), "")
    return name.removesuffix(suffix) + SUFFIX if suffix else name


@lru_cache(maxsize=1024)
def of_no_region(name: str) -> str:
    """The name that a service has everywhere, of one that a trust names within a region as well."""
    regional = _REGIONAL.fullmatch(name)
    return regional[1] + regional[2] if regional else plain(name)
