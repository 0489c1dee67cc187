"""What the view of a network shows: peers as their controllers, sets, addresses, reasons, what is denied."""

from __future__ import annotations

import pytest
from laws.snapshots import loaded
from questions import egress, ingress, node, other, pod, policy
from strategies.words import Json

from kpath.errors import UsageError
from kpath.query.connections import Asked, Connections, Row, spans
from kpath.semantics.netpol.ports import text

NP = "networking.k8s.io/v1"
APP = "apps/v1"


def replica(name: str, controller: str, labels: Json | None = None, **rest: object) -> Json:
    """A pod of a ReplicaSet, which a Deployment of the same name owns."""
    found = pod(name, **rest)  # type: ignore[arg-type]
    found["metadata"]["labels"] = labels if labels is not None else {"app": controller}
    found["metadata"]["ownerReferences"] = [
        {"apiVersion": APP, "kind": "ReplicaSet", "name": f"{controller}-5d8f", "controller": True}
    ]
    return found


def replica_set(space: str, controller: str) -> Json:
    owner = [{"apiVersion": APP, "kind": "Deployment", "name": controller, "controller": True}]
    found = other("ReplicaSet", f"{space}/{controller}-5d8f", APP)
    found["metadata"]["ownerReferences"] = owner
    return found


def shop(*more: Json) -> list[Json]:
    """Two replicas of `web` and one of `db` in `shop`, one of `api` in `ci`."""
    return [
        replica("shop/web-1", "web"), replica("shop/web-2", "web"), replica("shop/db-1", "db"),
        replica("ci/api-1", "api"), replica_set("shop", "web"), replica_set("shop", "db"), replica_set("ci", "api"),
        *(other("Namespace", name) for name in ("shop", "ci")), node("n1", "10.0.0.1"), *more,
    ]  # fmt: skip


def view(documents: list[Json], source: str = "", to: str = "", engine: str = "generic", **rest: str) -> Connections:
    return Connections(loaded(documents), Asked(source, to, engine=engine, **rest))


def lines(found: Connections) -> list[str]:
    return [_line(each) for each in found.rows]


def _line(each: Row) -> str:
    ends = f"{', '.join(each.sources)} -> {', '.join(each.destinations)}"
    return f"{ends} {each.ports} {each.verdict}: {each.why}"


def test_a_cluster_without_policies_is_two_rows_of_controllers() -> None:
    assert [
        "ci/api, shop/db, shop/web -> ci/api, shop/db, shop/web, 0.0.0.0/0 all allowed: no policy holds either",
        "0.0.0.0/0 -> ci/api, shop/db, shop/web all allowed: no policy holds the destination",
    ] == lines(view(shop()))


def test_rows_name_the_rule_of_each_end() -> None:
    documents = shop(
        policy(podSelector={"matchLabels": {"app": "db"}}, ingress=[
            {"from": [{"podSelector": {}}], "ports": [{"port": 5432}, {"port": 53, "protocol": "UDP"}]}
        ]),
        other("NetworkPolicy", "shop/web", NP, spec={
            "podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}],
        }),
    )  # fmt: skip

    assert [
        "shop/web -> shop/db TCP 5432; UDP 53 allowed: netpol/shop/web egress[0] → netpol/shop/policy ingress[0]"
    ] == lines(view(documents, "shop/web"))


def test_replicas_that_differ_go_by_their_own_names() -> None:
    documents = shop(ingress({"from": [{"podSelector": {"matchLabels": {"version": "2"}}}]}))
    next(each for each in documents if each["metadata"]["name"] == "web-2")["metadata"]["labels"]["version"] = "2"

    found = {(each["source"], each["destination"]) for each in view(documents, to="shop/db").pairs()}

    assert {("shop/web-2", "shop/db")} == found
    everyone = {each["source"] for each in view(documents).pairs()}
    assert {"shop/web-1", "shop/web-2", "shop/db", "ci/api", "0.0.0.0/0"} == everyone


def test_replicas_that_differ_in_nothing_that_policies_ask_are_one() -> None:
    documents = shop(ingress({"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}))
    next(each for each in documents if each["metadata"]["name"] == "web-2")["metadata"]["labels"]["version"] = "2"

    assert [("shop/web", "shop/db"), ("shop/web", "shop/web")] == [
        (each["source"], each["destination"]) for each in view(documents, "shop/*", "shop/*").pairs()
        if each["verdict"] == "allowed"
    ]  # fmt: skip


def test_two_controllers_of_one_name_are_told_apart_by_their_kinds() -> None:
    twin = replica("shop/web-x", "web")
    twin["metadata"]["ownerReferences"] = [
        {"apiVersion": APP, "kind": "StatefulSet", "name": "web", "controller": True}
    ]
    names = {each["source"] for each in view(shop(twin)).pairs()}

    assert {"deploy/shop/web", "sts/shop/web", "shop/db", "ci/api", "0.0.0.0/0"} == names


def test_addresses_are_blocks_and_those_that_are_alike_are_one() -> None:
    documents = shop(egress({"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]}))

    found = view(documents, "shop/web")
    assert ["shop/web -> 0.0.0.0/0 except 169.254.169.254/32 all allowed: netpol/shop/policy egress[0]"] == lines(found)
    blocks = [each["destination"] for each in found.pairs()]
    assert 32 == len(blocks)
    assert "128.0.0.0/2" not in blocks
    assert "169.254.169.254/32" not in blocks
    assert "0.0.0.0/1" in blocks


def test_the_metadata_address_stands_alone_where_it_differs() -> None:
    documents = shop(egress({"ports": [{"port": 443}]}, {"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}]}))
    found = lines(view(documents, "shop/web"))

    assert any(each.startswith("shop/web -> 169.254.169.254/32 all allowed:") for each in found)


def test_of_two_named_ends_what_is_denied_is_told_with_what_denies_it() -> None:
    documents = shop(
        other("NetworkPolicy", "shop/deny", NP, spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        other("NetworkPolicy", "ci/deny", NP, spec={"podSelector": {}, "policyTypes": ["Ingress"]}),
    )

    assert [
        "shop/web -> ci/api none denied: source kept in by netpol/shop/deny; destination closed by netpol/ci/deny"
    ] == lines(view(documents, "shop/web", "ci/api"))
    assert [] == lines(view(documents, "shop/web"))


def test_a_rule_that_denies_is_named_itself() -> None:
    spec = {"selector": "app == 'db'", "order": 1, "types": ["Ingress"], "ingress": [
        {"action": "Deny", "source": {"selector": "app == 'web'"}}, {"action": "Allow"},
    ]}  # fmt: skip
    documents = shop(other("GlobalNetworkPolicy", "db", "projectcalico.org/v3", spec=spec))

    assert ["shop/web -> shop/db none denied: destination closed by gnp/db ingress[0]"] == lines(
        view(documents, "shop/web", "shop/db", "calico")
    )


def test_ports_that_are_asked_about_are_the_only_ones() -> None:
    documents = shop(ingress({"ports": [{"port": 80, "endPort": 90}]}))

    assert ["TCP 85-90"] == [each.ports for each in view(documents, "ci/api", "shop/db", port="TCP/85-100").rows]
    assert ["denied"] == [each.verdict for each in view(documents, "ci/api", "shop/db", port="UDP/85").rows]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", "all"), ("80", "TCP 80"), ("udp/53", "UDP 53"), ("53/UDP", "UDP 53"), ("TCP/1-1024", "TCP 1-1024"),
     ("SCTP", "SCTP 1-65535"), ("1-2", "TCP 1-2")],
)  # fmt: skip
def test_ports_are_written_as_users_write_them(asked: str, found: str) -> None:
    assert found == text(spans(asked))


@pytest.mark.parametrize(
    "asked",
    ["0", "65536", "http", "TCP/", "/80", "ICMP/8", "80-70", "80-", "TCP/80/90", "80,81", "٣", "TCP/UDP", "1-2-3"],
)
def test_what_is_no_port_is_refused(asked: str) -> None:
    with pytest.raises(UsageError, match="is no port"):
        spans(asked)


def test_a_pod_by_itself_is_no_row() -> None:
    assert ["ci/api -> shop/db", "shop/db -> ci/api"] == [
        f"{each['source']} -> {each['destination']}"
        for each in view(shop(), "*/*", "*/*").pairs()
        if "shop/web" not in each.values()
    ]


def test_a_node_reaches_its_pods_whatever_their_policies() -> None:
    agent = replica("ops/agent-1", "agent", hostNetwork=True)
    documents = shop(ingress(), agent)

    assert ["ops/agent-5d8f -> shop/db, shop/web all allowed: on the same node, where no policy is asked"] == lines(
        view(documents, "ops/*", "shop/*")
    )
    assert ["node/n1 -> shop/db all allowed: on the same node, where no policy is asked"] == lines(
        view(documents, "node/n1", "shop/db")
    )
    assert ["denied"] == [
        each.verdict for each in view([*documents, node("n2", "10.0.0.2")], "node/n2", "shop/db").rows
    ]


@pytest.mark.parametrize(
    ("engines", "verdict"), [(("generic",), "allowed"), (("calico",), "denied"), (("vpc-cni", "calico"), "possible")]
)
def test_a_pod_reaches_its_node_unless_its_engine_asks_policies(engines: tuple[str, ...], verdict: str) -> None:
    images = {
        "generic": "antrea/antrea-agent:v2",
        "calico": "docker.io/calico/node:v3",
        "vpc-cni": "x/aws-network-policy-agent:v1",
    }
    parts = {each: {"name": "a", "image": images[each], "args": ["--enable-network-policy=true"]} for each in engines}
    agents = [replica(f"kube-system/{each}", each, hostNetwork=True, containers=[parts[each]]) for each in engines]
    found = view(shop(egress(), *agents), "shop/web", f"pod/kube-system/{engines[0]}", engine="")

    assert [verdict] == [each.verdict for each in found.rows]


def test_pods_that_no_engine_holds_say_why() -> None:
    alone = pod("shop/alone")
    alone["metadata"]["ownerReferences"] = []
    documents = shop(egress(), alone)

    assert ["shop/alone -> 169.254.169.254/32 TCP 80 allowed: source is a pod without its own controller"] == lines(
        view(documents, "shop/alone", "169.254.169.254", "vpc-cni", port="80")
    )


def test_without_an_engine_nothing_is_enforced() -> None:
    plugin = replica("kube-system/aws-node-1", "aws-node", hostNetwork=True, containers=[
        {"name": "agent", "image": "x/aws-network-policy-agent:v1", "args": ["--enable-network-policy=false"]}
    ])  # fmt: skip
    found = view(shop(ingress(), plugin), "ci/api", "shop/db", engine="")

    assert ["ci/api -> shop/db all allowed: not enforced: no engine runs (--enable-network-policy=false)"] == lines(
        found
    )


def test_a_connection_that_two_engines_let_through_has_the_reasons_of_both() -> None:
    agents = [
        replica("kube-system/a", "a", hostNetwork=True, containers=[{"name": "a", "image": "x/calico/node:v3"}]),
        replica("kube-system/b", "b", hostNetwork=True, containers=[{
            "name": "b", "image": "x/aws-network-policy-agent:v1", "args": ["--enable-network-policy=true"],
        }]),
    ]  # fmt: skip
    spec = {
        "selector": "app == 'db'",
        "order": 1,
        "ingress": [{"action": "Deny", "protocol": "UDP"}, {"action": "Allow"}],
    }
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 80}]
    documents = shop(
        *agents,
        policy(podSelector={"matchLabels": {"app": "db"}}, ingress=[{"from": [{"podSelector": {}}], "ports": ports}]),
        other("GlobalNetworkPolicy", "db", "projectcalico.org/v3", spec=spec),
    )
    found = view(documents, "shop/web", "shop/db", engine="")

    assert [
        "shop/web -> shop/db TCP 80 allowed: calico: no policy restricts the source; gnp/db ingress[1] | "
        "vpc-cni: no policy restricts the source; netpol/shop/policy ingress[0]"
    ] == lines(found)


def test_what_may_be_is_not_told_twice() -> None:
    spec = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}
    strange = {
        "podSelector": {},
        "ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchExpressions": [{"operator": "Near"}]}}]}],
    }
    documents = shop(
        other("NetworkPolicy", "shop/a", NP, spec=spec), other("NetworkPolicy", "shop/b", NP, spec=strange)
    )
    found = view(documents, "*/*", "shop/db")

    assert [("shop/web", "allowed"), ("ci/api", "possible")] == sorted(
        ((each["source"], each["verdict"]) for each in found.pairs()), key=lambda each: each[1]
    )
    assert ["netpol/shop/b /spec/ingress/0/from/0/podSelector/matchExpressions/0/operator"] == [
        f"{each.of} {each.at}" for each in found.faults
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("pod/shop/web-1", ["shop/web-1"]), ("deploy/shop/web", ["shop/web"]), ("shop/web", ["shop/web"]),
     ("shop/web-2", ["shop/web-2"]), ("shop/*", ["shop/db", "shop/web"]), ("*/web*", ["shop/web"]),
     ("ns/ci", ["ci/api"]), ("namespace/ci", ["ci/api"]), ("deploy/*/*", ["ci/api", "shop/db", "shop/web"]),
     ("10.0.0.0/8", ["10.0.0.0/8"]), ("192.0.2.7", ["192.0.2.7/32"]), ("internet", ["internet"]), ("vpc", ["vpc"]),
     ("node/n1", ["node/n1"]), ("*", ["ci/api", "shop/db", "shop/web"])],
)  # fmt: skip
def test_peers_are_named_as_users_name_them(asked: str, found: list[str]) -> None:
    assert found == sorted({each["source"] for each in view(shop(), asked).pairs()})


def test_a_name_without_a_namespace_is_in_the_one_that_is_given() -> None:
    assert {"ci/api"} == {each["source"] for each in view(shop(), "api", namespace="ci").pairs()}
    assert {"shop/web"} == {each["source"] for each in view(shop(), "deploy/web", namespace="shop").pairs()}


@pytest.mark.parametrize(
    ("asked", "says"),
    [("shop/wep", "`shop/wep` is no peer in the snapshot; did you mean shop/web"),
     ("pod/shop/web", "did you mean shop/web"),
     ("web", "`default/web` is no peer in the snapshot; did you mean shop/web"),
     ("sts/shop/web", "`sts/shop/web` is no peer"), ("ns/shpo", "did you mean ns/shop"),
     ("node/n9", "did you mean node/n1"),
     ("nothing/*", "is no peer"), ("300.1.1.1", "is no peer"), ("/", "is no peer")],
)  # fmt: skip
def test_a_name_that_is_nobodys_is_refused_with_what_comes_near(asked: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        view(shop(), asked)

    assert says in str(caught.value)


def test_an_address_of_a_pod_is_that_pod() -> None:
    documents = shop(replica("shop/cache-1", "cache", address="10.0.1.9"), replica_set("shop", "cache"))

    assert ["shop/cache"] == [each["destination"] for each in view(documents, "shop/web", "10.0.1.9").pairs()]


def test_two_addresses_are_no_connection_of_the_clusters() -> None:
    assert [] == lines(view(shop(), "192.0.2.1", "192.0.2.2"))


def test_an_engine_that_is_guessed_decides_nothing() -> None:
    found = view(shop(ingress()), "ci/api", "shop/db", engine="")

    assert ["denied"] == [each.verdict for each in found.rows]
    assert found.rows[0].why.endswith("if an engine runs, for none is seen")
    assert not found.is_decided
