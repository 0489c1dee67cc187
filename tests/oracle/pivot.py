"""The catalogue's section 12: from the account into the cluster, principal by principal and call by call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle.aws import _claims, _is_administrator, _named, _objects, buckets, document, principals
from oracle.conditions import Setting, conditions, listed, statements
from oracle.connections import METADATA, connections
from oracle.containers import Pairs
from oracle.identity import is_telling, user_data
from oracle.images import AWS
from oracle.mapping import _answers_pods, _has_metadata, _instance, _options, _session, entered, mapped_roles, mode
from oracle.network import PUBLIC
from oracle.nodes import _gives, _node_roles
from oracle.policies import Ask, allowed, scps_of
from oracle.rights import ADMIN, Rights
from oracle.tokens import providers
from oracle.volumes import _uses
from oracle.world import Json, World

NODES = "group/system:nodes"
API = "https://kubernetes.default.svc"
PODS = "pods.eks.amazonaws.com"
# Which calls send a key; all others do not have it.
SENT = {
    "iam:passedtoservice": ("PassRole",), "ec2:osuser": ("SendSSHPublicKey",),
    "eks:policyarn": ("AssociateAccessPolicy",), "eks:accessscope": ("AssociateAccessPolicy",),
    "eks:namespaces": ("AssociateAccessPolicy",), "eks:kubernetesgroups": ("CreateAccessEntry", "UpdateAccessEntry"),
    "eks:username": ("CreateAccessEntry", "UpdateAccessEntry"), "eks:authenticationmode": ("UpdateClusterConfig",),
    "eks:endpointpublicaccess": ("UpdateClusterConfig",),
}  # fmt: skip
_ALL, _MOST, _SOME = "AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy"
# Access policies, each with those that give more.
RANKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_ALL, ()), (_MOST, (_ALL,)), (_SOME, (_ALL, _MOST)), ("AmazonEKSViewPolicy", (_ALL, _MOST, _SOME)),
    ("AmazonEKSAdminViewPolicy", (_ALL,)),
)  # fmt: skip
PUSH = ("PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload")


class Caller:
    """A principal of the account."""

    def __init__(self, world: World, arn: str, policies: list[Json], boundary: Json | None) -> None:
        self.world, self.arn, self.policies, self.boundary = world, arn, policies, boundary

    @property
    def parts(self) -> tuple[str, list[Json], Json | None]:
        """Who it is, and its policies."""
        return self.arn, self.policies, self.boundary

    def may(self, action: str, resource: str, own: Json | None = None, **known: tuple[str, ...]) -> bool:
        """Whether it may do something; keys are written with two underscores for the colon."""
        keys: Setting = {key: () for key, calls in SENT.items() if action.split(":")[1] not in calls}
        keys |= {key.replace("__", ":"): values for key, values in known.items()}
        return allowed(Ask(self.world, self.arn, action, resource, self.policies, self.boundary, own, known=keys))

    def passes(self, role: str, service: str | None) -> bool:
        """Whether it may hand a role to a service; nothing for one that is not known."""
        if service is None:
            return self.may("iam:PassRole", role)
        return self.may("iam:PassRole", role, iam__passedtoservice=(service,))

    def tagged(self, action: str, arn: str, instance: Json | None) -> bool:
        """Whether it may do something to an instance with its tags; `None` has none."""
        tags = {each["Key"]: (each["Value"],) for each in (instance or {}).get("Tags") or ()}
        keys: Setting = {}
        caps = [each for level in scps_of(self.world, self.arn) for each in level]
        for policy in [*self.policies, *([self.boundary] if self.boundary else []), *caps]:
            for statement in statements(policy):
                for _, key, _ in conditions(statement):
                    if "resourcetag/" in key.lower():
                        keys[key.lower()] = tags.get(key.partition("/")[2], ())
        keys |= {key: () for key, calls in SENT.items() if action.split(":")[1] not in calls}
        return allowed(Ask(self.world, self.arn, action, arn, self.policies, self.boundary, known=keys))


def steps(world: World) -> Pairs:
    """Step, source and target."""
    callers = [Caller(world, *each) for each in principals(world)]
    clusters = [each for each in world.said("cluster") if each.get("arn")]
    machines = _machines(world)
    yield from _creators(world, clusters)
    yield from _stored(world)
    yield from _audiences(world, callers)
    opened: dict[str, set[str]] = {}
    for who in callers:
        for step, source, target in (
            *_on_instances(world, who, machines), *_on_clusters(world, who, clusters),
            *_new_nodes(world, who, clusters, machines), *_on_disks(world, who, clusters, machines),
            *_pushes(world, who), *_inputs(world, who), *_trust_edits(world, who), *_poisoned(world, who, machines),
        ):  # fmt: skip
            yield step, source, target
            # Whoever may do anything opens nothing by it.
            if target.startswith("change/") and not _is_administrator(who.world, who.arn, who.policies, who.boundary):
                opened.setdefault(step, set()).add(target)
    yield from _after(world, clusters, opened)


def _machines(world: World) -> dict[str, tuple[Json, list[str]]]:
    """Instances that can be changed, and their nodes."""
    found: dict[str, tuple[Json, list[str]]] = {}
    for node in world.nodes:
        held = _instance(world, node)
        if held is not None and world.compute(node) == "ec2":
            region = held[1]["Placement"]["AvailabilityZone"][:-1]
            arn = f"arn:aws:ec2:{region}:{held[0]}:instance/{held[1]['InstanceId']}"
            found.setdefault(arn, (held[1], []))[1].append(node)
    return found


def _on_instances(world: World, who: Caller, machines: dict[str, tuple[Json, list[str]]]) -> Pairs:
    for arn, (instance, nodes) in machines.items():
        for node in nodes:
            yield from ((step, who.arn, f"node/{node}") for step in _code(world, who, arn, instance, node))
        if who.tagged("ec2:ModifyInstanceMetadataOptions", arn, instance):
            yield "EC2_METADATA_OPTS", who.arn, f"change/EC2_METADATA_OPTS/{arn}"
        for group in instance.get("SecurityGroups") or ():
            name = f"{arn.partition(':instance/')[0]}:security-group/{group['GroupId']}"
            if who.may("ec2:AuthorizeSecurityGroupIngress", name):
                yield "EC2_SG_OPEN", who.arn, f"change/EC2_SG_OPEN/{name}"
        has_one = bool(instance.get("IamInstanceProfile"))
        takes = who.tagged("ec2:AssociateIamInstanceProfile", arn, instance)
        if has_one:
            takes = takes and who.tagged("ec2:DisassociateIamInstanceProfile", arn, instance)
            takes = takes or who.tagged("ec2:ReplaceIamInstanceProfileAssociation", arn, instance)
        for role in _given(world) if takes else ():
            if who.passes(role, "ec2.amazonaws.com"):
                others = [node for node in nodes if role not in _session(world, node)]
                starts = [f"{where}/{node} & {who.arn}" for node in others for where in ("node", "imds")]
                yield from (("EC2_PROFILE_SWAP", start, role) for start in starts)


def _code(world: World, who: Caller, arn: str, instance: Json, node: str) -> Iterator[str]:
    """The steps by which a principal runs code on a node."""
    if _commands(world, who, arn, instance, node) or who.tagged("ssm:StartSession", arn, instance):
        yield "SSM_NODE_EXEC"
    reboot = ("ModifyInstanceAttribute", "StopInstances", "StartInstances")
    if all(who.tagged(f"ec2:{each}", arn, instance) for each in reboot):
        yield "EC2_USERDATA"
    has_agent = "Bottlerocket" not in world.info(node).get("osImage", "")
    if has_agent and who.tagged("ec2-instance-connect:SendSSHPublicKey", arn, instance):
        yield "EC2_CONNECT_SSH"


# Documents of AWS that do as they are told, and where they do it.
DOCUMENTS = {
    "RunShellScript": "linux", "RunSaltState": "linux", "ApplyAnsiblePlaybooks": "linux", "RunAnsiblePlaybook": "linux",
    "RunPowerShellScript": "windows", "InstallApplication": "windows", "InstallPowerShellModule": "windows",
    "ApplyDSCMofs": "windows", "RunDocument": "", "RunRemoteScript": "", "RunInspecChecks": "", "ApplyChefRecipes": "",
}  # fmt: skip


def _commands(world: World, who: Caller, arn: str, instance: Json, node: str) -> bool:
    """Whether a document or an association has a principal's words run on an instance."""
    system = world.info(node).get("operatingSystem", "")
    head = f"arn:aws:ssm:{arn.split(':')[3]}"
    names = [
        name
        for name, where in DOCUMENTS.items()
        if not (system and where) or (where == "windows") == (system == "windows")
    ]
    for action in ("SendCommand", "CreateAssociation", "CreateAssociationBatch", "UpdateAssociation"):
        call = f"ssm:{action}"
        if not who.tagged(call, arn, instance):
            continue
        if action == "UpdateAssociation" and not who.may(call, f"{head}:{who.arn.split(':')[4]}:association/some"):
            continue
        if any(who.tagged(call, f"{head}::document/AWS-{name}", None) for name in names):
            return True
        own = {"document/own", *_spoken_of(who, "document/")} if who.arn.split(":")[4] == arn.split(":")[4] else set()
        for name in own:
            document_ = f"{head}:{who.arn.split(':')[4]}:{name}"
            if (
                not name.startswith("document/AWS")
                and who.may("ssm:CreateDocument", document_)
                and who.may(call, document_)
            ):
                return True
    return False


def _spoken_of(who: Caller, start: str) -> Iterator[str]:
    """Names that the policies have for things."""
    for policy in [*who.policies, *([who.boundary] if who.boundary else [])]:
        for statement in statements(policy):
            for pattern in listed(statement.get("Resource", statement.get("NotResource", []))):
                rest = pattern.split(":", 5)[-1]
                yield from [rest.replace("*", "own")] if rest.startswith(start) else []


def _given(world: World) -> set[str]:
    """The roles that instances have or can have."""
    found = set(_node_roles(world))
    listed = [*world.said_each("InstanceProfiles")]
    for role in world.said_each("RoleDetailList"):
        listed += role.get("InstanceProfileList") or ()
    first = {each["Roles"][0]["Arn"] for each in listed if each["Roles"]}
    return found | {role for role in first if trusts(world, role, "ec2.amazonaws.com")}


def trusts(world: World, role: str, service: str) -> bool:
    """Whether a service may take a role."""
    known: Setting = {"aws:principalisawsservice": ("true",), "aws:principalservicename": (service,)}
    return any(
        allowed(
            Ask(world, service, "sts:AssumeRole", role, own=document(each["AssumeRolePolicyDocument"]), kind="Service",
                known=known)
        )
        for each in world.said_each("RoleDetailList")
        if each["Arn"] == role
    )  # fmt: skip


def _roles(world: World) -> list[str]:
    return [each["Arn"] for each in world.said_each("RoleDetailList")]


# EKS.


def _mode(cluster: Json) -> str:
    return (cluster.get("accessConfig") or {}).get("authenticationMode") or ""


def _may_be_old(world: World, cluster: Json) -> bool:
    """Whether the mode is, or may be, the one without access entries."""
    return _mode(cluster) == "CONFIG_MAP" or (not _mode(cluster) and not entered(world))


def _creators(world: World, clusters: list[Json]) -> Pairs:
    for cluster in clusters:
        if _may_be_old(world, cluster):
            yield "EKS_CLUSTER_CREATOR", f"arn:aws:iam::{cluster['arn'].split(':')[4]}:role/(unknown)", ADMIN


def _nameable(world: World) -> set[str]:
    """Users and groups of bindings that no API reserves."""
    found = set()
    for _, _, binding in world.all("RoleBinding", "ClusterRoleBinding"):
        for subject in binding.get("subjects") or ():
            if subject["kind"] in ("User", "Group") and not re.match("(system|eks|aws|amazon|iam):", subject["name"]):
                found.add(f"{subject['kind'].lower()}/{subject['name']}")
    return found


def _names(who: Caller, names: set[str], action: str, arn: str, **known: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        kind, _, text = name.partition("/")
        key = {"user": "eks__username", "group": "eks__kubernetesgroups"}[kind]
        if who.may(action, arn, None, **known, **{key: (text,)}):
            yield name


def _on_clusters(world: World, who: Caller, clusters: list[Json]) -> Pairs:
    yield from _entering(world, who, clusters)
    names = _nameable(world)
    for cluster in clusters:
        yield from _settings(world, who, cluster, names)
        yield from _roles_for(world, who, cluster)


def _entering(world: World, who: Caller, clusters: list[Json]) -> Pairs:
    """Access entries that somebody makes or changes."""
    names = _nameable(world)
    for cluster in clusters:
        arn, is_old = cluster["arn"], _mode(cluster) == "CONFIG_MAP"
        start = f"{who.arn} & change/EKS_AUTH_MODE/{arn}" if is_old else who.arn
        mine = set(_entry_for(world, who, who.arn, arn, names))
        yield from (("EKS_ACCESS_ENTRY_CREATE", start, target) for target in mine)
        for other, _, _ in principals(world):
            for target in _entry_for(world, who, other, arn, names) if other not in entered(world) else ():
                if target not in mine and other != who.arn:
                    yield "EKS_ACCESS_ENTRY_CREATE", f"{other} & {start}", target
        for holder, entry in _standard(world, arn) if not is_old else ():
            start = " & ".join(dict.fromkeys((who.arn, holder)))
            for target in _gifts(world, who, entry):
                yield "EKS_ACCESS_POLICY_ASSOCIATE", start, target
            for target in _names(who, names, "eks:UpdateAccessEntry", entry):
                yield "EKS_ACCESS_ENTRY_UPDATE", start, target


def _standard(world: World, cluster: str) -> Iterator[tuple[str, str]]:
    """Whose access entries take groups, as far as one knows, and the ARNs of these."""
    described = {each["principalArn"]: each for each in world.said("accessEntry")}
    yield from ((who, each["accessEntryArn"]) for who, each in described.items() if each["type"] == "STANDARD")
    yield from ((who, _entry(cluster, who)) for who in entered(world) - set(described))


def _entry(cluster: str, who: str) -> str:
    kind, name = who.split(":")[5].split("/")[0], who.rpartition("/")[2]
    return f"{cluster.replace(':cluster/', ':access-entry/')}/{kind}/{who.split(':')[4]}/{name}/new"


def _gifts(world: World, who: Caller, entry: str, **known: tuple[str, ...]) -> Iterator[str]:
    """What one gets by associating policies with an entry; what is less than that besides is left out."""
    spaces = world.namespaces | _spoken(world)
    had: set[tuple[str, str]] = set()
    for space in ("*", *sorted(spaces)):
        for policy, stronger in RANKS:
            asked: dict[str, tuple[str, ...]] = {
                "eks__policyarn": (f"arn:aws:eks::aws:cluster-access-policy/{policy}",),
                "eks__accessscope": ("cluster" if space == "*" else "namespace",),
                "eks__namespaces": () if space == "*" else (space,),
            }  # fmt: skip
            if who.may("eks:AssociateAccessPolicy", entry, None, **asked, **known):
                if not any((other, place) in had for other in (policy, *stronger) for place in (space, "*")):
                    yield ADMIN if (policy, space) == (RANKS[0][0], "*") else f"grant/{space}/{policy}"
                had.add((policy, space))


def _spoken(world: World) -> set[str]:
    """The namespaces that policies name in whole."""
    found: set[str] = set()
    for _, policies, boundary in principals(world):
        for policy in [*policies, *([boundary] if boundary else [])]:
            listed = [each for statement in statements(policy) for each in conditions(statement)]
            found |= {value for _, key, values in listed if key.lower() == "eks:namespaces" for value in values}
    return {each for each in found if not set(each) & set("*?$")}


def attainable(world: World) -> set[str]:
    """The rights of access policies that somebody may come to hold."""
    callers, clusters = _callers(world), [each for each in world.said("cluster") if each.get("arn")]
    steps_ = (step for who in callers for step in _entering(world, who, clusters))
    return {target for _, _, target in steps_ if target.startswith("grant/")}


def _callers(world: World) -> list[Caller]:
    return [Caller(world, *each) for each in principals(world)]


def _entry_for(world: World, who: Caller, other: str, cluster: str, names: set[str]) -> Iterator[str]:
    """What a principal has of an access entry that somebody makes for it."""
    known: dict[str, tuple[str, ...]] = {"eks__principalarn": (other,), "eks__accessentrytype": ("STANDARD",)}
    entry = _entry(cluster, other)
    if who.may("eks:CreateAccessEntry", cluster, None, **known):
        yield from _gifts(world, who, entry, eks__principalarn=(other,))
        yield from _names(who, names, "eks:CreateAccessEntry", cluster, **known)


def _has_provider(world: World, name: str) -> bool:
    listed = [each for each in world.answers if each.get("clusterName") == name and each.get("identityProviderConfigs")]
    return bool(listed) or any(each["oidc"]["clusterName"] == name for each in world.said("identityProviderConfig"))


def _settings(world: World, who: Caller, cluster: Json, names: set[str]) -> Pairs:
    arn = cluster["arn"]
    mode = {"eks__authenticationmode": ("API_AND_CONFIG_MAP",), "eks__endpointpublicaccess": ()}
    if _may_be_old(world, cluster) and who.may("eks:UpdateClusterConfig", arn, None, **mode):
        yield "EKS_AUTH_MODE", who.arn, f"change/EKS_AUTH_MODE/{arn}"
    access = {"eks__authenticationmode": (), "eks__endpointpublicaccess": ("true",)}
    if who.may("eks:UpdateClusterConfig", arn, None, **access):
        yield "EKS_ENDPOINT_OPEN", who.arn, f"change/EKS_ENDPOINT_OPEN/{arn}"
    plugin = arn.replace(":cluster/", ":addon/") + "/vpc-cni/some"
    if who.may("eks:CreateAddon", arn) or any(who.may(f"eks:{verb}Addon", plugin) for verb in ("Update", "Delete")):
        yield "EKS_ADDON_CONFIG", who.arn, f"change/EKS_ADDON_CONFIG/{arn}"
    auto = bool(world.nodes) and all(world.compute(node) == "auto" for node in world.nodes)
    dns = arn.replace(":cluster/", ":addon/") + "/coredns/some"
    if not auto and (who.may("eks:CreateAddon", arn) or who.may("eks:UpdateAddon", dns)):
        yield "EKS_ADDON_CONFIG", who.arn, "traffic/dns"
    if not _has_provider(world, cluster["name"]) and who.may("eks:AssociateIdentityProviderConfig", arn):
        yield from (("EKS_OIDC_IDP_ASSOCIATE", who.arn, name) for name in names)


def _roles_for(world: World, who: Caller, cluster: Json) -> Pairs:
    """Roles that a call to EKS hands on."""
    arn = cluster["arn"]
    capabilities = "capabilities.eks.amazonaws.com"
    capability = arn.replace(":cluster/", ":capability/") + "/some"
    creates = who.may("eks:CreateCapability", arn) or who.may("eks:UpdateCapability", capability)
    associates = who.may("eks:CreatePodIdentityAssociation", arn)
    groups = who.may("eks:CreateNodegroup", arn)
    held = [each for each in world.associations() if each["clusterName"] == cluster["name"]]
    changes = [each for each in held if who.may("eks:UpdatePodIdentityAssociation", each["associationArn"])]
    yield from _roles_of_addons(world, who, cluster)
    for role in _roles(world):
        if creates and trusts(world, role, capabilities) and who.passes(role, capabilities):
            yield "EKS_CAPABILITY_CREATE", who.arn, role
        if groups and trusts(world, role, "ec2.amazonaws.com") and who.passes(role, None):
            yield from (("EKS_NODEGROUP_CREATE", who.arn, target) for target in (role, NODES))
        if (associates or changes) and who.passes(role, PODS) and who.may("iam:GetRole", role):
            accounts = set(Rights(world).accounts) if associates else set()
            accounts |= {f"sa/{each['namespace']}/{each['serviceAccount']}" for each in changes}
            if associates:
                accounts |= {f"sa/{each['namespace']}/{each['serviceAccount']}" for each in held}
            for account in accounts:
                _, space, name = account.split("/")
                asked = {"clusterName": cluster["name"], "namespace": space, "serviceAccount": name, "roleArn": role}
                if _gives(world, asked, arn):
                    yield "EKS_POD_IDENTITY_CREATE", f"{account} & {who.arn}", role


ADDONS = {
    "vpc-cni": "kube-system/aws-node", "aws-ebs-csi-driver": "kube-system/ebs-csi-controller-sa",
    "aws-efs-csi-driver": "kube-system/efs-csi-controller-sa",
    "aws-mountpoint-s3-csi-driver": "kube-system/s3-csi-driver-sa",
    "amazon-cloudwatch-observability": "amazon-cloudwatch/cloudwatch-agent",
}  # fmt: skip


def _roles_of_addons(world: World, who: Caller, cluster: Json) -> Pairs:
    arn, known = cluster["arn"], Rights(world).accounts
    for addon, account in ADDONS.items():
        some = f"{arn.replace(':cluster/', ':addon/')}/{addon}/some"
        may = who.may("eks:CreateAddon", arn) or who.may("eks:UpdateAddon", some)
        for role in _roles(world) if may and f"sa/{account}" in known else ():
            space, name = account.split("/")
            asked = {"clusterName": cluster["name"], "namespace": space, "serviceAccount": name, "roleArn": role}
            if who.passes(role, PODS) and _gives(world, asked, arn):
                yield "EKS_ADDON_CONFIG", f"sa/{account} & {who.arn}", role


# Nodes.


def _trust_edits(world: World, who: Caller) -> Pairs:
    for role in _roles(world):
        if role != who.arn and "/aws-" not in role and who.may("iam:UpdateAssumeRolePolicy", role):
            yield "IAM_TRUST_EDIT", who.arn, role


def _new_nodes(world: World, who: Caller, clusters: list[Json], machines: dict[str, tuple[Json, list[str]]]) -> Pairs:
    new = ("instance/new", "network-interface/new", "volume/new")
    for account in {arn.split(":")[4] for arn in (*machines, *(each["arn"] for each in clusters))}:
        launches = all(who.may("ec2:RunInstances", f"arn:aws:ec2:eu-west-1:{account}:{each}") for each in new)
        if launches or who.may("ec2:AssociateIamInstanceProfile", f"arn:aws:ec2:eu-west-1:{account}:instance/new"):
            for role in _node_roles(world):
                if who.passes(role, "ec2.amazonaws.com"):
                    yield from (("EC2_RUN_AS_NODE", who.arn, target) for target in (role, NODES))
    for role, targets in _hybrid(world) if who.may("ssm:CreateActivation", "*") else ():
        if who.passes(role, "ssm.amazonaws.com") and _may_trust(world, role, "ssm.amazonaws.com"):
            yield from (("HYBRID_NODE_REGISTER", who.arn, each) for each in targets)


def _hybrid(world: World) -> Iterator[tuple[str, list[str]]]:
    """The roles of hybrid nodes, and what they make of a machine."""
    said, entered = mode(world), set()
    for entry in world.said("accessEntry") if said != "CONFIG_MAP" else ():
        entered.add(entry["principalArn"])
        if entry["type"] == "HYBRID_LINUX":
            yield entry["principalArn"], [entry["principalArn"], NODES]
    for role, name, groups in mapped_roles(world) if said != "API" else ():
        if role not in entered and name.startswith("system:node:{{SessionName"):
            yield role, [role, *([NODES] if "system:nodes" in groups else [])]


def _may_trust(world: World, role: str, service: str) -> bool:
    """Whether a role trusts a service; one that is not known may, if it can be there."""
    known = _roles(world)
    if role in known:
        return trusts(world, role, service)
    return not any(role.split(":")[4] == other.split(":")[4] for other in known)


def _poisoned(world: World, who: Caller, machines: dict[str, tuple[Json, list[str]]]) -> Pairs:
    for arn, (instance, nodes) in machines.items():
        tags = {each["Key"]: each["Value"] for each in instance.get("Tags") or ()}
        template = arn.partition(":instance/")[0] + f":launch-template/{tags.get('aws:ec2launchtemplate:id', '')}"
        if template.endswith("/") or not who.may("ec2:CreateLaunchTemplateVersion", template):
            continue
        group = f"arn:aws:autoscaling:{':'.join(arn.split(':')[3:5])}:autoScalingGroup:x:autoScalingGroupName/"
        name = tags.get("aws:autoscaling:groupName", "")
        for node in nodes:
            is_managed = "eks.amazonaws.com/nodegroup" in (world.node(node)["metadata"].get("labels") or {})
            if not is_managed or (name and who.may("autoscaling:UpdateAutoScalingGroup", group + name)):
                yield from (("LAUNCH_TEMPLATE_POISON", who.arn, each) for each in _with_role(world, node))
    for group in world.said("nodegroup"):
        start = f"arn:aws:ec2:eu-west-1:{group['nodegroupArn'].split(':')[4]}:launch-template/"
        template = start + (group.get("launchTemplate") or {}).get("id", "")
        is_written = template != start and who.may("ec2:CreateLaunchTemplateVersion", template)
        if not is_written or not who.may("eks:UpdateNodegroupVersion", group["nodegroupArn"]):
            continue
        yield "LAUNCH_TEMPLATE_POISON", who.arn, group["nodeRole"]
        for node in world.nodes:
            labels = world.node(node)["metadata"].get("labels") or {}
            if labels.get("eks.amazonaws.com/nodegroup") == group["nodegroupName"]:
                yield "LAUNCH_TEMPLATE_POISON", who.arn, f"node/{node}"


def _with_role(world: World, node: str) -> Iterator[str]:
    yield f"node/{node}"
    yield from (each for each in _session(world, node) if ":role/" in each)


def _on_disks(world: World, who: Caller, clusters: list[Json], machines: dict[str, tuple[Json, list[str]]]) -> Pairs:
    homes = {arn.split(":")[4] for arn in (*machines, *(each["arn"] for each in clusters))}
    kept = "arn:aws:ec2:eu-west-1::snapshot/new"
    volumes: set[tuple[str, str]] = set()
    for arn, (instance, nodes) in machines.items():
        for mapping in instance.get("BlockDeviceMappings") or ():
            volumes |= {(f"{arn.partition(':instance/')[0]}:volume/{mapping['Ebs']['VolumeId']}", f"disk/{node}")
                        for node in nodes}  # fmt: skip
    for _, name, volume in world.all("PersistentVolume"):
        source = volume["spec"].get("csi") or {}
        if source.get("driver") == "ebs.csi.aws.com":
            volumes |= {
                (f"arn:aws:ec2:eu-west-1:{each}:volume/{source['volumeHandle']}", f"pv/{name}") for each in homes
            }
    for volume, target in volumes:
        account = volume.split(":")[4]
        new, host = (f"arn:aws:ec2:eu-west-1:{account}:{each}" for each in ("volume/new", "instance/new"))
        ways = (
            all(who.may(f"ebs:{each}", kept) for each in ("ListSnapshotBlocks", "GetSnapshotBlock")),
            who.may("ec2:ModifySnapshotAttribute", kept),
            all(who.may(f"ec2:{each}", new) for each in ("CreateVolume", "AttachVolume"))
            and who.may("ec2:AttachVolume", host),
        )
        # A snapshot may be there.
        if any(ways) and who.arn.split(":")[4] == account:
            yield "EC2_SNAPSHOT", who.arn, target


# Data.


def _pushes(world: World, who: Caller) -> Pairs:
    if not who.may("ecr:GetAuthorizationToken", "*"):
        return
    for pod in world.pods:
        for container in [each for key in ("containers", "initContainers") for each in pod.spec.get(key) or ()]:
            host, _, path = (container.get("image") or "").partition("/")
            parts = host.replace(".dkr-ecr.", ".dkr.ecr.").split(".")
            if (
                container.get("imagePullPolicy") == "Never"
                or parts[1:3] != ["dkr", "ecr"]
                or parts[0] in AWS
                or "@" in path
            ):
                continue
            partition = "aws-cn" if host.endswith(".cn") else "aws"
            repository = f"arn:{partition}:ecr:{parts[3]}:{parts[0]}:repository/{path.partition(':')[0]}"
            # Somebody else's repository may well let everybody in.
            everyone = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
            own = everyone if parts[0] != who.arn.split(":")[4] else None
            pushes = all(who.may(f"ecr:{action}", repository, own) for action in PUSH)
            if pushes or who.may("ecr:SetRepositoryPolicy", repository, own):
                yield "ECR_POISON", who.arn, pod.ref


def _inputs(world: World, who: Caller) -> Pairs:
    known = buckets(world)
    for pod in world.pods:
        for claim, _, _ in _uses(pod):
            bound = world.one("PersistentVolumeClaim", pod.namespace, claim) or {"spec": {}}
            volume = world.one("PersistentVolume", "", bound["spec"].get("volumeName") or "") or {"spec": {}}
            source = volume["spec"].get("csi") or {}
            name = (source.get("volumeAttributes") or {}).get("bucketName")
            if source.get("driver") == "s3.csi.aws.com" and name:
                arn = f"arn:aws:s3:::{name}"
                own = known.get(arn)
                for resource in _objects(arn, [*who.policies, *([own] if own else [])]):
                    if allowed(Ask(world, who.arn, "s3:PutObject", resource, who.policies, who.boundary, own)):
                        yield "AWS_INPUT_TAINT", who.arn, pod.ref


def _stored(world: World) -> Pairs:
    arns = {each["ARN"] for each in world.said_each("SecretList")}
    arns |= {answer["ARN"] for answer in world.answers if "ResourcePolicy" in answer}
    for arn in arns:
        if "kubeconfig" in arn or "eks-token" in arn:
            yield "AWS_STORED_KUBE_CRED", arn, ADMIN


def _audiences(world: World, callers: list[Caller]) -> Pairs:
    roles = {role["Arn"]: role for role in world.said_each("RoleDetailList")}
    issuers = {
        cluster["identity"]["oidc"]["issuer"].removeprefix("https://")
        for cluster in world.said("cluster")
        if (cluster.get("identity") or {}).get("oidc")
    }
    was_asked = any(True for _ in world.said("OpenIDConnectProviderList"))
    for provider, audiences in (providers(world) if was_asked else _named(roles)).items():
        issuer = provider.partition(":oidc-provider/")[2]
        is_ours = issuer in issuers if issuers else issuer.startswith("oidc.eks.")
        able = [who.arn for who in callers if who.may("iam:AddClientIDToOpenIDConnectProvider", provider)]
        change = f"change/IAM_OIDC_AUDIENCE/{provider}"
        if not is_ours or API in audiences or not able:
            continue
        yield from (("IAM_OIDC_AUDIENCE", who, change) for who in able)
        for arn, role in roles.items():
            trust = document(role["AssumeRolePolicyDocument"])
            for account in Rights(world).accounts if provider.split(":")[4] == arn.split(":")[4] else ():
                _, space, name = account.split("/")
                known = _claims(trust, issuer, f"system:serviceaccount:{space}:{name}", API)
                ask = Ask(
                    world, provider, "sts:AssumeRoleWithWebIdentity", arn, own=trust, kind="Federated", known=known
                )
                if allowed(ask):
                    yield "IAM_OIDC_AUDIENCE", f"{account} & {change}", arn


# What a change opens.


def _after(world: World, clusters: list[Json], opened: dict[str, set[str]]) -> Pairs:
    for change in opened.get("EC2_METADATA_OPTS", ()):
        for node in world.nodes:
            held = _instance(world, node)
            if held is not None and change.endswith(f":{held[0]}:instance/{held[1]['InstanceId']}"):
                yield from _answering(world, node, change)
    for cluster in clusters:
        change = f"change/EKS_ENDPOINT_OPEN/{cluster['arn']}"
        config = cluster.get("resourcesVpcConfig") or {}
        ranges = config.get("publicAccessCidrs") or ["0.0.0.0/0"]
        is_shut = config.get("endpointPublicAccess") is False or "0.0.0.0/0" not in ranges
        if change in opened.get("EKS_ENDPOINT_OPEN", ()) and is_shut:
            yield "EXPOSE_API_PUBLIC", f"internet & {change}", "apiserver"
            found = connections(world)
            # Pods get there by the internet, too, once there is an address in it.
            for pod in world.pods if config.get("endpointPublicAccess") is False else ():
                if found.to(pod, found.within(PUBLIC), 443):
                    yield "POD_NET_REACH", f"{pod.ref} & {change}", "apiserver"


def _answering(world: World, node: str, change: str) -> Pairs:
    """What of a node's metadata service rests on options that somebody changed."""
    options = _options(world, node)
    was_off = options.get("HttpEndpoint") == "disabled"
    was_shut = options.get("HttpTokens") == "required" and options.get("HttpPutResponseHopLimit") == 1
    changed = {**options, **({"HttpTokens": "optional"} if was_shut else {})}
    if not _has_metadata(world, node):
        return
    for pod in world.pods:
        on_host = pod.spec.get("hostNetwork")
        if node in pod.nodes and (was_off or (was_shut and not on_host)):
            answers = on_host or _answers_pods(world, node, changed)
            if answers and connections(world).to(pod, [METADATA], 80):
                yield "IMDS_REACH", f"{pod.ref} & {change}", f"imds/{node}"
    if was_off and is_telling(user_data(world, node)):
        yield "IMDS_USERDATA", f"imds/{node} & {change}", f"userdata/{node}"
    for credential in _session(world, node) if was_off else ():
        yield "IMDS_CRED", f"imds/{node} & {change}", credential
