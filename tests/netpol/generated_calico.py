"""Calico's policies, tiers and network sets, beside NetworkPolicies."""

from __future__ import annotations

from generated_kubernetes import ACCOUNTS, BLOCKS, NAMES, PROTOCOLS, SPACES, is_bad, policy
from hypothesis import strategies as st
from strategies.words import Json, chance, few, fields, item, one, optional

VERSION = "projectcalico.org/v3"
# None is 1000, where NetworkPolicies are: which of two equal ones comes first is their names' affair.
ORDERS = (10, 20, 500, 2000, 1500.5)
PODS = (
    "app == 'web'", 'app == "db"', "app != 'web'", "has(tier)", "tier in {'front', 'back'}", "app not in {'db'}",
    "app contains 'e'", "tier starts with 'fr'", "tier ends with \"ck\"", "all()",
    "projectcalico.org/namespace == 'shop'", "projectcalico.org/serviceaccount == 'reader'",
)  # fmt: skip
WIDE = ("all()", "team == 'a'", "team != 'a'", "has(team)", "projectcalico.org/name == 'ci'")
ACCOUNT = ("role == 'reader'", "has(role)", "projectcalico.org/name == 'writer'")
SETS = (*PODS, "kind == 'net'", "kind == 'net'")
NUMBERS = (80, 443, "80", "1:1023", "53:80", *NAMES)


def calico_policies(draw: st.DrawFn, total: int, spaces: tuple[str, ...]) -> list[Json]:
    found = [_tier(draw, name) for name in few(draw, ("early", "late"), 2)]
    tiers = [each["metadata"]["name"] for each in found]
    for number in range(total):
        if chance(draw, 35):
            found.append(policy(draw, f"kube-{number}", one(draw, "shop", *spaces)))
        else:
            found.append(calico_policy(draw, f"calico-{number}", one(draw, "shop", *spaces), tiers))
    found += [network_set(draw, name) for name in few(draw, ("nets", "own"), 2)]
    if chance(draw, 40):
        found += [host_endpoint(draw, name) for name in few(draw, ("one", "two", "three"), 3, 1)]
    if chance(draw, 30):
        ports = [{"port": 80, "targetPort": one(draw, 80, 8080, "http")}]
        found.append(item("Service", "web", "shop", spec={"selector": {"app": "web"}, "ports": ports}))
    return found


def _object(kind: str, name: str, space: str = "", **rest: object) -> Json:
    return item(kind, name, space, **rest) | {"apiVersion": VERSION}


def _tier(draw: st.DrawFn, name: str) -> Json:
    order = fields(optional(draw, "order", 100 if name == "early" else 2000000, percent=85))
    return _object("Tier", name, spec=order | fields(optional(draw, "defaultAction", "Pass", "Deny")))


def network_set(draw: st.DrawFn, name: str) -> Json:
    spec = {"nets": few(draw, sorted(set(BLOCKS) - {"0.0.0.0/0", "::/0"}), 2, 1)}
    labels = {"kind": "net"} | fields(optional(draw, "app", "web"))
    if name == "own":
        return _object("NetworkSet", name, one(draw, *SPACES), labels=labels, spec=spec)
    return _object("GlobalNetworkSet", name, labels=labels, spec=spec)


def host_endpoint(draw: st.DrawFn, name: str) -> Json:
    """Of a node that has several, little is known: mostly each has its own."""
    node = {"one": "n1", "two": "n2"}.get(name) or one(draw, "n1", "n2", "n7", "fargate-n3")
    spec = {"node": node, "interfaceName": one(draw, *["*"] * 5, "eth0")} | fields(
        optional(draw, "expectedIPs", ["10.0.0.1"], ["10.0.0.2"], ["10.0.0.1", "10.0.0.2"], percent=75),
        optional(draw, "profiles", *[["projectcalico-default-allow"]] * 3, ["own"], percent=70),
        optional(draw, "ports", [{"name": one(draw, *NAMES), "port": one(draw, 80, 443)}], percent=20),
    )
    if is_bad(draw):
        spec["interface"] = "eth0"
    labels = {"kind": "net"} | fields(optional(draw, "app", "web", "db"), optional(draw, "tier", "front"))
    return _object("HostEndpoint", name, labels=labels, spec=spec)


def expression(draw: st.DrawFn, words: tuple[str, ...], depth: int = 2) -> str:
    form = one(draw, "match", "match", "match", "!", "()", "&&", "||") if depth else "match"
    if is_bad(draw):
        return one(draw, "app = 'web'", "app == 'web' &&", "has(app", "app in ['web']")
    if form == "match":
        return one(draw, *words)
    left = expression(draw, words, depth - 1)
    if form == "!":
        return f"!{left}" if " " not in left else f"!({left})"
    if form == "()":
        return f"({left})"
    return f"{left} {form} {expression(draw, words, depth - 1)}"


def calico_policy(draw: st.DrawFn, name: str, space: str, tiers: list[str]) -> Json:
    wide = chance(draw, 50)
    spec = fields(
        optional(draw, "order", *ORDERS, percent=80),
        optional(draw, "tier", *tiers, "default", percent=50),
        optional(draw, "types", ["Ingress"], ["Egress"], ["Ingress", "Egress"], percent=50),
    )
    spec |= {"selector": expression(draw, PODS)} if chance(draw, 75) else {}
    if chance(draw, 15):
        spec["serviceAccountSelector"] = expression(draw, ACCOUNT, 1)
    if wide and chance(draw, 30):
        spec["namespaceSelector"] = expression(draw, WIDE, 1)
    for key in few(draw, ("ingress", "egress"), 2):
        spec[key] = [_rule(draw, key, wide) for _ in range(draw(st.integers(1, 3)))]
    if is_bad(draw):
        spec["priority"] = 1
    if wide and chance(draw, 10):
        spec |= dict.fromkeys(("applyOnForward", *few(draw, ("preDNAT", "doNotTrack"), 1)), True)
    if wide:
        return _object("GlobalNetworkPolicy", name, spec=spec)
    return _object(one(draw, *["NetworkPolicy"] * 9, "StagedNetworkPolicy"), name, space, spec=spec)


def _rule(draw: st.DrawFn, key: str, wide: bool) -> Json:
    found: Json = {"action": one(draw, "Allow", "Allow", "Allow", "Deny", "Deny", "Pass", "Log")}
    found |= fields(
        optional(draw, "protocol", "TCP", "TCP", "UDP", "SCTP", "ICMP", 6, percent=50),
        optional(draw, "notProtocol", *PROTOCOLS, percent=8),
        optional(draw, "ipVersion", 4, percent=5),
    )
    peer, own = ("source", "destination") if key == "ingress" else ("destination", "source")
    if chance(draw, 75):
        found[peer] = _entity(draw, wide)
    if chance(draw, 12):
        found[own] = {"selector": expression(draw, PODS, 1)}
    if found.get("protocol") in (*PROTOCOLS, 6) or is_bad(draw):
        if chance(draw, 60):
            ports = {"ports": few(draw, NUMBERS, 2, 1)} if chance(draw, 75) else {"notPorts": few(draw, NUMBERS, 2, 1)}
            found["destination"] = found.get("destination", {}) | ports
            found["destination"] |= fields(optional(draw, "notPorts", [80], ["70:90"], percent=15))
        if chance(draw, 6) and found["action"] in ("Allow", "Deny"):
            found["source"] = found.get("source", {}) | {"ports": [1024]}
    if key == "egress" and chance(draw, 15):
        found["destination"] = {"services": {"name": "web", "namespace": "shop"}}
    return found


def _entity(draw: st.DrawFn, wide: bool) -> Json:
    nets = tuple(sorted(set(BLOCKS))) + (("10.0.0.0/33",) if is_bad(draw) else ())
    found: Json = {}
    if chance(draw, 30):
        found["nets"] = few(draw, nets, 2, 1)
    if chance(draw, 12):
        found["notNets"] = few(draw, nets, 2, 1)
    if chance(draw, 50):
        found["selector"] = expression(draw, SETS)
    if chance(draw, 12):
        found["notSelector"] = expression(draw, SETS, 1)
    if chance(draw, 30):
        found["namespaceSelector"] = "global()" if chance(draw, 25) else expression(draw, WIDE, 1)
    if chance(draw, 12):
        choices = ({"names": ["reader"]}, {"names": [*ACCOUNTS]}, {"selector": expression(draw, ACCOUNT, 1)})
        found["serviceAccounts"] = one(draw, *choices)
    return found
