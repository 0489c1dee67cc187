"""Names that a mapping leaves to the session: templates of users and groups, and the bound names they can become.

Source: AWS IAM Authenticator for Kubernetes, Full Configuration Format; AWS STS, AssumeRole (RoleSessionName).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kpath.evidence import Assumption
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref

READS = frozenset({"bindings", "nodes", "aws_roles"})

_TEMPLATE = re.compile(r"\{\{(\w+)\}\}")
_SESSION, _RAW, _DNS = "SessionName", "SessionNameRaw", "EC2PrivateDNSName"
# What a session may be called; in the first template `@` has become `-`.
_SHAPES = {_SESSION: r"[\w+=,.-]{2,64}", _RAW: r"[\w+=,.@-]{2,64}", _DNS: r"[\w.-]+"}


def filled(principal: Ref, text: str) -> str:
    """A template with what the principal itself decides; the session of a user has no name."""
    known = {"AccountID": principal.account}
    if principal.kind != "aws-role":
        known |= {_SESSION: "", _RAW: ""}
    return _TEMPLATE.sub(lambda found: known.get(found[1], found[0]), text)


def is_left_open(text: str) -> bool:
    """Whether a name depends on the session."""
    return any(found in _SHAPES for found in _TEMPLATE.findall(text))


def picked(model: Model, principal: Ref, kind: str, text: str) -> tuple[Ref, ...]:
    """The bound users or groups that a template can become, since whoever assumes a role names the session."""
    return _picked(model, kind, text) if is_left_open(text) and principal.kind == "aws-role" else ()


@memoised
def _picked(model: Model, kind: str, text: str) -> tuple[Ref, ...]:
    pieces = re.split(_TEMPLATE, text)
    pattern, seen = "", set[str]()
    for number, piece in enumerate(pieces):
        if number % 2 == 0 or piece not in _SHAPES:
            pattern += re.escape(piece if number % 2 == 0 else "{{" + piece + "}}")
        else:
            pattern += f"(?P={piece})" if piece in seen else f"(?P<{piece}>{_SHAPES[piece]})"
            seen.add(piece)
    shape = re.compile(pattern, re.ASCII)
    found = ((name, shape.fullmatch(name)) for name in _bound(model).get(kind, ()))
    return tuple(Ref(f"{kind}/{name}") for name, match in found if match and _is_one(model, match.groupdict()))


def _is_one(model: Model, said: Mapping[str, str]) -> bool:
    """Whether one session can have all these names."""
    if _DNS in said and said[_DNS] not in {node.name for node in model.nodes}:
        return False
    return _SESSION not in said or said[_SESSION] == said.get(_RAW, said[_SESSION]).replace("@", "-")


@memoised
def _bound(model: Model) -> Mapping[str, tuple[str, ...]]:
    """The names of the users and groups of bindings, by kind."""
    found: dict[str, set[str]] = {}
    for binding in model.bindings.values():
        for subject in binding.subjects or ():
            if subject.kind in ("User", "Group") and subject.name:
                found.setdefault(subject.kind.lower(), set()).add(subject.name)
    return {kind: tuple(sorted(names)) for kind, names in found.items()}


def limits(model: Model, principal: Ref) -> tuple[Assumption, ...]:
    """What picking a name assumes: that the role's trust policy, if it speaks of that, lets one."""
    role = model.aws_roles.get(principal)
    if role is None or b"rolesessionname" not in bytes(role.assume_role_policy_document).lower():
        return ()
    return (Assumption(f"the trust policy of {principal} admits the name of the session"),)
