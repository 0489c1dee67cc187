"""Section 11, and the operators of section 6: what controllers do for whoever writes their objects."""

from __future__ import annotations

from collections.abc import Iterator

from oracle import conditions, supply
from oracle.abuse import openable
from oracle.containers import Pairs
from oracle.controllers import Cluster, both, covers
from oracle.mapping import _has_metadata, _session
from oracle.policies import Ask, allowed
from oracle.rights import ADMIN, MASTERS, Right
from oracle.tokens import audiences, token
from oracle.world import Json, World

EC2 = "ec2.amazonaws.com"
NETWORKING = "networking.k8s.io"
PSA = "pod-security.kubernetes.io/enforce"
LAUNCH = {
    ("argoproj.io", "workflows"): "workflow-controller",
    ("argoproj.io", "cronworkflows"): "workflow-controller",
    ("tekton.dev", "taskruns"): "tektoncd/pipeline*controller",
    ("tekton.dev", "pipelineruns"): "tektoncd/pipeline*controller",
    ("serving.knative.dev", "services"): "knative*serving*controller",
    ("kubevirt.io", "virtualmachines"): "virt-controller",
    ("sparkoperator.k8s.io", "sparkapplications"): "spark-operator",
    ("flink.apache.org", "flinkdeployments"): "flink-kubernetes-operator",
    ("actions.summerwind.dev", "runners"): "actions-runner-controller",
    ("actions.summerwind.dev", "runnerdeployments"): "actions-runner-controller",
    ("actions.github.com", "autoscalingrunnersets"): "gha-runner-scale-set-controller",
    ("actions.github.com", "ephemeralrunnersets"): "gha-runner-scale-set-controller",
    ("actions.github.com", "ephemeralrunners"): "gha-runner-scale-set-controller",
    ("actions.summerwind.dev", "runnersets"): "actions-runner-controller",
    ("actions.summerwind.dev", "runnerreplicasets"): "actions-runner-controller",
    ("kubevirt.io", "virtualmachineinstances"): "virt-controller",
    ("kubevirt.io", "virtualmachineinstancereplicasets"): "virt-controller",
    ("sparkoperator.k8s.io", "scheduledsparkapplications"): "spark-operator",
}
CROSSPLANE = """
    accesskeys policies policyattachments openidconnectproviders instanceprofiles roles rolepolicies
    rolepolicyattachments users userpolicies userpolicyattachments userloginprofiles usergroupmemberships groups
    grouppolicyattachments groupmemberships groupusermemberships
"""
ACK = [
    ("iam", "roles policies users groups instanceprofiles openidconnectproviders"), ("lambda", "functions"),
    ("ecs", "taskdefinitions services"), ("ec2", "instances launchtemplates"), ("sfn", "statemachines"),
    ("eks", "podidentityassociations accessentries addons nodegroups"), ("emrcontainers", "jobruns"),
    ("sagemaker", "notebookinstances trainingjobs processingjobs"),
]  # fmt: skip
CLOUD = [
    *((f"{of}.services.k8s.aws", plurals, [f"aws-controllers-k8s/{of}-controller"]) for of, plurals in ACK),
    ("iam.aws.crossplane.io", CROSSPLANE, ["provider-aws"]),
    ("iam.aws.upbound.io", CROSSPLANE, ["provider-aws"]),
    ("iam.aws.m.upbound.io", CROSSPLANE, ["provider-aws"]),
    ("infrastructure.cluster.x-k8s.io", "awsmachines", ["cluster-api-aws-controller"]),
    ("infra.contrib.fluxcd.io", "terraforms", ["tf-controller", "tofu-controller"]),
]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    cluster = Cluster(world)
    yield from _launched(cluster)
    yield from _node_classes(cluster)
    yield from _in_aws(cluster)
    yield from _balanced(cluster)
    yield from _named(cluster)
    yield from supply.steps(cluster)


def _is_served(cluster: Cluster, group: str, plural: str, *images: str) -> bool:
    known = {name for _, name, _ in cluster.world.all("CustomResourceDefinition")}
    is_open = "CustomResourceDefinition" not in cluster.world.listed
    return is_open or f"{plural}.{group}" in known or bool(images and cluster.runs(*images))


def _launched(cluster: Cluster) -> Pairs:
    world = cluster.world
    for (group, plural), image in LAUNCH.items():
        for who, right in cluster.writes(group, plural) if _is_served(cluster, group, plural, image) else ():
            for account in cluster.rights.accounts:
                if covers(right, account.split("/")[1]):
                    for target in (account, *(token(account, each) for each in audiences(world))):
                        yield "CRD_POD_LAUNCH", who, target
            for start in _escaping(cluster, who, right):
                for node in world.nodes:
                    if world.compute(node) != "fargate":
                        yield "CRD_POD_LAUNCH", start, f"node/{node}"


def _level(world: World, space: str) -> str | None:
    found = world.one("Namespace", "", space)
    level: str | None = ((found or {"metadata": {}})["metadata"].get("labels") or {}).get(PSA)
    return level


def _escaping(cluster: Cluster, who: str, right: Right) -> Iterator[str]:
    """Whether a dangerous pod is let in, as it stands or after a namespace is relabelled."""
    if right.subject in (MASTERS, ADMIN):
        yield who
        return
    spaces: list[str] = [each for each in cluster.spaces(right) if each is not None]
    if right.space is None:
        spaces = sorted(cluster.world.namespaces) or ["default"]
    for space in spaces:
        level = _level(cluster.world, space)
        is_closed = level in ("baseline", "restricted")
        if not is_closed or space in openable(cluster.rights):
            yield f"{who} & change/NS_LABEL_EDIT/ns/{space}" if is_closed else who
        if right.space is None and level != "privileged" and not is_closed:
            # One that is open as it stands is as good as those that a change opens.
            return


def _node_classes(cluster: Cluster) -> Pairs:
    world, roles = cluster.world, set()
    for node in world.nodes:
        if _has_metadata(world, node):
            roles |= {each for each in _session(world, node) if ":iam:" in each}
    profiles = list(world.said_each("InstanceProfiles"))
    for role in world.said_each("RoleDetailList"):
        profiles += role.get("InstanceProfileList") or ()
    held = {profile["Roles"][0]["Arn"] for profile in profiles if profile.get("Roles")}
    for role in world.said_each("RoleDetailList"):
        trust = conditions.document(role["AssumeRolePolicyDocument"])
        known: conditions.Setting = {"aws:principalisawsservice": ("true",), "aws:principalservicename": (EC2,)}
        if role["Arn"] in held and allowed(
            Ask(world, EC2, "sts:AssumeRole", role["Arn"], own=trust, kind="Service", known=known)
        ):
            roles.add(role["Arn"])
    for group, plural, *images in (
        ("karpenter.k8s.aws", "ec2nodeclasses", "karpenter*controller"), ("eks.amazonaws.com", "nodeclasses"),
    ):  # fmt: skip
        for who, _ in cluster.writes(group, plural) if _is_served(cluster, group, plural, *images) else ():
            yield from (("CTRL_NODECLASS", who, role) for role in roles)


def _in_aws(cluster: Cluster) -> Pairs:
    for group, plurals, images in CLOUD:
        for pod, _ in cluster.runs(*images):
            for role in cluster.becomes(pod.account):
                for plural in plurals.split():
                    yield from (("CTRL_AWS_CR", who, role) for who, _ in cluster.writes(group, plural))
    if cluster.runs("external-secrets"):
        yield from _fetched(cluster)


def _fetched(cluster: Cluster) -> Pairs:
    world, reads = cluster.world, cluster.in_aws("SECRETSMANAGER_READ")
    users = both(cluster.scopes(cluster.writes("external-secrets.io", "externalsecrets")), cluster.readers())
    makers = both(users, cluster.scopes(cluster.writes("external-secrets.io", "secretstores")))
    own = {role for pod, _ in cluster.runs("external-secrets") for role in cluster.becomes(pod.account)}
    found = {(who, role) for who, _ in makers for role in own}
    for kind in ("SecretStore", "ClusterSecretStore"):
        listed = list(world.all(kind))
        if not listed:
            # Whatever a store that nobody showed us may read.
            secrets = {each["ARN"] for each in world.said_each("SecretList")}
            secrets |= {answer["ARN"] for answer in world.answers if "ResourcePolicy" in answer}
            yield from (("CTRL_EXTERNAL_SECRETS", who, secret) for who, _ in users for secret in secrets)
        for space, _, document in listed:
            for role in _roles_of_store(cluster, space, document, own):
                found |= {(who, role) for who, place in users if _may_use(world, space, document, place)}
    for who, role in found:
        yield from (("CTRL_EXTERNAL_SECRETS", who, secret) for reader, secret in reads if reader == role)


def _roles_of_store(cluster: Cluster, space: str, document: Json, own: set[str]) -> set[str]:
    provider = document["spec"]["provider"].get("aws") or {}
    if provider.get("service") != "SecretsManager":
        return set()
    if provider.get("role"):
        return {provider["role"]}
    auth = provider.get("auth") or {}
    if "jwt" in auth:
        account = auth["jwt"]["serviceAccountRef"]
        return cluster.becomes(f"sa/{space or account['namespace']}/{account['name']}")
    return set() if "secretRef" in auth else own


def _may_use(world: World, space: str, document: Json, place: str | None) -> bool:
    conditions = document["spec"].get("conditions")
    if place is None or space or not conditions:
        return place is None or not space or place == space
    return any(
        place in each.get("namespaces", ())
        or "namespaceRegexes" in each
        or ("namespaceSelector" in each and _may_select(world, each["namespaceSelector"], place))
        for each in conditions
    )


def _may_select(world: World, selector: Json, place: str) -> bool:
    known = world.one("Namespace", "", place)
    labels = (known["metadata"].get("labels") or {}) if known else None
    return labels is None or all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def _balanced(cluster: Cluster) -> Pairs:
    world = cluster.world
    types = [service["spec"].get("type") for _, _, service in world.all("Service")]
    if not cluster.runs("aws-load-balancer-controller") and "LoadBalancer" not in types:
        return
    for group, plural in (("", "services"), (NETWORKING, "ingresses"), ("elbv2.k8s.aws", "targetgroupbindings")):
        for who, right in cluster.writes(group, plural):
            for space in world.namespaces:
                if covers(right, space):
                    yield "CTRL_LBC_TARGET", who, f"change/CTRL_LBC_TARGET/ns/{space}"


def _named(cluster: Cluster) -> Pairs:
    names = [("", "services"), (NETWORKING, "ingresses"), ("externaldns.k8s.io", "dnsendpoints")]
    certificates = [("cert-manager.io", each) for each in ("issuers", "clusterissuers", "certificates")]
    for image, kinds in (("external-dns", names), ("cert-manager", certificates)):
        for each in kinds if cluster.runs(image) else ():
            for who, _ in cluster.writes(*each):
                yield "CTRL_DNS_CERT", who, "traffic/dns"
