"""What the AWS CLI answers about the account and the cluster."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from synthetic.cluster import accounts
from synthetic.plan import ACCOUNT, CLUSTER, ISSUER, REGION, Node, Plan, suffix
from synthetic.printer import Json, answer

_PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
_CREATED = "2026-01-20T10:11:12+00:00"
_SERVICES = {
    "s3": ["s3:GetObject", "s3:ListBucket"], "sqs": ["sqs:ReceiveMessage", "sqs:SendMessage", "sqs:DeleteMessage"],
    "dynamodb": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], "sns": ["sns:Publish"],
    "secretsmanager": ["secretsmanager:GetSecretValue"],
}  # fmt: skip
_NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")


def write(folder: Path, plan: Plan) -> None:
    """One file per answer."""
    answer(folder / "caller-identity.json", {"UserId": "AIDAEXAMPLE", "Account": ACCOUNT, "Arn": _arn("user/auditor")})
    answer(folder / "authorization-details.json", _details(plan))
    answer(folder / "instances.json", {"Reservations": list(_reservations(plan))})
    groups = sorted({node.group for node in plan.nodes})
    answer(folder / "instance-profiles.json", {"InstanceProfiles": [_profile(group) for group in groups]})
    answer(folder / "cluster.json", {"cluster": _cluster()})
    answer(folder / "oidc-providers.json", {"OpenIDConnectProviderList": [{"Arn": _PROVIDER}]})
    provider = {"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": [], "CreateDate": _CREATED}
    answer(folder / "oidc-provider.json", provider)
    for group in groups:
        node_group = {
            "nodegroupName": group, "nodegroupArn": _eks(f"nodegroup/{CLUSTER}/{group}/1"), "clusterName": CLUSTER,
            "nodeRole": _arn(f"role/{CLUSTER}-node-{group}"), "amiType": "AL2023_x86_64_STANDARD",
        }  # fmt: skip
        answer(folder / f"nodegroup-{group}.json", {"nodegroup": node_group})
    entries = [_arn("role/platform-admin"), *(_arn(f"role/{CLUSTER}-node-{group}") for group in groups)]
    answer(folder / "access-entries.json", {"accessEntries": entries})
    for arn in entries:
        entry = {
            "clusterName": CLUSTER, "principalArn": arn, "accessEntryArn": _eks(f"access-entry/{CLUSTER}/{arn}"),
            "kubernetesGroups": ["system:nodes"] if "-node-" in arn else ["platform-admins"],
            "username": "system:node:{{EC2PrivateDNSName}}" if "-node-" in arn else arn,
            "type": "EC2_LINUX" if "-node-" in arn else "STANDARD",
        }  # fmt: skip
        answer(folder / f"access-entry-{arn.rpartition('/')[2]}.json", {"accessEntry": entry})
    spaces = plan.namespaces
    buckets = [{"Name": f"{CLUSTER}-{each}", "CreationDate": _CREATED} for each in spaces]
    answer(folder / "buckets.json", {"Buckets": buckets})
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
    secrets = [{"ARN": f"{secret}{each}/database-AbCdEf", "Name": f"{each}/database"} for each in spaces]
    answer(folder / "secrets.json", {"SecretList": secrets})


def _arn(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def _eks(rest: str) -> str:
    return f"arn:aws:eks:{REGION}:{ACCOUNT}:{rest}"


def _cluster() -> Json:
    return {
        "name": CLUSTER, "arn": _eks(f"cluster/{CLUSTER}"), "createdAt": _CREATED, "version": "1.32",
        "identity": {"oidc": {"issuer": f"https://{ISSUER}"}}, "status": "ACTIVE", "platformVersion": "eks.8",
        "accessConfig": {"bootstrapClusterCreatorAdminPermissions": False, "authenticationMode": "API_AND_CONFIG_MAP"},
    }  # fmt: skip


def _details(plan: Plan) -> Json:
    groups = sorted({node.group for node in plan.nodes})
    managed = [f"arn:aws:iam::aws:policy/{name}" for name in (*_NODE_POLICIES, "AdministratorAccess")]
    roles = [_node_role(group) for group in groups] + [_admin_role(), _deploy_role()]
    roles += [_irsa_role(space, name, arn) for (space, name), arn in accounts(plan).items() if arn]
    everything: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    read: Json = {"Effect": "Allow", "Action": ["ec2:Describe*", "ecr:GetAuthorizationToken"], "Resource": "*"}
    user = {
        "Path": "/", "UserName": "auditor", "UserId": "AIDAEXAMPLE", "Arn": _arn("user/auditor"),
        "CreateDate": _CREATED, "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
    }  # fmt: skip
    policies = [_managed(arn, everything if arn.endswith("AdministratorAccess") else read) for arn in managed]
    return {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies}


def _managed(arn: str, statement: Json) -> Json:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": _CREATED, "Document": _policy(statement)}
    return {
        "PolicyName": arn.rpartition("/")[2], "Arn": arn, "Path": "/", "DefaultVersionId": "v1", "AttachmentCount": 1,
        "PolicyVersionList": [version],
    }  # fmt: skip


def _policy(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _role(
    arn: str, trust: Json, policies: list[Json], attached: tuple[str, ...] = (), profiles: tuple[Json, ...] = ()
) -> Json:
    name = arn.rpartition("/")[2]
    return {
        "Path": "/", "RoleName": name, "RoleId": f"AROA{suffix(random.Random(arn), 17).upper()}", "Arn": arn,
        "CreateDate": _CREATED, "AssumeRolePolicyDocument": _policy(trust), "InstanceProfileList": list(profiles),
        "RolePolicyList": policies, "Tags": [{"Key": "cluster", "Value": CLUSTER}], "RoleLastUsed": {"Region": REGION},
        "AttachedManagedPolicies": [
            {"PolicyName": each, "PolicyArn": f"arn:aws:iam::aws:policy/{each}"} for each in attached
        ],
    }  # fmt: skip


def _profile(group: str) -> Json:
    name = f"{CLUSTER}-node-{group}"
    role = {"Path": "/", "RoleName": name, "RoleId": "AROAEXAMPLE", "Arn": _arn(f"role/{name}"), "CreateDate": _CREATED}
    return {"Path": "/", "InstanceProfileName": name, "InstanceProfileId": "AIPAEXAMPLE", "CreateDate": _CREATED,
            "Arn": _arn(f"instance-profile/{name}"), "Roles": [role]}  # fmt: skip


def _node_role(group: str) -> Json:
    trust: Json = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    # Somebody once let the old nodes deploy.
    deploy: Json = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": _arn("role/deploy")}
    policies: list[Json] = [{"PolicyName": "deploy", "PolicyDocument": _policy(deploy)}] if group == "legacy" else []
    return _role(_arn(f"role/{CLUSTER}-node-{group}"), trust, policies, _NODE_POLICIES, (_profile(group),))


def _admin_role() -> Json:
    trust: Json = {"Effect": "Allow", "Principal": {"AWS": _arn("role/deploy")}, "Action": "sts:AssumeRole"}
    return _role(_arn("role/platform-admin"), trust, [], ("AdministratorAccess",))


def _deploy_role() -> Json:
    trust: Json = {"Effect": "Allow", "Principal": {"AWS": _arn("root")}, "Action": "sts:AssumeRole"}
    admin: Json = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": _arn("role/platform-admin")}
    return _role(_arn("role/deploy"), trust, [{"PolicyName": "admin", "PolicyDocument": _policy(admin)}])


def _irsa_role(space: str, name: str, arn: str) -> Json:
    """The role of one service account; one in twenty trusts the whole namespace."""
    chance = random.Random(arn)
    wide = chance.random() < 0.05
    subject = {f"{ISSUER}:sub": f"system:serviceaccount:{space}:{'*' if wide else name}"}
    audience = {f"{ISSUER}:aud": "sts.amazonaws.com"}
    condition = {"StringLike": subject, "StringEquals": audience} if wide else {"StringEquals": {**subject, **audience}}
    trust: Json = {"Effect": "Allow", "Principal": {"Federated": _PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity",
                   "Condition": condition}  # fmt: skip
    policies: list[Json] = []
    for service in chance.sample(list(_SERVICES), chance.randrange(1, 4)):
        resource = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{space}/*"
        if service == "s3":
            resource = f"arn:aws:s3:::{CLUSTER}-{space}*"
        if service == "secretsmanager":
            resource = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{space}/*"
        statement: Json = {"Effect": "Allow", "Action": _SERVICES[service], "Resource": [resource]}
        policies.append({"PolicyName": service, "PolicyDocument": _policy(statement)})
    return _role(arn, trust, policies)


def _reservations(plan: Plan) -> Iterator[Json]:
    for number in range(0, len(plan.nodes), 10):
        instances = [_instance(node) for node in plan.nodes[number : number + 10]]
        reservation = f"r-{random.Random(number).getrandbits(68):017x}"
        yield {"ReservationId": reservation, "OwnerId": ACCOUNT, "Groups": [], "Instances": instances}


def _instance(node: Node) -> Json:
    chance = random.Random(f"ec2/{node.number}")
    volume = f"vol-{chance.getrandbits(68):017x}"
    disk = {"AttachTime": _CREATED, "DeleteOnTermination": True, "Status": "attached", "VolumeId": volume}
    tags = {
        "Name": f"{CLUSTER}-{node.group}", "eks:cluster-name": CLUSTER, "eks:nodegroup-name": node.group,
        f"kubernetes.io/cluster/{CLUSTER}": "owned",
    }  # fmt: skip
    addresses = [{"Primary": each == 0, "PrivateIpAddress": f"10.99.{each}.{node.number & 255}"} for each in range(10)]
    interfaces: list[Json] = [
        {
            "NetworkInterfaceId": f"eni-{chance.getrandbits(68):017x}", "OwnerId": ACCOUNT, "Status": "in-use",
            "SubnetId": "subnet-0a1b2c3d4e5f60718", "VpcId": "vpc-0a1b2c3d4e5f60718", "SourceDestCheck": True,
            "PrivateIpAddresses": addresses,
        }
        for _ in range(3)
    ]  # fmt: skip
    return {
        "InstanceId": node.instance, "ImageId": "ami-0a1b2c3d4e5f60718", "InstanceType": node.instance_type,
        "LaunchTime": _CREATED, "State": {"Code": 16, "Name": "running"}, "PrivateDnsName": node.name,
        "PrivateIpAddress": node.ip, "Placement": {"AvailabilityZone": node.zone, "Tenancy": "default"},
        "VpcId": "vpc-0a1b2c3d4e5f60718", "SubnetId": "subnet-0a1b2c3d4e5f60718", "Architecture": "x86_64",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": disk}], "NetworkInterfaces": interfaces,
        "SecurityGroups": [{"GroupName": f"eks-{CLUSTER}", "GroupId": "sg-0a1b2c3d4e5f60718"}],
        "IamInstanceProfile": {"Arn": _arn(f"instance-profile/{CLUSTER}-node-{node.group}"), "Id": "AIPAEXAMPLE"},
        "MetadataOptions": {
            "State": "applied", "HttpTokens": node.tokens, "HttpPutResponseHopLimit": node.hops,
            "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
        },
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }  # fmt: skip
