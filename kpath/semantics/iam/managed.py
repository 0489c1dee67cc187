"""AWS managed policies that snapshots name and may lack: those that matter on EKS, each with its version and date.

Source: the AWS managed policy reference, as of 2026-09-30, in the rendering of moto 5.2.5 (Apache License 2.0).
Facts only: effect, actions, resources, conditions.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec
from msgspec import Raw, Struct

from kpath.refs import Ref


class Known(Struct, frozen=True):
    """A managed policy as AWS had it: its default version, since when, and the document."""

    version: str
    date: str
    document: Raw


def known(arn: Ref) -> Known | None:
    """The managed policy of that ARN, in the words of its partition; `None` if it is not one that kpath knows."""
    prefix, _, name = arn.partition(":policy/")
    if arn.account != "aws" or not name:
        return None
    found = _all().get(name)
    partition = prefix.split(":", 2)[1]
    if found is None or partition == "aws":
        return found
    document = bytes(found.document).replace(b'"arn:aws:', f'"arn:{partition}:'.encode())
    return Known(found.version, found.date, Raw(document))


def names() -> tuple[str, ...]:
    """What the managed policies that kpath knows are called."""
    return tuple(_all())


@lru_cache(maxsize=1)
def _all() -> dict[str, Known]:
    text = files("kpath.semantics.iam").joinpath("managed.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Known])
