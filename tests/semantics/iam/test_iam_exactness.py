"""Exactness: every value of a small universe, tried one by one."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from iam_documents import (
    BUCKET,
    USER,
    Raw,
    attached,
    said,
)

from kpath.semantics.iam import (
    Policies,
    Request,
    context,
    decide,
)
from kpath.semantics.iam.languages import witnesses
from kpath.semantics.iam.operators import matches, operator
from kpath.semantics.iam.patterns import matcher
from kpath.semantics.iam.truth import Truth

# Rich enough for the patterns below: one text for every combination of answers they can give.
TRIED = ["", "a", "b", "A", "B", "z", "ab", "Ab", "aB", "az", "zb", "a*", "A*", "*b", "*B", "*", "?", "zz", "a*b"]
UNIVERSE = [(), *((text,) for text in TRIED)]
PLAIN = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
         "StringEqualsIfExists"]  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> Raw:
    """A statement about everything, under conditions on two unknown keys or one the caller picks."""
    found: dict[str, dict[str, list[str]]] = {}
    for _ in range(draw(st.integers(1, 2))):
        key = draw(st.sampled_from(["x:k", "x:l", "aws:RequestTag/t"]))
        values = draw(st.lists(st.sampled_from(["a", "b", "A", "a*", "*b", "?", "*"]), min_size=1, max_size=2))
        found.setdefault(draw(st.sampled_from(PLAIN)), {})[key] = values
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": "*",
        "Resource": "*",
        "Condition": found,
    }


@given(st.lists(rules(), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40)
def test_cells_say_what_trying_every_value_says(found: list[Raw]) -> None:
    policies = Policies((attached(*found),))

    def values(key: str) -> list[tuple[str, ...]]:
        return UNIVERSE if key in str(found) else [()]

    def is_allowed_with(**known: tuple[str, ...]) -> bool:
        keys = {"k": "x:k", "l": "x:l", "t": "aws:RequestTag/t"}
        request = Request(USER, "s3:Get", BUCKET, context({keys[name]: values for name, values in known.items()}))
        return said(decide(request, policies)) == "allowed"

    outcomes = {
        any(is_allowed_with(k=k, l=other, t=tag) for tag in values("aws:RequestTag/t"))
        for k in values("x:k")
        for other in values("x:l")
    }
    expected = "undecided" if len(outcomes) > 1 else "allowed" if True in outcomes else "denied"
    assert expected == said(decide(Request(USER, "s3:Get", BUCKET), policies))


compared = st.lists(
    st.tuples(st.sampled_from(["equals", "like", "equalsignorecase"]), st.text("aAb*?", max_size=4)),
    min_size=1, max_size=3,
)  # fmt: skip
BASES = {"equals": "StringEquals", "like": "StringLike", "equalsignorecase": "StringEqualsIgnoreCase"}


def answers(comparisons: list[tuple[str, str]], text: str) -> tuple[bool, ...]:
    """What each comparison says of a text."""
    found = []
    for base, pattern in comparisons:
        of = operator(BASES[base])
        assert of is not None
        found.append(matches(of, pattern, text) is Truth.YES)
    return tuple(found)


@given(compared, st.lists(st.text("aAbz*?", max_size=8), max_size=40))
@settings(deadline=None)
def test_witnesses_give_every_combination_of_answers(comparisons: list[tuple[str, str]], texts: list[str]) -> None:
    shown = witnesses(comparisons)

    if shown is not None:
        known = {answers(comparisons, text) for text in shown}
        assert {answers(comparisons, text) for text in texts} <= known


@given(st.text("ab*?.[", max_size=8), st.text("ab.[*", max_size=10))
def test_a_pattern_matches_as_the_regular_expression_it_spells(pattern: str, text: str) -> None:
    spelled = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")

    assert (re.fullmatch(spelled, text, re.DOTALL) is not None) == matcher(pattern)(text)


def test_a_hostile_pattern_is_matched_in_no_time() -> None:
    assert not matcher("a*" * 5000 + "b")("a" * 20000)
    assert not matcher("a?*" * 2000 + "b")("a" * 20000)
