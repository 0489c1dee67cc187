"""Generated requests, decided by kpath and by brute force: no difference, and none undecided that is determined."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from oracle.requests import answer, in_world
from strategies.requests import question

from kpath.iam import decide
from kpath.verdict import word

BATCH = 500
# What follows from who asks is filled in; of a service, nothing of the kind is.
OF_PRINCIPALS = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:ResourceAccount")
READ = ("x:s", "x:t", "x:m", "x:n", "x:b", "x:arn", "x:gone", "aws:CurrentTime", "aws:SecureTransport", "aws:SourceIp",
        "aws:PrincipalTag/Team")  # fmt: skip


def said(request: dict[str, Any], policies: dict[str, Any], unknown: Any = (), chosen: Any = ()) -> str:
    named = {key.lower() for key in (*request["context"], *unknown)}
    more = () if request["principal"].startswith("arn:") else OF_PRINCIPALS
    absent = [key for key in (*READ, *more) if key.lower() not in named]
    return word(decide({**request, "absent": absent, "chosen": chosen}, policies))


@pytest.mark.parametrize("batch", range(12))
def test_with_every_key_known_the_answer_is_that_of_brute_force(batch: int) -> None:
    found = {"allowed": 0, "denied": 0}
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        request, policies, unknown, chosen = question(seed)
        expected = answer(request, policies, unknown, chosen)
        found[expected] += 1
        assert (seed, expected) == (seed, said(request, policies))
    assert min(found.values()) > BATCH / 10


@pytest.mark.parametrize(("unknowns", "batch", "size"), [(1, 0, 500), (1, 1, 500), (2, 0, 100), (2, 1, 100)])
def test_with_keys_unknown_or_chosen_the_answer_is_that_of_every_world(unknowns: int, batch: int, size: int) -> None:
    for seed in range(batch * size, (batch + 1) * size):
        request, policies, unknown, chosen = question(seed, unknowns)
        expected = answer(request, policies, unknown, chosen)
        assert (seed, expected) == (seed, said(request, policies, unknown, chosen))


SIX = [f"x:{each}" for each in "abcdef"]


@pytest.mark.parametrize("seed", range(25))
def test_up_to_six_unknown_keys_are_tried_in_every_case(seed: int) -> None:
    draw = random.Random(seed)

    def statement() -> dict[str, Any]:
        condition: dict[str, Any] = {}
        for key in draw.sample(SIX, draw.randint(1, 3)):
            operator = draw.choice(("StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null", "StringLike"))
            wanted = {"Null": "true", "StringLike": "*"}.get(operator, "1")
            condition.setdefault(operator, {})[key] = wanted
        effect = draw.choice(("Allow", "Allow", "Deny"))
        return {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}

    def complement(key: str) -> list[dict[str, Any]]:
        """Allows that together leave no case of a key out."""
        return [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: "1"}}}
                for operator in ("StringEquals", "StringNotEquals")]  # fmt: skip

    statements = [statement() for _ in range(draw.randint(4, 7))]
    policies = {"identity": {"Statement": statements + (complement(draw.choice(SIX)) if draw.random() < 0.5 else [])}}
    request = {
        "principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k",
        "context": {},
    }  # fmt: skip
    chosen = set(draw.sample(SIX, draw.choice((0, 0, 2))))
    values: list[list[str]] = [[], ["1"], ["z"]]
    open_, free = [key for key in SIX if key not in chosen], sorted(chosen)
    outcomes = {
        any(
            in_world(request, policies, dict(zip((*open_, *free), (*picked, *choice), strict=True)))
            for choice in product(values, repeat=len(free))
        )
        for picked in product(values, repeat=len(open_))
    }
    expected = "undecided" if len(outcomes) > 1 else "allowed" if outcomes.pop() else "denied"

    assert expected == word(decide({**request, "chosen": chosen}, policies))
