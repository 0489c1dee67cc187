"""What the rules of an admission webhook send it.

Source: Kubernetes documentation, Dynamic Admission Control, Matching requests: rules.
"""

from __future__ import annotations

from kpath.evidence import Evidence, Fact, pointer
from kpath.model.wire_ext import Webhook, WebhookRule
from kpath.refs import Ref

ANY = "*"
RBAC = "rbac.authorization.k8s.io"
SPACED, WHOLE = "Namespaced", "Cluster"

# Group, resource and scope of a kind.
Kind = tuple[str, str, str]

# To write these is to run what one likes, or to give oneself rights.
OBEYED: tuple[Kind, ...] = (
    *(("", name, SPACED) for name in ("pods", "pods/ephemeralcontainers", "replicationcontrollers")),
    *(("apps", name, SPACED) for name in ("deployments", "daemonsets", "statefulsets", "replicasets")),
    *(("batch", name, SPACED) for name in ("jobs", "cronjobs")),
    *((RBAC, name, SPACED) for name in ("roles", "rolebindings")),
    *((RBAC, name, WHOLE) for name in ("clusterroles", "clusterrolebindings")),
)
SECRETS: tuple[Kind, ...] = (("", "secrets", SPACED),)

_WRITTEN = frozenset({ANY, "CREATE", "UPDATE"})
_SHOWN = _WRITTEN | {"DELETE"}


def rewrites(of: Ref, index: int, webhook: Webhook) -> Evidence | None:
    """The field by which a webhook is sent something that is obeyed; nothing cited where its rules are not known."""
    return () if webhook.rules is None else _sent(of, index, webhook, OBEYED, _WRITTEN)


def sees_secrets(of: Ref, index: int, webhook: Webhook) -> Evidence | None:
    """The field by which a webhook is sent Secrets; `None` where its rules are not known, too."""
    return _sent(of, index, webhook, SECRETS, _SHOWN)


def sees(of: Ref, index: int, webhook: Webhook) -> Evidence | None:
    """A webhook is sent something, whatever it is."""
    return ()


def _sent(
    of: Ref, index: int, webhook: Webhook, kinds: tuple[Kind, ...], operations: frozenset[str]
) -> Evidence | None:
    for number, rule in enumerate(webhook.rules or ()):
        if rule.operations is not None and not operations & {*rule.operations}:
            continue
        for place, resource in enumerate(rule.resources or ()):
            if any(_matches(rule, resource, kind) for kind in kinds):
                return (Fact(of, pointer("webhooks", index, "rules", number, "resources", place), resource),)
    return None


def _matches(rule: WebhookRule, resource: str, kind: Kind) -> bool:
    """Whether a rule with one of its resources is about a kind; `pods/*` is about pods themselves, too."""
    group, wanted, scope = kind
    name, _, part = resource.partition("/")
    own, _, below = wanted.partition("/")
    in_scope = rule.scope in (None, ANY, scope)
    in_group = rule.api_groups is None or bool({ANY, group} & {*rule.api_groups})
    return in_scope and in_group and name in (ANY, own) and part in (ANY, below)
