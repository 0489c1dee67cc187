"""Who may write what stands between a request and the store: webhook configurations, policies, API services.

Source: Kubernetes documentation, Dynamic Admission Control, Mutating Admission Policy, Validating Admission Policy,
Kubernetes API Aggregation Layer; the custom kinds of Gatekeeper and Kyverno as of 2026.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Evidence, Fact, confidence
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.aggregate import owned_rules
from kpath.semantics.rbac.bindings import Grant, Joint
from kpath.semantics.rbac.grants import grants, together
from kpath.semantics.rbac.match import CONSTRAINTS
from kpath.semantics.rbac.objects import before
from kpath.semantics.rbac.universe import CLUSTER_ADMIN, MASTERS

ADMISSION = "admissionregistration.k8s.io"
MUTATING, VALIDATING = "mutatingwebhookconfigurations", "validatingwebhookconfigurations"
REWRITES = ("update", "patch")
REMOVALS = ("delete", "deletecollection", *REWRITES)

# Policies that refuse requests, other than webhooks and Gatekeeper's constraints, which are kinds of their own.
POLICIES = (
    (ADMISSION, "validatingadmissionpolicies"),
    (ADMISSION, "validatingadmissionpolicybindings"),
    ("templates.gatekeeper.sh", "constrainttemplates"),
    ("config.gatekeeper.sh", "configs"),
    ("kyverno.io", "clusterpolicies"),
    ("kyverno.io", "policies"),
    ("policies.kyverno.io", "validatingpolicies"),
    ("policies.kyverno.io", "imagevalidatingpolicies"),
)

# Before, the API had to be turned on by a flag of the server.
MUTATING_POLICIES = 36
SERVED = Assumption("the server serves MutatingAdmissionPolicies, as 1.36 does", Confidence.LOW, "eks describe-cluster")

# The API server answers for these itself.
BUILTIN = frozenset({
    "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
    "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io",
    "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io",
    "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io",
})  # fmt: skip


def doubted(grant: Grant, what: str, sure: Confidence, missing: str) -> Grant:
    """A grant that is worth something only if an object is there that was not collected."""
    return replace(grant, assumes=(*grant.assumes, Assumption(what, sure, missing)))


def webhook_writers(model: Model, resource: str) -> Iterator[Grant]:
    """Who may make a webhook configuration of one of the two kinds, or rewrite one that is there."""
    yield from grants(model, "create", resource, ADMISSION)
    yield from webhook_editors(model, resource, REWRITES)


def webhook_editors(model: Model, resource: str, verbs: tuple[str, ...]) -> Iterator[Grant]:
    """Who may change or delete a webhook configuration that is there, or that nobody has said is not."""
    known = model.mutating_webhooks if resource == MUTATING else model.validating_webhooks
    for verb in verbs:
        for grant in grants(model, verb, resource, ADMISSION):
            found = next((ref for ref in known if grant.includes(ref)), None)
            if found is not None:
                yield replace(grant, because=(*grant.because, Fact(found, "/metadata/name", found.name)))
            elif resource not in model.coverage.listed:
                which = f"one of {', '.join(grant.names)}" if grant.names else "one"
                yield doubted(grant, f"of the {resource} there is {which}", Confidence.MEDIUM, resource)


def mutating_policy_writers(model: Model) -> Iterator[Joint]:
    """Who may have the API server itself rewrite objects, by a policy and its binding; administrators left out."""
    older = before(model, MUTATING_POLICIES, "MutatingAdmissionPolicies are not served")
    if older == ():
        return
    bindings = [*grants(model, "create", "mutatingadmissionpolicybindings", ADMISSION)]
    for joint in together(model, _policies(model), bindings):
        if joint.grants[0].subject not in (MASTERS, CLUSTER_ADMIN):
            doubts = () if older is None else (SERVED,)
            yield replace(joint, grants=(replace(joint.grants[0], assumes=(*joint.assumes, *doubts)), joint.grants[1]))


def _policies(model: Model) -> Iterator[Grant]:
    resource = "mutatingadmissionpolicies"
    yield from grants(model, "create", resource, ADMISSION)
    for verb in REWRITES:
        for grant in grants(model, verb, resource, ADMISSION):
            yield doubted(grant, "there is a MutatingAdmissionPolicy to rewrite", Confidence.MEDIUM, resource)


def guard_removers(model: Model) -> Iterator[Grant]:
    """Who may turn off something that refuses requests: of the same right the surest reading counts."""
    best: dict[tuple[Ref, Evidence], Grant] = {}
    for key, grant in _removers(model):
        if key not in best or confidence(grant.assumes) > confidence(best[key].assumes):
            best[key] = grant
    yield from best.values()


def _removers(model: Model) -> Iterator[tuple[tuple[Ref, Evidence], Grant]]:
    for resource in (MUTATING, VALIDATING):
        for grant in webhook_editors(model, resource, REMOVALS):
            yield (grant.subject, grant.because), grant
    for group, resource in (*POLICIES, *((CONSTRAINTS, each) for each in constraint_kinds(model))):
        for because, doubt in _enforced(model, group, resource):
            for grant in _over(model, group, resource):
                found = replace(grant, because=(*grant.because, *because), assumes=(*grant.assumes, doubt))
                yield (grant.subject, grant.because), found


def _over(model: Model, group: str, resource: str) -> Iterator[Grant]:
    """Who may change or delete policies of a kind somewhere in the cluster."""
    is_known = group != CONSTRAINTS or Ref(f"crd/{resource}.{group}") in model.custom_definitions
    for grant in (each for verb in REMOVALS for each in grants(model, verb, resource, group)):
        if grant.namespace is None or grant.namespace in model.spaces:
            # Of constraints that nobody has listed, any kind may be one.
            because = tuple(fact for fact in grant.because if is_known or "/resources/" not in fact.at)
            yield replace(grant, because=because)


def _enforced(model: Model, group: str, resource: str) -> Iterator[tuple[Evidence, Assumption]]:
    """Why there may be a policy of a kind; nothing where the cluster does not know the kind."""
    what = f"something is refused by {resource}.{group}"
    definition = Ref(f"crd/{resource}.{group}")
    if group == ADMISSION:
        yield (), Assumption(what, Confidence.MEDIUM, resource)
    elif definition in model.custom_definitions:
        because = (Fact(definition, "/metadata/name", definition.name),)
        yield because, Assumption(what, Confidence.MEDIUM, f"{resource}.{group}")
    elif "customresourcedefinitions" not in model.coverage.listed:
        yield (), Assumption(what, Confidence.LOW, "customresourcedefinitions")


@memoised
def constraint_kinds(model: Model) -> tuple[str, ...]:
    """The kinds of Gatekeeper's constraints: each template makes one, so only the cluster knows them.

    Where their definitions were not collected, those that roles name, and any.
    """
    found = {each.spec.names.plural for each in model.custom_definitions.values() if each.spec.group == CONSTRAINTS}
    if "customresourcedefinitions" in model.coverage.listed:
        return tuple(sorted(found))
    rules = (owned.rule for held in owned_rules(model).values() for owned in held)
    named = {kind for rule in rules if CONSTRAINTS in (rule.api_groups or ()) for kind in rule.resources or ()}
    return tuple(sorted({*found, *named, "*"}))


def api_writers(model: Model) -> Iterator[Grant]:
    """Who may have another server answer for an API group; those of the API server itself stay with it."""
    resource, group = "apiservices", "apiregistration.k8s.io"
    yield from grants(model, "create", resource, group)
    for verb in REWRITES:
        for grant in grants(model, verb, resource, group):
            if grant.names is None or any(name.partition(".")[2] not in BUILTIN for name in grant.names):
                yield doubted(grant, "there is an APIService of another server", Confidence.MEDIUM, resource)
