"""The catalogue's section 12: from the account into the cluster, principal by principal and call by call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle.aws import _buckets, _claims, _is_administrator, _named, _objects, document, principals
from oracle.conditions import Setting, conditions, listed, statements
from oracle.connections import METADATA, connections
from oracle.containers import Pairs
from oracle.identity import is_telling, user_data
from oracle.images import AWS
from oracle.mapping import _answers_pods, _has_metadata, _instance, _options, _session
from oracle.network import PUBLIC
from oracle.nodes import _gives, _node_roles
from oracle.policies import Ask, allowed
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
PUSH = ("PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "BatchCheckLayerAvailability")


class Caller:
    """A principal of the account."""

    def __init__(self, arn: str, policies: list[Json], boundary: Json | None) -> None:
        self.arn, self.policies, self.boundary = arn, policies, boundary

    def may(self, action: str, resource: str, own: Json | None = None, **known: tuple[str, ...]) -> bool:
        """Whether it may do something; keys are written with two underscores for the colon."""
        keys: Setting = {key: () for key, calls in SENT.items() if action.split(":")[1] not in calls}
        keys |= {key.replace("__", ":"): values for key, values in known.items()}
        return allowed(Ask(self.arn, action, resource, self.policies, self.boundary, own, known=keys))

    def passes(self, role: str, service: str | None) -> bool:
        """Whether it may hand a role to a service; nothing for one that is not known."""
        if service is None:
            return self.may("iam:PassRole", role)
        return self.may("iam:PassRole", role, iam__passedtoservice=(service,))

    def tagged(self, action: str, arn: str, instance: Json | None) -> bool:
        """Whether it may do something to an instance with its tags; `None` has none."""
        tags = {each["Key"]: (each["Value"],) for each in (instance or {}).get("Tags") or ()}
        keys: Setting = {}
        for policy in [*self.policies, *([self.boundary] if self.boundary else [])]:
            for statement in statements(policy):
                for _, key, _ in conditions(statement):
                    if "resourcetag/" in key.lower():
                        keys[key.lower()] = tags.get(key.partition("/")[2], ())
        keys |= {key: () for key, calls in SENT.items() if action.split(":")[1] not in calls}
        return allowed(Ask(self.arn, action, arn, self.policies, self.boundary, known=keys))


def steps(world: World) -> Pairs:
    """Step, source and target."""
    callers = [Caller(*each) for each in principals(world)]
    clusters = [each for each in world.said("cluster") if each.get("arn")]
    machines = _machines(world)
    yield from _creators(clusters)
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
            if target.startswith("change/") and not _is_administrator(who.arn, who.policies, who.boundary):
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
    return found | {role for role in first if _trusts(world, role, "ec2.amazonaws.com")}


def _trusts(world: World, role: str, service: str) -> bool:
    known: Setting = {"aws:principalisawsservice": ("true",), "aws:principalservicename": (service,)}
    return any(
        allowed(
            Ask(service, "sts:AssumeRole", role, own=document(each["AssumeRolePolicyDocument"]), kind="Service",
                known=known)
        )
        for each in world.said_each("RoleDetailList")
        if each["Arn"] == role
    )  # fmt: skip


def _roles(world: World) -> list[str]:
    return [each["Arn"] for each in world.said_each("RoleDetailList")]


# EKS.


def _mode(cluster: Json) -> str:
    return (cluster.get("accessConfig") or {}).get("authenticationMode") or "CONFIG_MAP"


def _creators(clusters: list[Json]) -> Pairs:
    for cluster in clusters:
        if _mode(cluster) == "CONFIG_MAP":
            yield "EKS_CLUSTER_CREATOR", f"arn:aws:iam::{cluster['arn'].split(':')[4]}:role/unknown", ADMIN


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
    names = _nameable(world)
    policy = {
        "eks__policyarn": ("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",),
        "eks__accessscope": ("cluster",), "eks__namespaces": (),
    }  # fmt: skip
    for cluster in clusters:
        arn, is_old = cluster["arn"], _mode(cluster) == "CONFIG_MAP"
        start = f"{who.arn} & change/EKS_AUTH_MODE/{arn}" if is_old else who.arn
        own: dict[str, tuple[str, ...]] = {"eks__principalarn": (who.arn,), "eks__accessentrytype": ("STANDARD",)}
        kind, name = who.arn.split(":")[5].split("/")[0], who.arn.rpartition("/")[2]
        entry = f"{arn.replace(':cluster/', ':access-entry/')}/{kind}/{who.arn.split(':')[4]}/{name}/new"
        if who.may("eks:CreateAccessEntry", arn, None, **own) and who.may(
            "eks:AssociateAccessPolicy", entry, None, **policy
        ):
            yield "EKS_ACCESS_ENTRY_CREATE", start, ADMIN
        for target in _names(who, names, "eks:CreateAccessEntry", arn, **own):
            yield "EKS_ACCESS_ENTRY_CREATE", start, target
        for found in world.said("accessEntry") if not is_old else ():
            if found["type"] == "STANDARD":
                start = " & ".join(dict.fromkeys((who.arn, found["principalArn"])))
                if who.may("eks:AssociateAccessPolicy", found["accessEntryArn"], None, **policy):
                    yield "EKS_ACCESS_POLICY_ASSOCIATE", start, ADMIN
                for target in _names(who, names, "eks:UpdateAccessEntry", found["accessEntryArn"]):
                    yield "EKS_ACCESS_ENTRY_UPDATE", start, target
        yield from _settings(who, cluster, names)
        yield from _roles_for(world, who, cluster)


def _settings(who: Caller, cluster: Json, names: set[str]) -> Pairs:
    arn = cluster["arn"]
    mode = {"eks__authenticationmode": ("API_AND_CONFIG_MAP",), "eks__endpointpublicaccess": ()}
    if _mode(cluster) == "CONFIG_MAP" and who.may("eks:UpdateClusterConfig", arn, None, **mode):
        yield "EKS_AUTH_MODE", who.arn, f"change/EKS_AUTH_MODE/{arn}"
    access = {"eks__authenticationmode": (), "eks__endpointpublicaccess": ("true",)}
    if who.may("eks:UpdateClusterConfig", arn, None, **access):
        yield "EKS_ENDPOINT_OPEN", who.arn, f"change/EKS_ENDPOINT_OPEN/{arn}"
    plugin = arn.replace(":cluster/", ":addon/") + "/vpc-cni/some"
    if who.may("eks:CreateAddon", arn) or any(who.may(f"eks:{verb}Addon", plugin) for verb in ("Update", "Delete")):
        yield "EKS_ADDON_CONFIG", who.arn, f"change/EKS_ADDON_CONFIG/{arn}"
    if who.may("eks:AssociateIdentityProviderConfig", arn):
        yield from (("EKS_OIDC_IDP_ASSOCIATE", who.arn, name) for name in names)


def _roles_for(world: World, who: Caller, cluster: Json) -> Pairs:
    """Roles that a call to EKS hands on."""
    arn = cluster["arn"]
    capabilities = "capabilities.eks.amazonaws.com"
    creates, associates = who.may("eks:CreateCapability", arn), who.may("eks:CreatePodIdentityAssociation", arn)
    groups = who.may("eks:CreateNodegroup", arn)
    held = [each for each in world.said("association") if each["clusterName"] == cluster["name"]]
    changes = [each for each in held if who.may("eks:UpdatePodIdentityAssociation", each["associationArn"])]
    for role in _roles(world):
        if creates and _trusts(world, role, capabilities) and who.passes(role, capabilities):
            yield "EKS_CAPABILITY_CREATE", who.arn, role
        if groups and _trusts(world, role, "ec2.amazonaws.com") and who.passes(role, None):
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
    is_old = any(_mode(each) == "CONFIG_MAP" for each in list(world.said("cluster"))[:1])
    hybrid = [entry["principalArn"] for entry in world.said("accessEntry") if entry["type"] == "HYBRID_LINUX"]
    for role in hybrid if not is_old and who.may("ssm:CreateActivation", "*") else ():
        if who.passes(role, "ssm.amazonaws.com"):
            yield from (("HYBRID_NODE_REGISTER", who.arn, each) for each in (role, NODES))


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
            if parts[1:3] != ["dkr", "ecr"] or parts[0] in AWS or "@" in path:
                continue
            partition = "aws-cn" if host.endswith(".cn") else "aws"
            repository = f"arn:{partition}:ecr:{parts[3]}:{parts[0]}:repository/{path.partition(':')[0]}"
            # Somebody else's repository may well let everybody in.
            everyone = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
            own = everyone if parts[0] != who.arn.split(":")[4] else None
            if all(who.may(f"ecr:{action}", repository, own) for action in PUSH):
                yield "ECR_POISON", who.arn, pod.ref


def _inputs(world: World, who: Caller) -> Pairs:
    buckets = _buckets(world)
    for pod in world.pods:
        for claim, _, _ in _uses(pod):
            bound = world.one("PersistentVolumeClaim", pod.namespace, claim) or {"spec": {}}
            volume = world.one("PersistentVolume", "", bound["spec"].get("volumeName") or "") or {"spec": {}}
            source = volume["spec"].get("csi") or {}
            name = (source.get("volumeAttributes") or {}).get("bucketName")
            if source.get("driver") == "s3.csi.aws.com" and name:
                arn = f"arn:aws:s3:::{name}"
                own = buckets.get(arn)
                for resource in _objects(arn, [*who.policies, *([own] if own else [])]):
                    if allowed(Ask(who.arn, "s3:PutObject", resource, who.policies, who.boundary, own)):
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
                ask = Ask(provider, "sts:AssumeRoleWithWebIdentity", arn, own=trust, kind="Federated", known=known)
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
