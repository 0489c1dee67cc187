"""The catalogue's section 5, beyond roles and tokens: rights over the guard rails, the certificates and the nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oracle.containers import Pairs
from oracle.escalations import full
from oracle.mapping import access
from oracle.rights import ADMIN, ALL, EVERYBODY, MASTERS, POLICIES, Right, Rights
from oracle.world import World

CERTIFICATES = "certificates.k8s.io"
CSR = "certificatesigningrequests"
NOBODY = ("group/system:unauthenticated", "user/system:anonymous")
HARMLESS = ["public-info-viewer", "discovery", "basic-user", "service-account-issuer-discovery"]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = full(world)
    yield from _labels(rights)
    yield from _permissions(rights)
    yield from _public(rights)
    if world.control_plane is not False:
        yield from _certificates(rights)
    yield from _kubelets(rights)


def _labels(rights: Rights) -> Pairs:
    for subject, space in relabelling(rights):
        for who in rights.members(subject):
            yield "NS_LABEL_EDIT", who, f"change/NS_LABEL_EDIT/ns/{space}"


def relabelling(rights: Rights) -> Iterator[tuple[str, str]]:
    """S13: a binding in a namespace gives rights over that very namespace, though namespaces are in none."""
    for verb in ("update", "patch"):
        bound = [right for right in rights.stored(verb, "namespaces", bind_here=True) if right.space is not None]
        for right in (*rights.may(verb, "namespaces"), *bound):
            for space in {right.space} if right.space is not None else rights.world.namespaces:
                if right.names is None or space in right.names:
                    yield right.subject, space


def openable(rights: Rights) -> set[str]:
    """The namespaces that somebody may relabel. Whoever may do anything opens none: they make one of their own."""
    return {space for subject, space in relabelling(rights) if subject not in (MASTERS, ADMIN)}


def _permissions(rights: Rights) -> Pairs:
    for _, space, subject, role in rights.bindings:
        for who in rights.members(subject) if role in rights.roles else ():
            yield "PERMISSION_DISCOVER", who, f"grant/{space or '*'}/{role}"
    for user, policy, scopes in access(rights.world):
        spaces: Iterable[str] = scopes or ["*"]
        for scope in spaces if POLICIES.get(policy) != [] else ():
            # S15: a namespace that ends in `*` is a wildcard.
            begins = scope.endswith("*") and scopes
            names = [each for each in rights.world.namespaces if each.startswith(scope[:-1])] if begins else [scope]
            yield from (("PERMISSION_DISCOVER", user, f"grant/{space}/{policy}") for space in names)


def _public(rights: Rights) -> Pairs:
    on_eks = rights.world.control_plane is False
    for _, _, subject, role in rights.bindings:
        if role not in rights.roles or role in [f"clusterrole/system:{name}" for name in HARMLESS]:
            continue
        if subject in NOBODY and not (on_eks and not rights.world.server_before(32)):
            yield "PUBLIC_GROUP_GRANT", "apiserver", subject
        if subject in (EVERYBODY, ALL) or subject.startswith(f"{ALL}:"):
            yield from (("PUBLIC_GROUP_GRANT", who, subject) for who in rights.members(subject))


def _certificates(rights: Rights) -> Pairs:
    anybody = (rights.users | rights.groups) - {MASTERS}
    yield from (("CSR_SIGN_CLIENT", who, target) for who in _signers(rights) for target in anybody)
    nodes = [f"user/system:node:{node}" for node in rights.world.nodes]
    for right in rights.may("create", "certificatesigningrequests/nodeclient", "certificates.k8s.io"):
        group = right.subject.removeprefix("group/system:").partition(":")[0]
        if right.names is None and right.subject.startswith("group/system:") and group == "bootstrappers":
            sources = rights.members(right.subject)
            for home, name, secret in rights.world.all("Secret"):
                if home == "kube-system" and secret.get("type") == "bootstrap.kubernetes.io/token":
                    sources.add(f"secret/{home}/{name}")
            yield from (("NODE_CSR_ANY", source, node) for source in sources for node in nodes)


def _signers(rights: Rights) -> Iterator[str]:
    """Who may have a client certificate signed."""

    def having(verbs: str, resource: str) -> dict[str, list[Right]]:
        found: dict[str, list[Right]] = {}
        for verb in verbs.split():
            for who, right in rights.holders(verb, resource, CERTIFICATES):
                found.setdefault(who, []).append(right)
        return found

    def of_clients(verb: str) -> set[str]:
        wanted = {"kubernetes.io/kube-apiserver-client", "kubernetes.io/*"}
        held = having(verb, "signers")
        return {who for who in held for right in held[who] if right.names is None or wanted & {*right.names}}

    approving, reading = having("update patch", f"{CSR}/approval"), having("get list watch patch", CSR)
    for who in having("create", CSR):
        if who in of_clients("sign") and who in having("update patch", f"{CSR}/status"):
            yield who
        # The one request that is made is the one that is approved and read.
        for one in approving.get(who, ()) if who in of_clients("approve") else ():
            for other in reading.get(who, ()):
                if one.names is None or other.names is None or {*one.names} & {*other.names}:
                    yield who


def _kubelets(rights: Rights) -> Pairs:
    world = rights.world
    for step, verb, resource in (
        ("NODE_PROXY_EXEC", "create", "nodes/proxy"), ("NODE_PROXY_EXEC", "get", "nodes/proxy"),
        ("NODE_LOG_READ", "get", "nodes/log"), ("NODE_CHECKPOINT", "create", "nodes/checkpoint"),
    ):  # fmt: skip
        for who, right in rights.holders(verb, resource):
            for node in world.nodes:
                # The name of a node that nobody told may be any.
                if right.names is not None and node not in (*right.names, "*"):
                    continue
                if step == "NODE_PROXY_EXEC":
                    yield from ((step, who, pod.ref) for pod in world.pods if node in pod.nodes)
                elif world.compute(node) != "fargate":
                    yield step, who, f"{'journal' if step == 'NODE_LOG_READ' else 'checkpoint'}/{node}"
