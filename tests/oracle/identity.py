"""The catalogue's sections 9 and 10: roles that are handed out, Pod Identity, names not taken, keys that lie about."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

from oracle.abuse import relabelling
from oracle.aws import _asked, _claims, _named, is_told, principals
from oracle.conditions import UNKNOWN, conditions, document, statements
from oracle.connections import METADATA, connections
from oracle.containers import Pairs
from oracle.escalations import full
from oracle.interceptors import Agent, agents, is_on, may_catch, value
from oracle.makers import _here, _makers
from oracle.mapping import _has_metadata, _instance, _options, _session
from oracle.nodes import PODS, _gives, _reaches_agent
from oracle.policies import Ask, allowed
from oracle.rights import ADMIN, MASTERS, Right, Rights
from oracle.tokens import held, providers
from oracle.volumes import _owners
from oracle.world import Json, Pod, World

ROLE, ALLOWED, PERMITTED = (f"iam.amazonaws.com/{each}" for each in ("role", "allowed-roles", "permitted"))
STEPS = {"kube2iam": "KUBE2IAM_ROLE", "kiam": "KIAM_ROLE"}
# An agent, the node it is on, as whom roles are asked for (`None`: not known), and what names are put after.
Way = tuple[Agent, str, str | None, str]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    rights = full(world)
    handing = Handing(world, rights)
    yield from handing.roles("kube2iam")
    yield from handing.roles("kiam")
    yield from handing.changes()
    yield from handing.nodes()
    yield from handing.takeovers()
    yield from _pod_identity(world)
    yield from _waiting(world, rights)
    yield from _lying(world)


class Handing:
    """Who is handed which role."""

    def __init__(self, world: World, rights: Rights) -> None:
        self.world, self.rights = world, rights
        self.trusts = {
            each["Arn"]: document(each["AssumeRolePolicyDocument"]) for each in world.said_each("RoleDetailList")
        }
        self.policies = {who: (policies, boundary) for who, policies, boundary in principals(world)}
        self.ways = {product: list(self._ways(product)) for product in STEPS}
        self.openable = {space for subject, space in relabelling(rights) if subject not in (MASTERS, ADMIN)}

    def _ways(self, product: str) -> Iterator[Way]:
        for agent in agents(self.world, product):
            for node in agent[0].nodes if may_catch(self.world, agent[2]) else ():
                flags = ("--base-role-arn", "--auto-discover-base-arn")
                found = self._as_node(node, agent[2], *flags) if product == "kube2iam" else list(self._servers())
                yield from ((agent, node, who, base) for who, base in found)

    def _as_node(self, node: str, words: list[str], flag: str, detect: str) -> list[tuple[str | None, str]]:
        session = _session(self.world, node) if _has_metadata(self.world, node) else []
        if not session:
            return []
        base = value(words, flag)
        if base:
            base = base if base.endswith("/") else base + "/"
        elif is_on(words, detect):
            base = f"arn:aws:iam::{session[0].split(':')[4]}:role/"
        return [(session[1] if len(session) == 2 else None, base or "")]

    def _servers(self) -> Iterator[tuple[str | None, str]]:
        placed = list(self._placed())
        yield from ((who, base) for _, who, base in placed)
        if not any(True for _ in agents(self.world, "kiam", "server")):
            yield None, ""

    def _placed(self) -> Iterator[tuple[str, str | None, str]]:
        for pod, _, words in agents(self.world, "kiam", "server"):
            for node in pod.nodes:
                for who, base in self._as_node(node, words, "--role-base-arn", "--role-base-arn-autodetect"):
                    yield node, value(words, "--assume-role-arn") or who, base

    # Which role.

    def gets(self, who: str | None, role: str) -> bool:
        if role not in self.trusts:
            accounts = {each.split(":")[4] for each in self.trusts}
            return role.split(":")[4] not in accounts
        if who is None:
            return True
        policies, boundary = self.policies.get(who, ([UNKNOWN], None))
        return allowed(Ask(self.world, who, "sts:AssumeRole", role, policies, boundary, self.trusts[role]))

    def permits(self, way: Way, space: str, role: str, names: list[str], said: str | None = None) -> bool | None:
        """Whether pods of a namespace may have a role; `None` if they may and no annotation is asked."""
        agent, _, _, base = way
        words = agent[2]
        is_kiam = "/kiam" in agent[1]["image"]
        if not is_kiam:
            default = value(words, "--default-role")
            is_free = default is not None and _arn(base, default) == role
            if not is_on(words, "--namespace-restrictions") or is_free:
                return None
        stored = self.world.one("Namespace", "", space)
        if said is None:
            if stored is None:
                return True
            key = PERMITTED if is_kiam else value(words, "--namespace-key") or ALLOWED
            said = (stored["metadata"].get("annotations") or {}).get(key)
        if not said:
            return False
        if is_kiam:
            return self._by_expression(said, names)
        try:
            patterns = [_arn(base, each) or "" for each in json.loads(said)]
        except ValueError:
            return False
        if value(words, "--namespace-restriction-format") == "regexp":
            return any(_found(each, role) for each in patterns)
        return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), role) for each in patterns)

    def _by_expression(self, said: str, names: list[str]) -> bool:
        if any(_found(f"^{said}$", name) for name in names):
            return True
        servers = list(agents(self.world, "kiam", "server"))
        is_loose = not servers or any(
            is_on(words, "--disable-strict-namespace-regexp") or not re.search(r":v4\.\d+\.\d+", container["image"])
            for _, container, words in servers
        )
        return is_loose and any(_found(said, name) for name in names)

    # To whom.

    def roles(self, product: str) -> Pairs:
        step = STEPS[product]
        for pod in self.world.pods:
            for role, is_free, after in self._of_pod(product, pod):
                if is_free:
                    yield step, pod.ref, role
                if after:
                    yield step, f"{pod.ref} & change/KUBE2IAM_NS_EDIT/ns/{pod.namespace}", role
        for way in {(id(each[0][1]), each[2], each[3]): each for each in self.ways[product]}.values():
            for role in self._candidates(way):
                for who, space in self._choosers(product):
                    plain = self.permits(way, space, role, _spelt(way[3], role)) if space else None
                    for each in self.world.namespaces if plain is None and self._is_restricted(way, role) else [space]:
                        yield from self._chosen(step, way, role, who, each)

    def _chosen(self, step: str, way: Way, role: str, who: str, space: str) -> Pairs:
        names = _spelt(way[3], role)
        if not self._is_restricted(way, role):
            yield step, who, role
        elif space in self.world.namespaces:
            if self.permits(way, space, role, names):
                yield step, who, role
            if space in self.openable:
                yield step, f"{who} & change/KUBE2IAM_NS_EDIT/ns/{space}", role

    def _is_restricted(self, way: Way, role: str) -> bool:
        """Whether it is a namespace's annotation that decides about a role."""
        return self.permits(way, "", role, [], said="x") is not None

    def _candidates(self, way: Way) -> set[str]:
        _, _, who, base = way
        named = {_arn(base, text) for pod in self.world.pods if (text := _wanted(self.world, pod))}
        default = value(way[0][2], "--default-role")
        named |= {_arn(base, default)} if default and "/kiam" not in way[0][1]["image"] else set()
        found = {each for each in named if each} | (set(self.trusts) if who is not None else set())
        return {role for role in found if self.gets(who, role)}

    def _of_pod(self, product: str, pod: Pod) -> Iterator[tuple[str, bool, bool]]:
        """The roles of a pod, and whether it has each as things stand, or once its namespace is changed."""
        if pod.spec.get("hostNetwork") or not connections(self.world).to(pod, [METADATA], 80):
            return
        for way in self.ways[product]:
            agent, node, who, base = way
            text = _wanted(self.world, pod)
            if not text and product == "kube2iam":
                text = value(agent[2], "--default-role") or ""
                names = [""]
            else:
                names = [text]
            role = _arn(base, text) if text else None
            if node in pod.nodes and role and self.gets(who, role):
                is_free = self.permits(way, pod.namespace, role, names)
                after = is_free is not None and pod.namespace in self.openable
                yield role, is_free is not False, after

    def _choosers(self, product: str) -> set[tuple[str, str]]:
        """Who writes a pod's annotations, and in which namespace; an empty one is any."""
        found = set()
        for who, right in _makers(self.rights):
            found |= {(who, space) for space in self._spaces(right)}
        nodes = {node for _, node, _, _ in self.ways[product]}
        caught = [pod for pod in self.world.pods if not pod.spec.get("hostNetwork") and pod.nodes & nodes]
        for verb in ("update", "patch"):
            for who, right in self.rights.holders(verb, "pods"):
                found |= {(who, pod.namespace) for pod in caught if right.covers(pod.ref)}
        return found

    def _spaces(self, right: Right) -> set[str]:
        here = {space for space in self.world.namespaces if _here(self.world, right, space)}
        return here | ({""} if right.space is None else {right.space})

    # By other ways.

    def changes(self) -> Pairs:
        ways = [way for each in self.ways.values() for way in each]
        if any("/kiam" in way[0][1]["image"] or is_on(way[0][2], "--namespace-restrictions") for way in ways):
            for subject, space in relabelling(self.rights):
                for who in self.rights.members(subject):
                    yield "KUBE2IAM_NS_EDIT", who, f"change/KUBE2IAM_NS_EDIT/ns/{space}"

    def nodes(self) -> Pairs:
        with_agent = {node for pod, _, _ in agents(self.world, "kube2iam") for node in pod.nodes}
        found: dict[str, list[tuple[str, str]]] = {}
        for node in self.world.nodes:
            session = _session(self.world, node)
            if _has_metadata(self.world, node) and len(session) == 2:
                found.setdefault(session[1], []).append((node, session[0]))
        for who, held_by in found.items():
            if with_agent & {node for node, _ in held_by}:
                for role in self.trusts:
                    if role != who and self.gets(who, role):
                        yield from (("KUBE2IAM_NODE_ASSUME", each, role) for each in (who, *(s for _, s in held_by)))

    def takeovers(self) -> Pairs:
        step = "KIAM_SERVER_TAKEOVER"
        for node, who, _ in self._placed():
            for role in self.trusts if who is not None and self.world.compute(node) != "fargate" else ():
                if self.gets(who, role):
                    yield step, f"node/{node}", role
        # What besides is needed, and the role.
        roles: set[tuple[str, str]] = set()
        for pod in self.world.pods:
            for role, is_free, after in self._of_pod("kiam", pod):
                roles |= {("", role)} if is_free else set()
                roles |= {(f" & change/KUBE2IAM_NS_EDIT/ns/{pod.namespace}", role)} if after else set()
        servers = [pod for pod, _, _ in agents(self.world, "kiam", "server")]
        for secret in self._certificates():
            for start in [f"{secret} & {each.endpoint}" for each in servers] or [secret]:
                yield from ((step, start + besides, role) for besides, role in roles)

    def _certificates(self) -> Iterator[str]:
        for pod, container, _ in (*agents(self.world, "kiam"), *agents(self.world, "kiam", "server")):
            mounted = {mount["name"] for mount in container.get("volumeMounts") or ()}
            for volume in pod.spec.get("volumes") or ():
                if volume["name"] in mounted and "secret" in volume:
                    yield f"secret/{pod.namespace}/{volume['secret']['secretName']}"


def _arn(base: str, name: str) -> str | None:
    if name.lower().startswith("arn:"):
        return name
    return base + name if base and name else None


def _spelt(base: str, role: str) -> list[str]:
    return [role, role[len(base) :]] if base and role.startswith(base) else [role]


def _found(pattern: str, text: str) -> bool:
    """Whether an expression may be found in a text; one that cannot be read, or takes for ever, may be."""
    if ")+" in pattern:
        return True
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _wanted(world: World, pod: Pod) -> str:
    """The role that a pod's annotation names, or that of the template that it would be made of."""
    return pod.spec.get("@role") or ""


# Pod Identity.


def _pod_identity(world: World) -> Pairs:
    for each, given in _associations(world):
        token = f"token/{each['namespace']}/{each['serviceAccount']}/{PODS}"
        for pod in world.pods:
            is_its = pod.account == f"sa/{each['namespace']}/{each['serviceAccount']}"
            has_token = pod.planned or token in held(world, pod)
            if is_its and has_token and _reaches_agent(world, pod):
                yield "POD_IDENTITY_ASSUME", pod.ref, given


def _associations(world: World) -> Iterator[tuple[Json, str]]:
    clusters = [cluster["name"] for cluster in world.said("cluster")]
    for each in world.associations():
        arn = f"arn:aws:eks:eu-west-1:{each['associationArn'].split(':')[4]}:cluster/{each['clusterName']}"
        if (not clusters or each["clusterName"] in clusters) and _gives(world, each, arn):
            yield each, each.get("targetRoleArn") or each["roleArn"]


# Names that nobody has taken.


def _waiting(world: World, rights: Rights) -> Pairs:
    pods = list(_makers(rights))
    tokens = list(rights.holders("create", "serviceaccounts/token"))
    wanted = {name for _, right in tokens for name in right.names or ()}
    for each, given in _associations(world):
        account = f"sa/{each['namespace']}/{each['serviceAccount']}"
        if account not in rights.accounts:
            for who in _able(world, rights, account, pods):
                yield "POD_IDENTITY_SQUAT", who, given
    for role in world.said_each("RoleDetailList"):
        trust = document(role["AssumeRolePolicyDocument"])
        listed = [(key, values) for each in statements(trust) for _, key, values in conditions(each)]
        said = {value for key, values in listed if key.endswith(":sub") for value in values}
        exact = {each for each in said if not set(each) & set("*?")}
        named = [("POD_IDENTITY_SQUAT", each) for each in exact]
        for step, subject in [
            *named,
            *(("IRSA_TRUST_BROAD", each) for each in _some(world, said - exact, wanted) - exact),
        ]:
            account = _of(subject)
            if account and account not in rights.accounts and _takes(world, role["Arn"], trust, subject):
                yield from ((step, who, role["Arn"]) for who in _able(world, rights, account, [*pods, *tokens]))


def _some(world: World, patterns: set[str], wanted: set[str]) -> set[str]:
    """Names such as somebody might choose."""
    spaces = {*world.namespaces, "brand-new"} | {
        each.split(":")[2].replace("*", "q") for each in patterns if each.count(":") > 1
    }
    names = {"anything"} | wanted | {each.split(":")[3].replace("*", "q") for each in patterns if each.count(":") > 2}
    return {f"system:serviceaccount:{space}:{name}" for space in spaces for name in names}


def _of(subject: str) -> str:
    parts = subject.split(":")
    return f"sa/{parts[2]}/{parts[3]}" if len(parts) == 4 else ""


def _able(world: World, rights: Rights, account: str, speaking: list[tuple[str, Right]]) -> set[str]:
    """Who makes accounts in a namespace and speaks as them; for one that is not there, whoever may do it everywhere."""
    _, space, name = account.split("/")
    there = space if space in world.namespaces else ""
    makers = {who for who, right in rights.holders("create", "serviceaccounts") if _here(world, right, there)}
    speaking = [each for each in speaking if each[1].names is None or name in each[1].names]
    return makers & {who for who, right in speaking if _here(world, right, there)}


def _takes(world: World, role: str, trust: Json, subject: str) -> bool:
    """Whether some token of a subject is good for a role."""
    issuers = {
        cluster["identity"]["oidc"]["issuer"].removeprefix("https://")
        for cluster in world.said("cluster")
        if (cluster.get("identity") or {}).get("oidc")
    }
    was_asked = any(True for _ in world.said("OpenIDConnectProviderList"))
    roles = {each["Arn"]: each for each in world.said_each("RoleDetailList")}
    for provider, audiences in (providers(world) if was_asked else _named(roles)).items():
        issuer = provider.partition(":oidc-provider/")[2]
        is_ours = issuer in issuers or (not issuers and issuer.startswith("oidc.eks."))
        trusts = [document(each["AssumeRolePolicyDocument"]) for each in roles.values()]
        guessed = set() if is_told(world, issuer) else {aud for each in trusts for aud in _asked(each, issuer)}
        for audience in {*audiences, *guessed} if is_ours and provider.split(":")[4] == role.split(":")[4] else ():
            known = _claims(trust, issuer, subject, audience)
            action = "sts:AssumeRoleWithWebIdentity"
            if allowed(Ask(world, provider, action, role, own=trust, kind="Federated", known=known)):
                return True
    return False


# What lies about.

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI"


def _lying(world: World) -> Pairs:
    for space, name, found in world.all("ConfigMap"):
        texts = [*(found.get("data") or {}).values(), *(found["metadata"].get("annotations") or {}).values()]
        if any(ID in text for text in texts) and any(SECRET in text for text in texts):
            yield from (("STATIC_AWS_KEY", f"configmap/{space}/{name}", user) for user in _users(world))
    for node in world.nodes:
        if not _has_metadata(world, node):
            continue
        instance, text = _instance(world, node), user_data(world, node)
        has_key = _has_key(text)
        owners = set(_owners(text)) if text is not None else set()
        ref = f"userdata/{node}"
        if has_key:
            yield from (("STATIC_AWS_KEY", ref, user) for user in _users(world))
        yield from (("IMDS_USERDATA", ref, owner) for owner in owners)
        is_open = _options(world, node).get("HttpEndpoint") != "disabled"
        if is_open and is_telling(text):
            yield "IMDS_USERDATA", f"imds/{node}", ref
            yield from (("IMDS_USERDATA", pod.ref, ref) for pod in _handed_on(world, node))
        if instance and (has_key or owners):
            arn = f"arn:aws:ec2:eu-west-1:{instance[0]}:instance/{instance[1]['InstanceId']}"
            for who, policies, boundary in principals(world):
                if allowed(Ask(world, who, "ec2:DescribeInstanceAttribute", arn, policies, boundary)):
                    yield "IMDS_USERDATA", who, ref


def user_data(world: World, node: str) -> str | None:
    """What the instance of a node was started with, where that was collected."""
    known = {
        answer["InstanceId"]: answer["UserData"].get("Value", "") for answer in world.answers if "UserData" in answer
    }
    instance = _instance(world, node)
    name = instance[1]["InstanceId"] if instance else ""
    return base64.b64decode(known[name]).decode() if name in known else None


def is_telling(text: str | None) -> bool:
    """Whether user data holds a credential, or may."""
    return text is None or _has_key(text) or bool(set(_owners(text)))


def _has_key(text: str | None) -> bool:
    return text is not None and ID in text and SECRET in text


def _handed_on(world: World, node: str) -> Iterator[Pod]:
    """The ordinary pods of a node to which an interceptor hands on what is no credential."""
    for product in STEPS:
        for agent, _, words in agents(world, product):
            route = value(words, "--whitelist-route-regexp")
            hands_on = product == "kube2iam" or (route is not None and _found(route, "/latest/user-data"))
            if node in agent.nodes and hands_on and may_catch(world, words):
                for pod in world.pods:
                    is_ordinary = node in pod.nodes and not pod.spec.get("hostNetwork")
                    if is_ordinary and connections(world).to(pod, [METADATA], 80):
                        yield pod


def _users(world: World) -> Iterator[str]:
    for key in world.said_each("AccessKeyMetadata"):
        for user in world.said_each("UserDetailList"):
            if key["AccessKeyId"] == ID and key.get("Status") != "Inactive" and user["UserName"] == key["UserName"]:
                yield user["Arn"]
