"""For each kind of field, values under which it grants nothing, and what has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from raw import ABSENT, NO_PARENT

from kpath.evidence import Fact

NOWHERE, NOTHING = {"ipBlock": {"cidr": "203.0.113.1/32"}}, {"protocol": "SCTP", "port": 1}
NOBODY = {"AWS": "arn:aws:iam::000000000000:root"}
SPECIFIC: tuple[tuple[str, tuple[Any, ...]], ...] = (
    # Pods.
    (r".*/spec/nodeName", ("elsewhere.ec2.internal",)),
    (r".*/spec/nodeSelector", ({"kpath": "inert"},)),
    (r".*/spec/nodeSelector/.+", (ABSENT,)),
    (r".*/matchExpressions/\d+/key", ("node-restriction.kubernetes.io/inert", "inert")),
    (r".*/spec/serviceAccount(Name)?", ("inert",)),
    (r".*/automountServiceAccountToken", (False,)),
    (r".*/(hostPID|hostNetwork|hostUsers|privileged)", (False,)),
    (r".*/(hostIPC|hostProcess|shareProcessNamespace)", (False,)),
    (r".*/seccompProfile/type", ("RuntimeDefault",)),
    (r".*/runAsUser", (65534,)),
    (r".*/runAsNonRoot", (True,)),
    (r".*/allowPrivilegeEscalation", (False,)),
    (r".*/runAsGroup", (3000,)),
    (r".*/supplementalGroups/\d+", (3000,)),
    (r".*/capabilities/add", ([],)),
    (r".*/capabilities/add/\d+", ("CHOWN",)),
    (r".*/capabilities/drop", (["ALL"], ["SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"])),
    (r".*/runtimeClassName", ("kata",)),
    (r".*/appArmorProfile/type", ("RuntimeDefault",)),
    (r".*/annotations/container\.apparmor\.security\.beta\.kubernetes\.io~1.*", ("runtime/default",)),
    (r".*/seLinuxOptions/type", ("container_t",)),
    (r".*/hostPath/path", ("/mnt/inert",)),
    (r".*/readOnly", (True,)),
    (r"/spec/volumeName", ("pv-0", "pv-1")),
    (r"/spec/accessModes", (["ReadWriteOncePod"],)),
    (r".*/recursiveReadOnly", ("Enabled",)),
    (r".*/restartPolicy", (ABSENT,)),
    # Neither a flag, nor anything that a flag could be set to.
    (r".*/(args|command)/\d+", ("inert", "")),
    (r".*/(audience|secretName)", ("inert",)),
    (r"/metadata/annotations/eks.amazonaws.com~1role-arn", (ABSENT,)),
    (r"/metadata/annotations/eks.amazonaws.com~1audience", ("inert",)),
    # Nodes and instances.
    (r"/metadata/labels/eks.amazonaws.com~1compute-type", ("fargate",)),
    (r"/metadata/labels/node-role.kubernetes.io~1.*", (ABSENT,)),
    (r"/status/nodeInfo/osImage", ("Bottlerocket OS 1.32.0", "Ubuntu 22.04.5 LTS")),
    (r"/status/nodeInfo/containerRuntimeVersion", ("inert://999",)),
    (r"/status/nodeInfo/kernelVersion", ("999",)),
    (r"/status", ({"loadBalancer": {}},)),
    (r"/spec/introduced", ("999",)),
    (r"/spec/fixed", ("0",)),
    (r"/metadata/labels/node-role.kubernetes.io~1(control-plane|master)", (ABSENT,)),
    (r"/spec/providerID", ("gce://inert",)),
    (r"/MetadataOptions/HttpEndpoint", ("disabled",)),
    (r"/MetadataOptions/HttpProtocolIpv6", ("disabled",)),
    # What stands in for it.
    (r".*/annotations/iam\.amazonaws\.com~1role", (ABSENT, "inert")),
    (r"/metadata/annotations/(iam\.amazonaws\.com~1allowed-)?roles", (ABSENT, '["inert"]')),
    (r"/metadata/annotations/iam\.amazonaws\.com~1permitted", (ABSENT, "inert")),
    (r"/Status", ("Inactive",)),
    (r"/MetadataOptions/HttpTokens", ("required",)),
    (r"/MetadataOptions/HttpPutResponseHopLimit", (1,)),
    (r"/IamInstanceProfile/Arn", (NO_PARENT,)),
    (r"/Roles/0/.*", (NO_PARENT,)),
    (r"/launchTemplate/id", (NO_PARENT,)),
    # What runs as a role.
    (r"(/overrides)?/(taskRoleArn|Role|serviceRole|RoleARN|RoleArn|roleArn|executionRoleArn)", (
        "arn:aws:iam::111122223333:role/inert",
    )),
    (r"/ARN", ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:inert-AbCdEf",)),
    (r"/targetRoleArn", ("arn:aws:iam::111122223333:role/inert",)),
    (r"/InstanceConfiguration/InstanceRoleArn", ("arn:aws:iam::111122223333:role/inert",)),
    (r"/taskDefinitionArn", ("arn:aws:ecs:eu-west-1:111122223333:task-definition/inert:1",)),
    (r"/buildBatchConfig/serviceRole", (NO_PARENT,)),
    (r"/NotebookInstanceStatus", ("Stopped",)),
    (r"/enableExecuteCommand", (False,)),
    (r".*/volumeAttributes/bucketName", ("",)),
    (r"/nodeRole", ("arn:aws:iam::111122223333:role/inert",)),
    # What policies let through, and whom they do not hold.
    (r"/spec/ingress/\d+", ({"from": [NOWHERE], "ports": [NOTHING]},)),
    (r"/spec/egress/\d+", ({"to": [NOWHERE], "ports": [NOTHING]}, {"action": "Deny"})),
    (r"/metadata/ownerReferences", ([{"kind": "ReplicaSet", "name": "inert", "controller": True}],)),
    (r"/status/nodeInfo/operatingSystem|/metadata/labels/kubernetes.io~1os", ("linux",)),
    # Services, Ingresses and what leads to them.
    (r"/spec/selector", ({"kpath": "inert"},)),
    (r".*/ports/\d+/(nodePort|hostPort|containerPort)", (ABSENT,)),
    (r"/status/loadBalancer/ingress/\d+/(hostname|ip)", (NO_PARENT,)),
    (r"/spec/loadBalancerSourceRanges", (["10.0.0.0/8"], ["198.51.100.0/24"])),
    (r"/spec/loadBalancerClass", (ABSENT, "service.k8s.aws/nlb")),
    (r"/metadata/annotations/.*~1((aws-load-balancer-)?security-groups|group.name)", (ABSENT,)),
    (r"/metadata/annotations/.*~1(aws-load-balancer-)?scheme", ("internal", "internet-facing")),
    (r"/metadata/annotations/.*~1aws-load-balancer-internal", ("true", "false")),
    (r"/metadata/annotations/.*~1(load-balancer-source-ranges|inbound-cidrs)", ("10.0.0.0/8", "0.0.0.0/0")),
    (r"/metadata/annotations/kubernetes.io~1ingress.class|/spec/ingressClassName", ("alb", "inert")),
    (r"/spec/controller", ("inert", "ingress.k8s.aws/alb")),
    (r"/spec/gatewayClassName", ("inert", "amazon-vpc-lattice")),
    (r"/spec/controllerName", ("inert", "gateway.k8s.aws/alb")),
    (r".*/parametersRef/kind", ("inert", "LoadBalancerConfiguration")),
    (r"/spec/listeners/\d+/allowedRoutes/namespaces/from", ("None",)),
    # One address less lets the next take its place.
    (r"/status/addresses/\d+/value", ("internal-inert", "198.51.100.99", NO_PARENT)),
    (r"/resourcesVpcConfig/endpointPublicAccess", (False,)),
    (r"/resourcesVpcConfig/publicAccessCidrs", (["198.51.100.0/24"],)),
    # RBAC and who comes in from AWS.
    (r"/rules/\d+/resourceNames", (["inert"],)),
    (r"/metadata/labels/pod-security.kubernetes.io~1enforce", ("restricted",)),
    (r"/metadata/labels/node-role.kubernetes.io~1(control-plane|master)", (ABSENT,)),
    # What a selector asks for, or must not find.
    (r"/spec/selector", ({"kpath": "inert"},)),
    (r"/metadata/labels/[a-z-]+", ("inert", "sum")),
    (r"/data/map(Roles|Users)", ("[]",)),
    (r"/accessConfig/authenticationMode", ("CONFIG_MAP", "API")),
    (r"/principalArn", ("arn:aws:iam::111122223333:role/inert",)),
    (r"/type", ("STANDARD",)),
    (r"/associatedAccessPolicies/\d+/policyArn", (
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
    )),
    (r"/associatedAccessPolicies/\d+/accessScope/namespaces/\d+", ("inert", ABSENT)),
    (r"/associatedAccessPolicies/\d+/accessScope/type", ("namespace",)),
    # IAM.
    (r"/GroupList/\d+", (ABSENT,)),
    (r".*/Statement(/\d+)?/Effect", ("Deny",)),
    (r".*/Statement(/\d+)?/Action", ("inert:Nothing",)),
    (r".*/Statement(/\d+)?/NotAction", ("*",)),
    (r".*/Statement(/\d+)?/Resource", ("arn:aws:inert:::nothing",)),
    (r".*/Statement(/\d+)?/NotResource", ("*",)),
    (r".*/Statement(/\d+)?/Principal", (NOBODY,)),
    (r".*/Statement(/\d+)?/Condition", (
        {"StringEquals": {"aws:PrincipalArn": "inert"}},
        {"StringEquals": {"aws:PrincipalServiceName": "inert"}},
        {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/AAAA:sub": "inert"}},
    )),
    (r"/PermissionsBoundary/PermissionsBoundaryArn", ("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",)),
    (r".*/AttachedManagedPolicies/\d+/PolicyArn", ("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",)),
)  # fmt: skip

# Fields whose overwriting leaves a witness standing, and why that is right.
EXEMPT = {
    r"(/metadata)?/name": "a name is no setting: to change it makes another object",
    r".*/subPath": "it says which part of a dangerous path is seen; another part is no better",
}


def values(fact: Fact) -> Iterator[Any]:
    """What to write in place of a fact; nothing where the field has no inert value."""
    if any(re.fullmatch(pattern, fact.at) for pattern in EXEMPT):
        return
    for pattern, found in SPECIFIC:
        if re.fullmatch(pattern, fact.at):
            yield from (value for value in found if value != fact.value)
            return
    if fact.value is not None:
        yield "inert"
