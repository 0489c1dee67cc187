"""What parts of the AWS CLI's answers have in common, whichever service they are of."""

from __future__ import annotations

from msgspec import Struct


class Aws(Struct, frozen=True, gc=False, rename="pascal"):
    """A part of an answer, spelt as most services spell it."""


class Camel(Struct, frozen=True, gc=False, rename="camel"):
    """A part of an answer of the services that write in camel case: EKS, ECR, ECS, CodeBuild, …"""


class Tag(Aws, frozen=True):
    key: str = ""
    value: str = ""
