"""S16: roles that somebody may bind to themselves, or rewrite."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.containers import Pairs
from oracle.rights import ADMIN, MASTERS, RBAC, Right, Rights
from oracle.world import World


def escalations(rights: Rights) -> Pairs:
    """Step, source and target; afterwards whoever holds a `grant/…` has the rights of its role."""
    found: set[tuple[str, str, str]] = set()
    before = -1
    while len(found) > before:
        before = len(found)
        binds, rewrites = set(_binds(rights)), set(_rewrites(rights))
        found |= {("ROLE_BIND", who, target) for who, target, _, _ in binds if who != target}
        found |= {("ROLE_ESCALATE", who, target) for who, target in rewrites}
        rights.potential |= {(target, role, space) for _, target, role, space in binds if target != ADMIN}
        rights.rewriters |= {target for _, target in rewrites if target != ADMIN}
    yield from found


def _both(rights: Rights, first: Iterator[Right], second: list[Right]) -> Iterator[tuple[str, Right, Right]]:
    """Principals with two rights whose scopes meet."""
    for one in first:
        for other in second:
            if None in (one.space, other.space) or one.space == other.space:
                for who in rights.members(one.subject) & rights.members(other.subject):
                    yield who, one, other


def _names(right: Right, role: str) -> bool:
    return right.names is None or role.rpartition("/")[2] in right.names


def _binds(rights: Rights) -> Iterator[tuple[str, str, str, str | None]]:
    """Who, what it is to hold the role, the role, and where."""
    for kind in ("clusterroles", "roles"):
        cluster_wide = list(rights.stored("bind", kind, RBAC))
        if kind == "clusterroles":
            for verb in ("create", "update", "patch"):
                for who, write, bind in _both(rights, rights.stored(verb, "clusterrolebindings", RBAC), cluster_wide):
                    for role in _choices(rights, verb, kind, None, write, bind):
                        yield who, _held(rights, role, None), role, None
        # In a namespace, `bind` counts wherever it is granted: in all of them or in this one.
        binds = list(rights.stored("bind", kind, RBAC, bind_here=True))
        for verb in ("create", "update", "patch"):
            for who, write, bind in _both(rights, rights.stored(verb, "rolebindings", RBAC), binds):
                scope = write.space or bind.space
                for space in [scope] if scope else rights.world.namespaces:
                    for role in _choices(rights, verb, kind, space, write, bind):
                        yield who, _held(rights, role, space), role, space


def _choices(rights: Rights, verb: str, kind: str, space: str | None, write: Right, bind: Right) -> Iterator[str]:
    """The roles that a binding may be made to refer to. Where one of them is everything, the others do not matter."""
    prefix = "clusterrole/" if kind == "clusterroles" else f"role/{space}/"
    if verb == "create":
        known = sorted(role for role in rights.roles if role.startswith(prefix) and _names(bind, role))
        strongest = [role for role in known if rights.is_everything(role)][:1]
        yield from strongest or known
        return
    # What a binding refers to cannot be changed: only subjects are added to those that are there.
    for home, name, role, _ in rights.bound_roles:
        is_writable = home == space and (write.names is None or name in write.names)
        if is_writable and role in rights.roles and role.startswith(prefix) and _names(bind, role):
            yield role


def _held(rights: Rights, role: str, space: str | None) -> str:
    if space is None and rights.is_everything(role):
        return ADMIN
    return f"grant/{space or '*'}/{role}"


def _rewrites(rights: Rights) -> Iterator[tuple[str, str]]:
    """Who may rewrite a role that binds them, and what that makes them."""
    for kind in ("clusterroles", "roles"):
        escalate = list(rights.stored("escalate", kind, RBAC))
        for verb in ("update", "patch"):
            for who, write, right in _both(rights, rights.stored(verb, kind, RBAC), escalate):
                scope = write.space or right.space
                held = [(space, subject, role) for _, space, subject, role in rights.bindings if role in rights.roles]
                for space, subject, role in held + [
                    (space, subject, role) for subject, role, space in rights.potential
                ]:
                    if subject == MASTERS or who not in rights.members(subject):
                        continue
                    is_cluster_role = role.startswith("clusterrole/")
                    if is_cluster_role != (kind == "clusterroles") or not (_names(write, role) and _names(right, role)):
                        continue
                    if is_cluster_role or scope in (None, role.split("/")[1]):
                        yield who, ADMIN if space is None else f"grant/{space}/*"


def full(world: World) -> Rights:
    """Every right in a cluster, with those that somebody may give to themselves."""
    rights = Rights(world)
    list(escalations(rights))
    return rights
