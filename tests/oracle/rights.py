"""S11 to S16: who may what in the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from oracle.mapping import access, mappings
from oracle.world import Json, World

RBAC = "rbac.authorization.k8s.io"
MASTERS, ADMIN = "group/system:masters", "cluster-admin"
ALL, NODES, EVERYBODY = "group/system:serviceaccounts", "group/system:nodes", "group/system:authenticated"
OUTSIDE = (
    "nodes", "persistentvolumes", "clusterroles", "clusterrolebindings", "users", "groups", "namespaces",
    "globalnetworkpolicies", "ciliumclusterwidenetworkpolicies", "clusternetworkpolicies",
    "certificatesigningrequests", "signers",
)  # fmt: skip
APPS = ["daemonsets", "deployments", "replicasets", "statefulsets"]


def rule(verbs: str, group: str, *resources: str) -> Json:
    return {"verbs": verbs.split(), "apiGroups": [group], "resources": list(resources)}


READ, WRITE = "get list watch", "create delete deletecollection patch update"
VIEW = [
    rule(READ, "", "configmaps", "pods", "services", "serviceaccounts", "namespaces", "replicationcontrollers"),
    rule(READ, "", "persistentvolumeclaims", "pods/log"),
    rule(READ, "apps", *APPS), rule(READ, "batch", "jobs", "cronjobs"),
]  # fmt: skip
MAKERS = [
    rule(f"{READ} {WRITE}", "", "pods/exec", "pods/attach", "secrets"), rule("create", "", "pods/eviction"),
    rule(f"{READ} {WRITE}", "", "pods/portforward", "pods/proxy", "services/proxy"),
    rule(WRITE, "", "pods", "configmaps", "serviceaccounts", "services", "replicationcontrollers"),
    rule(WRITE, "", "persistentvolumeclaims"),
    rule(WRITE, "apps", *APPS), rule(WRITE, "batch", "jobs", "cronjobs"), rule("impersonate", "", "serviceaccounts"),
    rule(WRITE, "networking.k8s.io", "ingresses", "networkpolicies"),
]  # fmt: skip
EDIT = [*VIEW, *MAKERS, rule("create", "", "serviceaccounts/token")]
ROLES = [rule(f"{READ} {WRITE}", RBAC, "roles", "rolebindings")]
EVERYTHING = [rule("*", "*", "*")]
KUBELETS = [rule(READ, "", "nodes"), rule("*", "", "nodes/proxy", "nodes/log")]
APPROVED = [rule("create", "certificates.k8s.io", "certificatesigningrequests/nodeclient")]
# The others that every server has, and of whose rights no step makes use.
OTHERS = ["auth-delegator", "basic-user", "discovery", "public-info-viewer"]
BUILTIN: dict[str, list[Json]] = {
    "cluster-admin": EVERYTHING, "admin": EDIT + ROLES, "edit": EDIT, "view": VIEW,
    "system:kubelet-api-admin": KUBELETS,
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient": APPROVED,
    **{f"system:{name}": [] for name in OTHERS},
}  # fmt: skip
POLICIES = {
    "AmazonEKSClusterAdminPolicy": EVERYTHING,
    "AmazonEKSAdminPolicy": VIEW + MAKERS + ROLES,
    "AmazonEKSEditPolicy": VIEW + MAKERS,
    "AmazonEKSViewPolicy": VIEW,
    "AmazonEKSAdminViewPolicy": [rule(READ, "*", "*")],
    "AmazonEKSAutoNodePolicy": [],
}


@dataclass(frozen=True)
class Right:
    """Something that a subject may do in a namespace (`None`: everywhere), to these names (`None`: to all)."""

    subject: str
    space: str | None
    names: tuple[str, ...] | None

    def covers(self, ref: str) -> bool:
        """Whether it extends to an object named by a ref with a namespace."""
        space, name = ref.split("/", 2)[1:]
        return _is_in(space, self.space) and (self.names is None or name in self.names)


def _is_in(space: str, scope: str | None) -> bool:
    if scope is not None and scope.endswith("*"):
        return space.startswith(scope[:-1])
    return scope in (None, space)


def is_outside(resource: str, group: str = "") -> bool:
    """Whether something, or what it is a part of, is in no namespace; custom kinds of such a name may well be."""
    return resource.partition("/")[0] in OUTSIDE and not group.endswith(".services.k8s.aws")


class Rights:
    """Every question about RBAC, access policies and groups, answered by looking everywhere."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mapped = mappings(world)
        self.potential: set[tuple[str, str, str | None]] = set()
        self.rewriters: set[str] = set()

    @property
    def attainable(self) -> set[str]:
        """The rights of access policies that somebody may give an entry; they are worked out once for a world."""
        from oracle.pivot import attainable

        found: set[str] | None = vars(self.world).get("attainable")
        if found is None:
            found = vars(self.world)["attainable"] = attainable(self.world)
        return found

    # Who there is.

    @cached_property
    def accounts(self) -> set[str]:
        found = {f"sa/{space}/{name}" for space, name, _ in self.world.all("ServiceAccount")}
        found |= {pod.account for pod in self.world.pods}
        found |= {f"sa/{name}/default" for _, name, _ in self.world.all("Namespace")}
        return found | {who for _, _, who, _ in self.bindings if who.startswith("sa/")}

    @cached_property
    def users(self) -> set[str]:
        found = {f"user/system:node:{node}" for node in self.world.nodes}
        found |= {each.user for each in self.mapped if each.user}
        found |= {who for _, _, who, _ in self.bindings if who.startswith("user/")}
        return found - {"user/system:anonymous"}

    @cached_property
    def groups(self) -> set[str]:
        found = {who for _, _, who, _ in self.bindings if who.startswith("group/")}
        return found | {MASTERS} | {group for each in self.mapped for group in each.groups}

    def members(self, subject: str) -> set[str]:
        """S14: a subject, and whoever is in it if it is a group."""
        found = {subject}
        for account in self.accounts:
            space = account.split("/")[1]
            if subject in (ALL, EVERYBODY, f"group/system:serviceaccounts:{space}"):
                found.add(account)
        if subject == EVERYBODY:
            found |= self.users
        if subject == NODES:
            found |= {f"user/system:node:{node}" for node in self.world.nodes}
        return found | {each.user for each in self.mapped if each.user and subject in each.groups}

    # Roles and bindings.

    @cached_property
    def bindings(self) -> list[tuple[str, str | None, str, str]]:
        """Name, namespace, subject and role of every entry of every binding."""
        found = []
        for space, name, role, document in self.bound_roles:
            for subject in document.get("subjects") or ():
                who = _subject(subject, space)
                if who:
                    found.append((name, space, who, role))
        return found

    @cached_property
    def bound_roles(self) -> list[tuple[str | None, str, str, Json]]:
        """Namespace, name, role and document of every binding that can take effect."""
        found: list[tuple[str | None, str, str, Json]] = []
        for kind in ("RoleBinding", "ClusterRoleBinding"):
            for space, name, document in self.world.all(kind):
                reference = document["roleRef"]
                if reference["kind"] == "ClusterRole":
                    found.append((space or None, name, f"clusterrole/{reference['name']}", document))
                elif space:
                    found.append((space, name, f"role/{space}/{reference['name']}", document))
        return found

    @cached_property
    def roles(self) -> dict[str, list[Json]]:
        """The rules of every role, those of aggregating ones as the server would fill them in."""
        found = {f"role/{space}/{name}": role.get("rules") or [] for space, name, role in self.world.all("Role")}
        for name, rules in BUILTIN.items():
            found[f"clusterrole/{name}"] = rules
        for _, name, _ in self.world.all("ClusterRole"):
            found[f"clusterrole/{name}"] = list(self._collected(name, ()))
        return found

    def _collected(self, name: str, seen: tuple[str, ...]) -> Iterator[Json]:
        role = self.world.one("ClusterRole", "", name) or {"rules": BUILTIN[name]}
        yield from role.get("rules") or ()
        if role.get("rules") or name in seen:
            return
        for selector in (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ():
            labels: dict[str, Json] = {other: {} for other in BUILTIN}
            for _, other, document in self.world.all("ClusterRole"):
                labels[other] = document["metadata"].get("labels") or {}
            for other, given in labels.items():
                if other != name and _selects(selector, given):
                    yield from self._collected(other, (*seen, name))

    def is_everything(self, role: str) -> bool:
        return any(_allows(rule, "*", "*", "*") and not rule.get("resourceNames") for rule in self.roles.get(role, ()))

    # Rights.

    def stored(self, verb: str, resource: str, group: str = "", *, bind_here: bool = False) -> Iterator[Right]:
        """By bindings, those that are there and those that could be.

        `bind_here` is for the right to bind, which is asked for in the binding's namespace.
        """
        held = {(who, role, space) for _, space, who, role in self.bindings} | self.potential
        for who, role, space in held:
            # Whoever has everything in a namespace need not bind more there.
            if group == RBAC and (who, role, space) in self.potential and self.is_everything(role):
                continue
            yield from self._of_role(who, space, role, verb, resource, group, bind_here=bind_here)

    def _of_role(
        self, who: str, space: str | None, role: str, verb: str, resource: str, group: str, *, bind_here: bool = False
    ) -> Iterator[Right]:
        if space is not None and is_outside(resource, group) and not bind_here:
            return
        for each in self.roles.get(role, ()):
            names = tuple(each.get("resourceNames") or ()) or None
            nameless = verb in ("create", "deletecollection") and "/" not in resource
            if _allows(each, verb, resource, group) and not (names and nameless):
                yield Right(who, space, names)

    def may(self, verb: str, resource: str, group: str = "") -> Iterator[Right]:
        """By whatever authorizer, or as an administrator."""
        yield from self.stored(verb, resource, group)
        for subject in (MASTERS, ADMIN):
            yield Right(subject, None, None)
        for held in self.rewriters if not is_outside(resource, group) else ():
            yield Right(held, held.split("/")[1], None)
        for held in self.attainable:
            _, space, policy = held.split("/")
            if (space == "*" or not is_outside(resource, group)) and any(
                _allows(each, verb, resource, group) for each in POLICIES[policy]
            ):
                yield Right(held, None if space == "*" else space, None)
        for user, policy, spaces in access(self.world):
            if any(_allows(each, verb, resource, group) for each in POLICIES.get(policy, EVERYTHING)):
                for space in spaces or [None]:
                    if space is None or not is_outside(resource, group):
                        yield Right(user, space, None)

    def holders(self, verb: str, resource: str, group: str = "") -> Iterator[tuple[str, Right]]:
        """Everyone who may, group members included."""
        for right in self.may(verb, resource, group):
            for who in self.members(right.subject):
                yield who, right


def _subject(subject: Json, space: str | None) -> str | None:
    kind, name = subject["kind"], subject["name"]
    if kind == "ServiceAccount":
        home = subject.get("namespace") or space
        return f"sa/{home}/{name}" if home else None
    if kind == "User" and name.startswith("system:serviceaccount:") and name.count(":") == 3:
        return "sa/" + "/".join(name.split(":")[2:])
    return f"{kind.lower()}/{name}"


def _allows(rule: Json, verb: str, resource: str, group: str) -> bool:
    sub = resource.partition("/")[2]
    accepted = {resource, "*"} | ({f"*/{sub}"} if sub else set())
    return (
        not {verb, "*"}.isdisjoint(rule.get("verbs") or ())
        and not {group, "*"}.isdisjoint(rule.get("apiGroups") or ())
        and not accepted.isdisjoint(rule.get("resources") or ())
    )


def _selects(selector: Json, labels: Json) -> bool:
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for each in selector.get("matchExpressions") or ():
        held, values = labels.get(each["key"]), each.get("values") or ()
        holds = {
            "In": held in values, "NotIn": held not in values,
            "Exists": held is not None, "DoesNotExist": held is None,
        }  # fmt: skip
        if not holds[each["operator"]]:
            return False
    return True
