"""Documents as they come."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from iam_documents import (
    ISSUER,
    PROVIDER,
    TARGET,
    USER,
    document,
    said,
    statement,
    trusting,
)

from kpath.semantics.iam import policy, web_identity
from kpath.verdict import Undecided

WEB = "system:serviceaccount:shop:web"
SUB, AUD = f"{ISSUER}:sub", f"{ISSUER}:aud"
EVERYONE = [WEB, "system:serviceaccount:shop:db", "system:serviceaccount:ci:web", "system:serviceaccount:shop:*"]


RAW = document(trusting({"Federated": PROVIDER}))


@pytest.mark.parametrize("raw", [RAW, json.dumps(RAW), quote(json.dumps(RAW)), quote(json.dumps(RAW), safe="")])
def test_a_document_is_read_as_object_as_json_and_as_encoded_json(raw: object) -> None:
    role_trust = policy(TARGET, "/AssumeRolePolicyDocument", raw)

    assert said(web_identity(role_trust, PROVIDER, ISSUER, WEB, "sts.amazonaws.com")) == "allowed"
    assert role_trust.problems == ()


def test_a_single_statement_is_cited_where_it_is() -> None:
    lone = policy(USER, "/PolicyList/0/PolicyDocument", {"Statement": statement("Allow", "s3:*", ["a", "b"])})

    assert [(fact.at, fact.value) for fact in lone.statements[0].facts] == [
        ("/PolicyList/0/PolicyDocument/Statement/Effect", "Allow"),
        ("/PolicyList/0/PolicyDocument/Statement/Action", "s3:*"),
        ("/PolicyList/0/PolicyDocument/Statement/Resource", '["a","b"]'),
        ("/PolicyList/0/PolicyDocument/Statement/Condition", None),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "{",
        [],
        {"Version": "2012-10-17"},
        {"Statement": "x"},
        {"Statement": [{"Effect": "Perhaps", "Principal": "*", "Action": "*"}]},
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": 5}]},
        {"Statement": [{"Effect": "Allow", "Principal": "*"}]},
        {"Statement": [{"Effect": "Allow", "Principal": "bob", "Action": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*"}]},
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": ["x"]}]},
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {"StringEquals": "x"}}]},
    ],
)
def test_what_cannot_be_read_is_left_open_and_named(raw: object) -> None:
    role_trust = policy(TARGET, "/AssumeRolePolicyDocument", raw)
    verdict = web_identity(role_trust, PROVIDER, ISSUER, WEB, "sts.amazonaws.com")

    assert isinstance(verdict, Undecided)
    assert verdict.assumes == role_trust.problems
    assert str(TARGET) in role_trust.problems[0].what
