"""The names that generated clusters are made of, and how often things happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from kpath.model.kinds import KINDS

Json = dict[str, Any]
T = TypeVar("T")

SPACES = ("shop", "ci", "kube-system")
ACCOUNTS = ("default", "web", "deployer")
SECRETS = ("db", "web-token")
NODES = ("ip-10-0-1-7.ec2.internal", "ip-10-0-2-9.ec2.internal", "fargate-ip-10-0-3-3.ec2.internal")
HOME, AWAY = "111122223333", "999988887777"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/AAAA"
OTHER_ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/BBBB"
PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/{ISSUER}"
AUDIENCES = ("sts.amazonaws.com", "vault")
ROLES = ("node", "ci/deploy", "app")


def role_arn(name: str, account: str = HOME) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def few(draw: st.DrawFn, items: Sequence[T], most: int, least: int = 0) -> list[T]:
    """Some of some items, in their order, none twice."""
    chosen = draw(st.lists(st.integers(0, len(items) - 1), min_size=least, max_size=most, unique=True))
    return [items[number] for number in sorted(chosen)]


def one(draw: st.DrawFn, *items: T) -> T:
    return draw(st.sampled_from(items))


def chance(draw: st.DrawFn, percent: int) -> bool:
    """Whether something happens, as often as it says; it shrinks to *no*."""
    return draw(st.integers(0, 99)) >= 100 - percent


def optional(draw: st.DrawFn, key: str, *values: object, percent: int = 50) -> Iterator[tuple[str, object]]:
    """A field with one of some values, or no field."""
    if chance(draw, percent):
        yield key, one(draw, *values)


def fields(*parts: Iterator[tuple[str, object]]) -> Json:
    return {key: value for part in parts for key, value in part}


def item(kind: str, name: str, space: str = "", /, **rest: object) -> Json:
    """An object with its metadata; `labels` and `annotations` go there."""
    meta: Json = {"name": name} | ({"namespace": space} if space else {})
    for key in ("labels", "annotations", "ownerReferences"):
        if rest.get(key):
            meta[key] = rest[key]
        rest.pop(key, None)
    group = KINDS[kind].groups[0] if kind in KINDS else ""
    return {"apiVersion": f"{group}/v1" if group else "v1", "kind": kind, "metadata": meta, **rest}
