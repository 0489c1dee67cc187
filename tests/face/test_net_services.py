"""Services as those whom `kpath net` is asked about: the pods behind them, on the ports that they lead to."""

from __future__ import annotations

import pytest
from test_cli import STOREFRONT, kpath

import kpath as face
from kpath.errors import UsageError

VPC = ("--engine", "vpc-cni")


@pytest.fixture(scope="module")
def storefront() -> face.Graph:
    return face.load(STOREFRONT)


def said(of: face.Graph, to: str, port: str = "", source: str = "shop/cart") -> set[tuple[str, str]]:
    return {(each["ports"], each["verdict"]) for each in of.net(source, to, port=port, engine="vpc-cni").to_dicts()}


def test_its_pods_on_the_ports_that_it_leads_to(storefront: face.Graph) -> None:
    address = storefront.model.services[face.Ref("svc/shop/web")].spec.cluster_ip or ""

    assert said(storefront, "svc/shop/web") == said(storefront, address) == {("TCP 8080", "allowed")}
    assert said(storefront, "svc/shop/redis") == {("TCP 6379", "allowed")}
    assert said(storefront, "svc/shop/redis", source="shop/web") == {("none", "denied")}


def test_a_port_of_the_service_is_what_it_leads_to_in_the_pods(storefront: face.Graph) -> None:
    assert said(storefront, "svc/shop/web", "80") == {("TCP 8080", "allowed")}


@pytest.mark.parametrize(
    ("to", "port", "message"),
    [
        ("svc/shop/nowhere", "", "`svc/shop/nowhere` is not in the snapshot"),
        ("svc/default/kubernetes", "", "`svc/default/kubernetes` selects no pods"),
        ("svc/shop/web", "81", "the Service has no such port"),
    ],
)
def test_what_is_no_service_or_no_port_of_it_is_said(to: str, port: str, message: str) -> None:
    result = kpath("net", "-f", STOREFRONT, *VPC, "--to", to, *(("--port", port) if port else ()))

    assert 2 == result.returncode
    assert message in result.stderr.decode()


def test_so_in_python(storefront: face.Graph) -> None:
    with pytest.raises(UsageError, match="the Service has no such port"):
        storefront.net("shop/cart", "svc/shop/web", port="81")
