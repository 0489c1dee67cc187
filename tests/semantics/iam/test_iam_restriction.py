"""What restricts never grants, and many resources at once get the verdict of each: on generated requests."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from strategies.requests import question

from kpath.iam import Policies, compiled_of, decide
from kpath.iam import Request as Asked
from kpath.iam import known_keys as known
from kpath.refs import Ref
from kpath.semantics.iam import Request, allowed
from kpath.semantics.iam import decide as decided
from kpath.verdict import Denied, word

RANKS = {"denied": 0, "undecided": 1, "allowed": 2}
NAMED = ("identity", "boundary", "session")
Json = dict[str, Any]


def rank(request: Json, policies: Json) -> int:
    return RANKS[word(decide(request, policies))]


def asked(seed: int) -> tuple[Json, Json]:
    """Some keys known, one or two unknown, and every other absent: or else all others unknown."""
    request, policies, unknown, _ = question(seed, seed % 3)
    named = {key.lower() for key in request["context"]} | unknown.keys()
    absent = [key for key in ("x:s", "x:t", "x:m", "x:n", "x:gone", "x:arn", "x:b") if key not in named]
    return {**request, "absent": absent}, policies


def restricted(policies: Json, other: Json) -> Iterator[Json]:
    """The policies with one more that can only take away."""
    extra = next((other[name] for name in ("boundary", "identity") if other.get(name)), None)
    limit = extra[0] if isinstance(extra, list) else extra
    if limit is None:
        return
    denying = deepcopy(limit)
    for statement in denying["Statement"] if isinstance(denying["Statement"], list) else [denying["Statement"]]:
        statement["Effect"] = "Deny"
    yield {**policies, "identity": [*policies["identity"], denying]}
    yield {**policies, "session": [*policies.get("session", ()), denying]} if policies.get("session") else policies
    yield {**policies, "scps": [*policies.get("scps", ()), [limit]]}
    if "boundary" not in policies:
        yield {**policies, "boundary": limit}
    if "session" not in policies:
        yield {**policies, "session": [limit]}


@pytest.mark.parametrize("batch", range(4))
def test_a_deny_a_boundary_or_an_scp_never_grants(batch: int) -> None:
    for seed in range(batch * 250, (batch + 1) * 250):
        request, policies = asked(seed)
        before = rank(request, policies)
        for after in restricted(policies, question(seed + 100_000)[1]):
            assert (seed, rank(request, after)) <= (seed, before)


@pytest.mark.parametrize("batch", range(4))
def test_removing_an_allow_never_grants(batch: int) -> None:
    for seed in range(batch * 250, (batch + 1) * 250):
        request, policies = asked(seed)
        before = rank(request, policies)
        for after in _with_one_allow_less(policies):
            assert (seed, rank(request, after)) <= (seed, before)


def _with_one_allow_less(policies: Json) -> Iterator[Json]:
    def documents(given: Any) -> Iterator[Json]:
        for each in given if isinstance(given, list) else [given]:
            yield from documents(each) if isinstance(each, list) else [each]

    spots = [name for name in policies for _ in documents(policies[name])]
    for number in range(len(spots)):
        copy = deepcopy(policies)
        document = [each for given in copy.values() for each in documents(given)][number]
        listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        allows = [each for each in listed if each["Effect"] == "Allow"]
        if allows:
            document["Statement"] = [each for each in listed if each is not allows[0]]
            yield copy


@pytest.mark.parametrize("batch", range(4))
def test_many_resources_at_once_get_the_verdict_of_each(batch: int) -> None:
    for seed in range(batch * 100, (batch + 1) * 100):
        request, policies = asked(seed)
        if not request["principal"].startswith("arn:"):
            continue
        given, keys = compiled_of(Policies(**policies)), known_keys(request)
        who, action, session = Ref(request["principal"]), request["action"], request.get("session", "")
        parts = request["resource"].split(":", 5)
        resources = frozenset({
            request["resource"], "*", "arn:aws:s3:::other/x", "arn:aws:iam::111122223333:role/zz",
            *([":".join([*parts[:5], parts[5] + "x"]), ":".join([*parts[:5], "zz"])] if len(parts) > 5 else []),
        })  # fmt: skip
        groups = allowed(who, action, given, resources, context=keys, session=session)
        each = {name: decided(Request(who, action, name, keys, session), given) for name in resources}

        expected = {name: verdict for name, verdict in each.items() if not isinstance(verdict, Denied)}
        assert expected == {name: group.verdict for group in groups for name in group.names}


def known_keys(request: Json) -> Any:
    return known(Asked(**request))
