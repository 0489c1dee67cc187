"""Which tokens and Secrets a container holds."""

from __future__ import annotations

import pytest
from workload_specs import Raw, decoded, first

from kpath.evidence import SOURCE, Fact
from kpath.refs import Ref
from kpath.semantics.workload import expected_tokens, mounted_secrets, service_account, tokens, vantages

SA = Ref("sa/shop/web")
ARN = "arn:aws:iam::111122223333:role/web"


def projecting(*audiences: str | None, mounted: bool = True) -> Raw:
    sources = [{"serviceAccountToken": {"path": "token"} | ({"audience": each} if each else {})} for each in audiences]
    mounts = [{"name": "kube-api-access-x7x2v", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]
    return {
        "containers": [{"name": "app", "volumeMounts": mounts if mounted else []}, {"name": "side"}],
        "volumes": [{"name": "kube-api-access-x7x2v", "projected": {"sources": sources}}],
    }


def test_a_token_is_held_by_the_container_that_mounts_it() -> None:
    spec = decoded(projecting(None))
    app, side = vantages(spec)

    (token,) = tokens(spec, app)
    at = "/spec/volumes/0/projected/sources/0/serviceAccountToken/audience"
    assert (token.audience, token.because) == (None, (Fact(SOURCE, at, None),))
    assert tokens(spec, side) == ()


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ("https://kubernetes.default.svc", None),
        ("https://kubernetes.default.svc.cluster.local", None),
        ("sts.amazonaws.com", "sts.amazonaws.com"),
        ("pods.eks.amazonaws.com", "pods.eks.amazonaws.com"),
    ],
)
def test_an_audience_is_the_api_servers_or_somebody_elses(audience: str, expected: str | None) -> None:
    (token,) = tokens(*first(projecting(audience)))

    assert (token.audience, token.because[0].value) == (expected, audience)


def test_no_evidence_mentions_the_random_name_of_the_injected_volume() -> None:
    found = tokens(*first(projecting(None, "vault")))

    assert "x7x2v" not in str(found)


def test_a_secret_that_holds_a_token_is_one() -> None:
    raw: Raw = {
        "containers": [{"name": "app", "volumeMounts": [{"name": "t", "mountPath": "/t"}]}],
        "volumes": [{"name": "t", "secret": {"secretName": "builder-token"}}],
    }

    (token,) = tokens(*first(raw), legacy={"builder-token"})
    assert (token.audience, token.legacy_secret) == (None, "builder-token")
    assert tokens(*first(raw)) == ()


@pytest.mark.parametrize(
    ("own", "accounts", "known", "expected"),
    [
        pytest.param(None, None, True, (("source", None), (SA, None)), id="both unset"),
        pytest.param(None, True, True, (("source", None), (SA, "true")), id="on at the account"),
        pytest.param(None, False, True, None, id="off at the account"),
        pytest.param(True, False, True, (("source", "true"),), id="the pod wins"),
        pytest.param(False, True, True, None, id="the pod wins the other way"),
        pytest.param(True, None, False, (("source", "true"),), id="the pod alone decides"),
        pytest.param(None, None, False, (("source", None),), id="no account collected"),
    ],
)
def test_a_pod_yet_to_be_created_gets_a_token_unless_it_or_its_account_declines(
    own: bool | None, accounts: bool | None, known: bool, expected: tuple[tuple[str, str | None], ...] | None
) -> None:
    raw: Raw = {"containers": [{"name": "app"}], "automountServiceAccountToken": own}
    found = expected_tokens(*first(raw), accounts, SA, known)

    assert [tuple((fact.of, fact.value) for fact in token.because) for token in found] == (
        [expected] if expected else []
    )
    assert [each.missing for token in found for each in token.assumes] == (
        ["serviceaccounts"] if not known and own is None else []
    )


def test_admission_adds_no_token_where_one_is_mounted() -> None:
    (token,) = expected_tokens(*first(projecting("vault")), None, SA, True)

    assert token.audience == "vault"


@pytest.mark.parametrize(
    ("annotations", "audience"),
    [({}, "sts.amazonaws.com"), ({"eks.amazonaws.com/audience": "sts.cn"}, "sts.cn")],
)
def test_an_account_with_a_role_gets_a_token_for_sts(annotations: dict[str, str], audience: str) -> None:
    raw: Raw = {"containers": [{"name": "app"}], "automountServiceAccountToken": False}
    (token,) = expected_tokens(
        *first(raw), None, SA, True, annotations={"eks.amazonaws.com/role-arn": ARN, **annotations}
    )

    assert token.audience == audience
    assert token.because[0] == Fact(SA, "/metadata/annotations/eks.amazonaws.com~1role-arn", ARN)


def test_a_pod_without_an_account_runs_as_default() -> None:
    assert service_account(decoded({})) == "default"
    assert service_account(decoded({"serviceAccount": "old"})) == "old"
    assert service_account(decoded({"serviceAccount": "old", "serviceAccountName": "new"})) == "new"


def test_secrets_are_seen_as_files_and_as_variables_of_this_container_only() -> None:
    app = {
        "name": "app",
        "volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b"}],
        "env": [{"name": "X", "value": "1"}, {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "s3", "key": "k"}}}],
        "envFrom": [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s4", "optional": True}}],
    }
    raw: Raw = {
        "containers": [app, {"name": "side"}],
        "volumes": [
            {"name": "a", "secret": {"secretName": "s1", "optional": True}},
            {"name": "b", "projected": {"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "s2"}}]}},
            {"name": "z", "secret": {"secretName": "unmounted"}},
        ],
        "imagePullSecrets": [{"name": "pull"}],
    }
    spec = decoded(raw)
    here, side = vantages(spec)

    assert [(name, because[0].at) for name, because in mounted_secrets(spec, here)] == [
        ("s1", "/spec/volumes/0/secret/secretName"),
        ("s2", "/spec/volumes/1/projected/sources/1/secret/name"),
        ("s3", "/spec/containers/0/env/1/valueFrom/secretKeyRef/name"),
        ("s4", "/spec/containers/0/envFrom/1/secretRef/name"),
    ]
    assert mounted_secrets(spec, side) == ()
