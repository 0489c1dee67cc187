"""Ways from the account into the cluster: rights over EKS, EC2, Systems Manager and ECR, and what they are about."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.aws import instance
from strategies.iam import CONDITIONS, details, policy, profile
from strategies.nodes import IMAGES
from strategies.rbac import Phrases
from strategies.words import (
    ACCOUNTS,
    HOME,
    ISSUER,
    NODES,
    PROVIDER,
    SPACES,
    Json,
    chance,
    few,
    fields,
    item,
    one,
    optional,
    role_arn,
)

PHRASES: Phrases = (("get", "", "pods"),)

CLUSTER = f"arn:aws:eks:eu-west-1:{HOME}:cluster/shop"
# The actions of one step each, of which one may be missing.
BUNDLES: tuple[tuple[str, ...], ...] = (
    ("ssm:SendCommand",), ("ssm:SendCommand", "ssm:CreateDocument"), ("ssm:UpdateAssociation",),
    ("ssm:StartSession",), ("ssm:CreateAssociation",), ("ssm:StartAutomationExecution",),
    ("eks:CreateAccessEntry", "eks:AssociateAccessPolicy"), ("eks:UpdateAccessEntry",), ("eks:UpdateAccessEntry",),
    ("eks:AssociateAccessPolicy",), ("s3:PutObject",),
    ("ec2:RunInstances", "iam:PassRole"), ("eks:CreatePodIdentityAssociation", "iam:PassRole", "iam:GetRole"),
    ("eks:UpdatePodIdentityAssociation", "iam:PassRole", "iam:Get*"), ("iam:UpdateAssumeRolePolicy",),
    ("ecr:PutImage", "ecr:*Layer*", "ecr:GetAuthorizationToken"), ("ec2:ModifyInstanceMetadataOptions",),
    ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"), ("ec2:*", "iam:PassRole"),
    ("ec2:CreateLaunchTemplateVersion", "eks:UpdateNodegroupVersion"),
    ("ec2:CreateLaunchTemplateVersion", "autoscaling:UpdateAutoScalingGroup"), ("eks:CreateNodegroup", "iam:PassRole"),
    ("eks:UpdateClusterConfig",), ("eks:AssociateIdentityProviderConfig",), ("eks:*Addon",), ("eks:UpdateAddon",),
    ("eks:CreateCapability", "iam:PassRole"), ("iam:AddClientIDToOpenIDConnectProvider",),
    ("ec2:ReplaceIamInstanceProfileAssociation", "iam:PassRole"),
    ("ec2:*ssociateIamInstanceProfile", "iam:PassRole"), ("ssm:CreateActivation", "iam:PassRole"),
    ("ssm:*", "iam:PassRole"),
    ("ec2-instance-connect:SendSSHPublicKey",), ("ec2:AuthorizeSecurityGroupIngress",), ("s3:PutObject",),
    ("ec2:CreateSnapshot", "ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock"),
    ("ec2:CreateSnapshot", "ec2:CreateVolume", "ec2:AttachVolume"), ("ec2:CreateSnapshot", "ec2:ModifySnapshot*"),
    ("eks:*", "iam:PassRole"), ("ssm:*",), ("ecr:SetRepositoryPolicy", "ecr:GetAuthorizationToken"),
)  # fmt: skip
RESOURCES = (
    f"arn:aws:ec2:eu-west-1:{HOME}:instance/i-0000", f"arn:aws:ec2:*:{HOME}:instance/*", "arn:aws:ssm:*::document/*",
    "arn:aws:ssm:eu-west-1::document/AWS-Run*", "arn:aws:ssm:*::document/AWS-RunPowerShellScript",
    f"arn:aws:ssm:*:{HOME}:document/dev-*", CLUSTER,
    f"arn:aws:eks:*:{HOME}:cluster/other", "arn:aws:eks:*:*:*/shop/*",
    f"arn:aws:eks:*:{HOME}:access-entry/shop/role/*", role_arn("node"), role_arn("ci/*"), role_arn("app"),
    f"arn:aws:ecr:*:{HOME}:repository/shop/*", "arn:aws:ec2:*:*:volume/vol-1", "arn:aws:ec2:*::snapshot/*",
    f"arn:aws:ec2:*:{HOME}:*/*", "arn:aws:s3:::logs/*", "*",
)  # fmt: skip
ASKED: tuple[Json, ...] = (
    {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"StringEqualsIfExists": {"iam:PassedToService": ["pods.eks.amazonaws.com", "ssm.amazonaws.com"]}},
    {"StringEquals": {"aws:ResourceTag/env": "dev"}}, {"StringEqualsIfExists": {"ssm:resourceTag/env": ["dev"]}},
    {"StringNotLike": {"eks:policyArn": "*ClusterAdmin*"}}, {"StringEqualsIfExists": {"eks:accessScope": "namespace"}},
    {"StringLikeIfExists": {"eks:policyArn": "*/AmazonEKSAdminPolicy"}}, {"StringLike": {"eks:policyArn": "*View*"}},
    {"ForAllValues:StringEquals": {"eks:namespaces": ["ci"]}, "StringEqualsIfExists": {"eks:accessScope": "namespace"}},
    {"ForAllValues:StringEquals": {"eks:kubernetesGroups": ["devs"]}},
    {"StringEqualsIfExists": {"eks:username": "bob"}},
    {"BoolIfExists": {"eks:endpointPublicAccess": "false"}}, {"ArnLike": {"eks:principalArn": role_arn("app")}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}, {"StringEqualsIfExists": {"ec2:Region": "us-east-1"}},
    {"StringEqualsIfExists": {"eks:authenticationMode": "API"}}, {"StringEqualsIfExists": {"ec2:osuser": "root"}},
)  # fmt: skip
STRIDE = 4
SERVICES = ("ec2", "pods.eks", "pods.eks", "capabilities.eks", "ssm", "lambda")


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Rights, and what they are rights over."""
    if not any("RoleDetailList" in each for each in documents):
        documents.append(details(draw))
    _cluster(draw, documents)
    _entries(draw, documents)
    _bound(draw, documents)
    _instances(draw, documents)
    _principals(draw, documents)
    _storage(draw, documents)
    for document in documents:
        spec = document.get("spec") or {}
        for container in spec.get("containers", ()) if document.get("kind") == "Pod" else ():
            if chance(draw, 60):
                container["image"] = one(draw, *IMAGES)
                container |= fields(optional(draw, "imagePullPolicy", "Always", "Never", percent=20))
    if chance(draw, 60):
        arn = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:{one(draw, 'kubeconfig', 'eks-token', 'api')}-AbCdEf"
        documents.append({"SecretList": [{"ARN": arn, "Name": "stored"}]})


def _principals(draw: st.DrawFn, documents: list[Json]) -> None:
    """What roles and users may do, and which services may have the roles."""
    for document in documents:
        for holder, field in (("RoleDetailList", "RolePolicyList"), ("UserDetailList", "UserPolicyList")):
            for each in document.get(holder, ()):
                if chance(draw, 70):
                    each[field].append({"PolicyName": "pivot", "PolicyDocument": policy(_statements(draw))})
        for role in document.get("RoleDetailList", ()):
            _trust(draw, role)


def _entries(draw: st.DrawFn, documents: list[Json]) -> None:
    """Access entries of each kind, and somebody who is bound and whose name is free."""
    held = [each["accessEntry"] for each in documents if "accessEntry" in each]
    for entry in held:
        if entry["type"] == "EC2_LINUX" and chance(draw, 50):
            entry |= {"type": "HYBRID_LINUX", "username": "system:node:{{SessionName}}"}
    head = f"arn:aws:eks:eu-west-1:{HOME}:access-entry/shop/role/{HOME}"
    taken = {entry["principalArn"] for entry in held} | {each.get("principalArn") for each in documents}
    for name, kind in (("app", "HYBRID_LINUX"), ("ci/deploy", "STANDARD")):
        if role_arn(name) not in taken and chance(draw, 60):
            found = {"clusterName": "shop", "principalArn": role_arn(name), "accessEntryArn": f"{head}/{name}/1"}
            is_node = kind != "STANDARD"
            found |= {"type": kind, "kubernetesGroups": ["system:nodes"] if is_node else []}
            name = "system:node:{{SessionName}}" if is_node else one(draw, "deploy", "team:{{SessionName}}")
            documents.append({"accessEntry": found | {"username": name}})
    if chance(draw, 20):
        name = one(draw, "shop", "shop", "other")
        documents.append({"clusterName": name, "identityProviderConfigs": one(draw, [], [{"name": "corp"}])})
    if chance(draw, 40):
        documents.append({"accessEntries": [role_arn(one(draw, "app", "node", "gone"))]})
    if chance(draw, 70):
        subjects = [{"kind": "Group", "name": one(draw, "devs", "system:masters")}, {"kind": "User", "name": "bob"},
                    {"kind": "User", "name": "team:ann"}]  # fmt: skip
        role = {"kind": "ClusterRole", "name": "view"}
        documents.append(item("ClusterRoleBinding", "people", roleRef=role, subjects=few(draw, subjects, 2, 1)))


def _statements(draw: st.DrawFn) -> list[Json]:
    """The rights of every fourth step, of which a few fall short, or are tied to something."""
    chosen = BUNDLES[draw(st.integers(0, STRIDE - 1)) :: STRIDE]
    found: list[Json] = [{"Effect": "Allow", "Action": [*bundle], "Resource": "*"} for bundle in chosen]
    for statement in few(draw, found, 3):
        oddity = one(draw, "resources", "resources", "condition", "condition", "short")
        if oddity == "resources":
            statement["Resource"] = few(draw, RESOURCES, 3, 1)
        elif oddity == "condition":
            statement["Condition"] = one(draw, *ASKED, *ASKED, *CONDITIONS[:2])
        elif len(statement["Action"]) > 1:
            statement["Action"].remove(one(draw, *statement["Action"]))
    if chance(draw, 10):
        denied = list(one(draw, *BUNDLES))
        found.append({"Effect": "Deny", "Action": denied, "Resource": one(draw, "*", *RESOURCES)})
    return found


def _trust(draw: st.DrawFn, role: Json) -> None:
    """A service that may have the role, or the cluster's tokens, of whatever audience."""
    document = role["AssumeRolePolicyDocument"]
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    document["Statement"] = listed
    for service in few(draw, SERVICES, 3):
        found: Json = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}}
        found["Action"] = ["sts:AssumeRole", "sts:TagSession"] if service == "pods.eks" else "sts:AssumeRole"
        tags = {"StringEquals": {"aws:RequestTag/kubernetes-namespace": one(draw, *SPACES)}}
        listed.append(found | fields(optional(draw, "Condition", tags, percent=20)))
    if chance(draw, 30):
        subject = f"system:serviceaccount:{one(draw, *SPACES)}:{one(draw, *ACCOUNTS)}"
        found = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity"}
        listed.append(found | {"Condition": {"StringEquals": {f"{ISSUER}:sub": subject}}})


def _cluster(draw: st.DrawFn, documents: list[Json]) -> None:
    """A cluster, entries of its own, a group of nodes with a launch template, associations."""
    if not any("cluster" in each for each in documents) and chance(draw, 90):
        documents.append({"cluster": {"name": "shop", "arn": CLUSTER}})
    for document in documents:
        if "cluster" in document:
            ranges = one(draw, ["0.0.0.0/0"], ["198.51.100.0/24"], None)
            config: Json = {"endpointPublicAccess": one(draw, True, False)}
            document["cluster"]["resourcesVpcConfig"] = config | ({"publicAccessCidrs": ranges} if ranges else {})
        if "nodegroup" in document:
            document["nodegroup"] |= fields(
                optional(draw, "launchTemplate", {"id": "lt-1", "version": "3"}, percent=80)
            )
    if not any("nodegroup" in each for each in documents) and chance(draw, 60):
        arn = f"arn:aws:eks:eu-west-1:{HOME}:nodegroup/shop/workers/1"
        group = {"nodegroupName": "workers", "clusterName": "shop", "nodeRole": role_arn("node"), "nodegroupArn": arn}
        documents.append({"nodegroup": group | {"launchTemplate": {"id": "lt-1", "version": "3"}}})


def _bound(draw: st.DrawFn, documents: list[Json]) -> None:
    """Nodes of a group, and service accounts that have a role."""
    for document in documents:
        if document.get("kind") == "Node" and chance(draw, 50):
            document["metadata"].setdefault("labels", {})["eks.amazonaws.com/nodegroup"] = "workers"
    if chance(draw, 40):
        documents.append(item("ServiceAccount", one(draw, "aws-node", "ebs-csi-controller-sa"), "kube-system"))
    if chance(draw, 50):
        found = {"clusterName": one(draw, "shop", "shop", "other"), "namespace": one(draw, *SPACES)}
        found |= {"serviceAccount": one(draw, *ACCOUNTS), "roleArn": role_arn("app")}
        arn = f"arn:aws:eks:eu-west-1:{HOME}:podidentityassociation/shop/a-0"
        if chance(draw, 20):
            del found["roleArn"]
            documents.append({"associations": [found | {"associationArn": arn}]})
        else:
            documents.append({"association": found | {"associationArn": arn}})


def _instances(draw: st.DrawFn, documents: list[Json]) -> None:
    """Instances with groups, disks, tags and mostly the role of nodes, whose metadata service may be shut."""
    if not any("Reservations" in each for each in documents) or chance(draw, 30):
        documents[:] = [each for each in documents if "Reservations" not in each]
        documents.append({"Reservations": [{"OwnerId": HOME, "Instances": [instance(draw, 0), instance(draw, 1)]}]})
    if chance(draw, 70):
        spec: Json = {"containers": [{"name": "app"}], "nodeName": NODES[draw(st.integers(0, 1))]}
        documents.append(item("Pod", "guest", one(draw, *SPACES), spec=spec, status={"phase": "Running"}))
    for document in documents:
        for number, each in enumerate(
            each for found in document.get("Reservations", ()) for each in found["Instances"]
        ):
            each["SecurityGroups"] = [{"GroupId": "sg-1"}] if chance(draw, 80) else []
            each["BlockDeviceMappings"] = [{"Ebs": {"VolumeId": f"vol-{number}"}}] if chance(draw, 80) else []
            each["Tags"] = [{"Key": "env", "Value": one(draw, "dev", "prod")}] if chance(draw, 60) else []
            if chance(draw, 50):
                launched = {"aws:ec2launchtemplate:id": "lt-2", "aws:autoscaling:groupName": "own"}
                each["Tags"] += [{"Key": key, "Value": value} for key, value in launched.items() if chance(draw, 80)]
            if chance(draw, 70):
                each["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{HOME}:instance-profile/node"}
            if chance(draw, 50):
                each["MetadataOptions"] = {"HttpTokens": "required", "HttpPutResponseHopLimit": 1,
                                           "HttpEndpoint": one(draw, "enabled", "enabled", "disabled")}  # fmt: skip
    if not any("InstanceProfiles" in each for each in documents) and chance(draw, 75):
        documents.append({"InstanceProfiles": [profile("node"), profile("app")]})


def _storage(draw: st.DrawFn, documents: list[Json]) -> None:
    """Volumes of EBS and of S3, and a pod that mounts one."""
    if chance(draw, 10):
        return
    driver = one(draw, *["s3.csi.aws.com"] * 4, "ebs.csi.aws.com", "efs.csi.aws.com")
    source: Json = {"driver": driver, "volumeHandle": one(draw, "vol-1", "vol-9")}
    source |= fields(optional(draw, "volumeAttributes", {"bucketName": "logs"}, {"bucketName": "data"}, percent=95))
    documents.append(item("PersistentVolume", "kept", spec={"csi": source}))
    space = one(draw, *SPACES)
    documents.append(
        item("PersistentVolumeClaim", "kept", space, spec={"volumeName": one(draw, *["kept"] * 6, "lost")})
    )
    mounts = [{"name": "v", "mountPath": "/v"}] if chance(draw, 85) else []
    spec: Json = {"containers": [{"name": "app", "volumeMounts": mounts}], "nodeName": one(draw, *NODES[:2])}
    spec["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "kept"}}]
    documents.append(item("Pod", "reader", space, spec=spec, status={"phase": "Running"}))
